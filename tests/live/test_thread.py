"""The thread of a process: what it does when, and that nothing ends it."""

from __future__ import annotations

import asyncio
import logging
import uuid
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError

from providers.failures.kinds import FailureKind
from providers.live import poller, process, store, versions
from providers.live.poller import Poller
from providers.live.state import FORGOTTEN_AFTER_S, KEPT_S
from providers.models import Breaker, Budget, FailurePattern, Provider
from providers.models.money import BudgetScope
from tests.engine.clock import HostClock
from tests.live.cast import Process, failure, fleet, row
from tests.live.processes import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def here() -> Process:
    return Process(fleet("one", "two"))


def test_failures_are_written_at_once_and_successes_at_the_next_look(here: Process, host_clock: HostClock) -> None:
    thread = Poller(here.state)
    thread.turn()
    here.answers("two")
    thread.turn()
    assert not Breaker.objects.exists()
    here.fails("one")
    thread.turn()
    assert {one.provider.name for one in Breaker.objects.select_related("provider")} == {"one", "two"}
    here.answers("two", 2)
    thread.turn()
    assert row(here.target("two").id).health["samples"] == 1
    host_clock.now += poller.POLL_S
    thread.turn()
    assert row(here.target("two").id).health["samples"] == 3


def test_what_cannot_be_written_of_one_workspace_holds_up_no_other(
    here: Process, monkeypatch: pytest.MonkeyPatch, host_clock: HostClock
) -> None:
    other = fleet("three", "four")
    here.state.load_now(other.pk)
    record = store.record

    def broken(workspace_id: uuid.UUID, *given: Any) -> store.Written:
        if workspace_id == here.workspace_id:
            raise ValueError("a row that nobody understands")
        return record(workspace_id, *given)

    monkeypatch.setattr(store, "record", broken)
    thread = Poller(here.state)
    here.fails("one")
    view = here.state.view(other.pk)
    assert view is not None
    here.state.failed(target=view.targets["three"], key=None, failure=failure())
    thread.turn()
    assert [found.provider.name for found in Breaker.objects.select_related("provider")] == ["three"]
    Provider.objects.filter(name="four").update(enabled=False)
    versions.raise_config()
    host_clock.now += poller.POLL_S
    thread.turn()
    seen = here.state.view(other.pk)
    assert seen is not None
    assert list(seen.targets) == ["three"]


