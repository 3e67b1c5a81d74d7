"""A call as the one half-open probe: reserved across processes, and counted as a probe."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.db import OperationalError

from autodev.lib import clock
from providers.failures.kinds import FailureKind as K
from providers.health.settings import DEFAULTS
from providers.live import owner, reservations
from providers.states import BreakerState
from tests.live.cast import Process, failure, fleet, row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("F2.9")]


def may_try(process: Process, name: str) -> Any:
    target = process.target(name)
    return asyncio.run(process.state.may_try(target, target.keys[0] if target.keys else None))


def opened(kind: K = K.AUTHENTICATION) -> tuple[Process, Process]:
    here = Process(fleet("one", "two"))
    here.fails("one", kind)
    here.share()
    other = here.another()
    return here, other


def test_one_of_all_processes_tries_and_only_when_it_is_time() -> None:
    here, other = opened()
    assert may_try(here, "one") is None
    with clock.shifted(DEFAULTS.first_open_s + 1):
        here.state.poll()
        other.state.poll()
        place = may_try(here, "one")
        assert place == (here.target("one").id, "")
        assert may_try(other, "one") is None
        assert row(place[0]).probe_owner == owner.name()
        here.state.tried(here.target("one"), place, None)
        here.share()
        assert (row(place[0]).state, row(place[0]).good) == (BreakerState.HALF_OPEN, 1)
    with clock.shifted(DEFAULTS.first_open_s + 3):
        other.share()
        place = may_try(other, "one")
        other.state.tried(other.target("one"), place, None)
        other.share()
        here.share()
        assert here.circuit("one").closed


def test_one_that_fails_is_out_for_longer() -> None:
    here, _ = opened()
    with clock.shifted(DEFAULTS.first_open_s + 1):
        here.state.poll()
        place = may_try(here, "one")
        before = row(place[0]).until
        here.state.tried(here.target("one"), place, failure(K.UNAVAILABLE))
        here.share()
        after = row(place[0])
        assert after.until is not None
        assert before is not None
        assert after.until > before
        assert (after.probe_owner, after.state) == ("", BreakerState.OPEN)
        assert may_try(here, "one") is None


def test_nobody_tries_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    here, _ = opened()

    def away(*_: Any, **__: Any) -> bool:
        raise OperationalError("gone")

    monkeypatch.setattr(reservations, "reserve", away)
    assert may_try(here, "one") is None


def test_of_a_workspace_that_nobody_here_knows_nothing_is_tried() -> None:
    here, _ = opened()
    stranger = Process(fleet("three"))
    assert asyncio.run(stranger.state.may_try(here.target("one"), None)) is None
