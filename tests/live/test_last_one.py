"""The last provider that is left is never opened; keys have circuits of their own; those of one upstream share a
fate."""

from __future__ import annotations

import threading

import pytest
from django.db import connections

from providers.failures.kinds import FailureKind
from providers.models import Breaker
from providers.states import BreakerState
from tests.live.cast import OPENAI, Process, fleet, provider, row

pytestmark = pytest.mark.django_db(transaction=True)
TWO_KEYS = ("env:OPENAI_API_KEY", "env:ANTHROPIC_API_KEY")


def test_the_last_one_left_stays() -> None:
    here = Process(fleet("one", "two"))
    here.fails("one")
    here.fails("two")
    here.share()
    assert here.circuit("one").state == BreakerState.OPEN
    assert here.circuit("two").closed
    assert here.circuit("two").samples == 1


def test_emergency_and_keyless_providers_are_no_reason_to_open_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = fleet("one")
    provider(workspace, "blueprint", keys=(), emergency=True)
    provider(workspace, "without", keys=("env:GROQ_API_KEY",))
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    here = Process(workspace)
    here.fails("one")
    here.share()
    assert here.circuit("one").closed


def test_of_two_that_fail_at_once_in_two_processes_one_is_left() -> None:
    workspace = fleet("one", "two")
    here, there = Process(workspace), Process(workspace)
    here.fails("one")
    there.fails("two")
    assert not here.circuit("one").closed
    assert not there.circuit("two").closed
    here.state.write_failures()
    there.state.write_failures()
    assert there.circuit("two").closed
    here.state.poll()
    assert [here.circuit(name).closed for name in ("one", "two")] == [False, True]


def test_however_many_write_at_once_one_is_left() -> None:
    names = ("one", "two", "three", "four")
    workspace = fleet(*names)
    processes = [Process(workspace) for _ in range(8)]
    begin, broken = threading.Barrier(len(processes)), []

    def writes(process: Process) -> None:
        try:
            begin.wait(30)
            for name in names:
                process.fails(name)
                process.state.write_failures()
        except BaseException as error:  # noqa: BLE001 - the test raises it
            broken.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=writes, args=(one,)) for one in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not broken, broken[0]
    states = list(Breaker.objects.values_list("state", flat=True))
    assert sorted(states) == ["closed", "open", "open", "open"]
    samples = [one.health["samples"] for one in Breaker.objects.all()]
    assert samples == [len(processes)] * len(names)


def test_a_bad_key_closes_off_that_key_and_not_the_provider() -> None:
    workspace = fleet("two")
    provider(workspace, "one", keys=TWO_KEYS)
    here = Process(workspace)
    here.fails("one", key=TWO_KEYS[0])
    here.answers("one")
    here.share()
    assert here.circuit("one").closed
    assert here.circuit("one", TWO_KEYS[0]).state == BreakerState.OPEN
    assert here.circuit("one", TWO_KEYS[1]).closed
    here.fails("one", FailureKind.TIMEOUT, key=TWO_KEYS[1])
    assert here.circuit("one").samples == 2


def test_the_last_key_of_the_last_provider_stays() -> None:
    workspace = fleet()
    provider(workspace, "one", keys=TWO_KEYS)
    here = Process(workspace)
    for key in TWO_KEYS:
        here.fails("one", key=key)
    here.share()
    assert [here.circuit("one", key).closed for key in TWO_KEYS] == [False, True]


def test_a_provider_whose_keys_are_all_bad_is_not_one_that_is_left() -> None:
    workspace = fleet("two")
    provider(workspace, "one", keys=TWO_KEYS)
    here = Process(workspace)
    for key in TWO_KEYS:
        here.fails("one", key=key)
    here.fails("two")
    here.share()
    assert [here.circuit("one", key).closed for key in TWO_KEYS] == [False, False]
    assert here.circuit("two").closed


def test_one_that_shares_the_upstream_of_a_dead_one_is_suspected() -> None:
    workspace = fleet("one", "two", upstream="azure-east")
    provider(workspace, "three", keys=OPENAI, upstream="other")
    here = Process(workspace)
    here.fails("one", FailureKind.UNAVAILABLE, retry_after_s=30.0)
    here.state.write_failures()
    now = here.state.now()
    assert here.circuit("one").state == BreakerState.OPEN
    assert [here.circuit(name).suspected(now) for name in ("two", "three")] == [True, False]
    assert row(here.target("two").id).health["suspicion"][1] == "one, on the same upstream, is down"


def test_a_bad_key_says_nothing_about_the_upstream() -> None:
    here = Process(fleet("one", "two", upstream="azure-east"))
    here.fails("one")
    here.state.write_failures()
    assert not here.circuit("two").suspected(here.state.now())