def test_it_goes_on_when_the_database_was_away(
    here: Process, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(poller, "PAUSE_AFTER_ERROR_S", 0.01)
    broken = [OperationalError("gone"), OperationalError("gone")]
    read = versions.read

    def flaky() -> versions.Versions:
        if broken:
            raise broken.pop()
        return read()

    monkeypatch.setattr(versions, "read", flaky)
    thread = Poller(here.state)
    thread.start()
    thread.start()
    here.fails("one")
    until(Breaker.objects.exists, "the failure was not written")
    until(lambda: not broken, "it did not look again")
    other = here.another()
    other.fails("two", FailureKind.TIMEOUT)
    other.state.write_failures()
    until(lambda: here.circuit("two").samples == 1, "the other's failure was not seen")
    thread.stop()
    assert [record.message for record in caplog.records if record.levelno == logging.ERROR] == [
        "provider.state_not_shared"
    ] * 2


def test_stopping_writes_what_is_pending(here: Process) -> None:
    thread = Poller(here.state)
    thread.start()
    here.answers("one", 3)
    here.state.later(lambda: Provider.objects.filter(name="two").update(model="written"))
    thread.stop()
    assert row(here.target("one").id).health["samples"] == 3
    assert Provider.objects.get(name="two").model == "written"


def test_what_breaks_among_the_small_writes_stops_no_other(here: Process, caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []
    here.state.later(lambda: 1 // 0)
    here.state.later(lambda: done.append(1))
    here.state.run_later()
    assert done == [1]
    assert "provider.write_failed" in caplog.text


def test_small_writes_wait_for_a_database_that_is_away(here: Process, host_clock: HostClock) -> None:
    done: list[str] = []
    away = True

    def write(name: str) -> None:
        if away:
            raise OperationalError("database is locked")
        done.append(name)

    here.state.later(partial(write, "one"))
    here.state.later(partial(write, "two"))
    with pytest.raises(OperationalError):
        here.state.run_later()
    here.state.later(partial(done.append, "well"))
    with pytest.raises(OperationalError):
        here.state.run_later()
    away = False
    here.state.run_later()
    assert sorted(done) == ["one", "two", "well"]
    away = True
    here.state.later(partial(write, "late"))
    host_clock.now += KEPT_S + 1
    here.state.run_later()
    away = False
    here.state.run_later()
    assert "late" not in done


def test_the_first_view_is_made_on_another_thread_than_the_loop(here: Process) -> None:
    async def loads() -> None:
        live = process.live()
        assert live.view(here.workspace_id) is None
        view = await live.load(here.workspace_id)
        assert set(view.targets) == {"one", "two"}
        assert await live.load(here.workspace_id) is view

    asyncio.run(loads())


def test_a_process_has_one_state_until_it_stops(here: Process) -> None:
    state = process.live()
    assert process.live() is state
    process.served(here.workspace_id, "analyse", "one")
    process.view(here.workspace_id)
    process.served(here.workspace_id, "analyse", "one")
    assert process.view(here.workspace_id).incumbents["analyse"].provider == "one"
    process.stop()
    process.stop()
    process.served(here.workspace_id, "analyse", "two")
    assert process.live() is not state


def test_a_configuration_that_is_not_understood_leaves_the_one_before(
    here: Process, caplog: pytest.LogCaptureFixture
) -> None:
    Provider.objects.filter(name="two").update(document={"no such key": 1})
    versions.raise_config()
    here.state.poll()
    here.state.poll()
    assert set(here.state.view(here.workspace_id).targets) == {"one", "two"}  # type: ignore[union-attr] # it is loaded
    assert caplog.text.count("provider.config_broken") == 1
    Provider.objects.filter(name="two").update(document={"region": "eu"})
    versions.raise_config()
    here.state.poll()
    assert here.target("two").region == "eu"


def test_results_that_are_not_written_yet_outlive_a_change_of_configuration(here: Process) -> None:
    here.answers("one", 3)
    here.state.served(here.workspace_id, "analyse", "two")
    versions.raise_config()
    here.state.poll()
    assert here.circuit("one").samples == 3
    view = here.state.view(here.workspace_id)
    assert view is not None
    assert view.incumbents["analyse"].provider == "two"


def test_budgets_are_read_again_now_and_then(here: Process, host_clock: HostClock) -> None:
    budget = Budget.objects.create(
        workspace=here.workspace, scope=BudgetScope.WORKSPACE, subject_id=here.workspace_id, limit_calls=10
    )
    here.state.poll()
    Budget.objects.filter(pk=budget.pk).update(spent_calls=6, reserved_calls=3)
    host_clock.now += 3
    here.state.poll()
    view = here.state.view(here.workspace_id)
    assert view is not None
    assert view.pressure() == pytest.approx(0.9)
    assert view.budgets[0].left_calls == 1


def test_a_workspace_that_nobody_asks_for_is_forgotten_unless_a_breaker_is_open(
    here: Process, host_clock: HostClock
) -> None:
    other = Process(fleet("one", "two"))
    other.fails("one")
    other.share()
    here.answers("one")
    here.share()
    host_clock.now += FORGOTTEN_AFTER_S + 1
    here.state.poll()
    other.state.poll()
    assert here.state.workspaces() == []
    assert [known.workspace_id for known in other.state.workspaces()] == [other.workspace_id]


def test_operators_patterns_go_along_and_a_broken_one_is_left_out(here: Process) -> None:
    FailurePattern.objects.create(name="ours", pattern="computer says no", kind="quota")
    FailurePattern.objects.create(name="broken", pattern="(", kind="quota")
    FailurePattern.objects.create(name="off", pattern="off", kind="quota", enabled=False)
    versions.raise_config()
    here.state.poll()
    view = here.state.view(here.workspace_id)
    assert view is not None
    assert view.patterns is not None
    assert [one.name for one in view.patterns.operators] == ["ours"]


def test_a_cancelled_call_wakes_nobody(here: Process) -> None:
    woken: list[int] = []
    here.state.wake = lambda: woken.append(1)
    here.fails("one", FailureKind.CANCELLED)
    assert not woken
    here.fails("one", FailureKind.TIMEOUT)
    assert woken == [1]
