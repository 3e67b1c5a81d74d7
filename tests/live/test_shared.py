"""What one process sees of a provider, the others know; nothing is lost on the way."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from autodev.events.models import Event
from autodev.lib import failpoints
from providers.failures.kinds import FailureKind
from providers.live import store
from providers.models import Breaker, Provider
from providers.states import BreakerState
from tests.factories.accounts import WorkspaceFactory
from tests.live.cast import Process, failure, fleet, row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.feature("F2.9")
def test_a_provider_found_dead_by_one_process_is_dead_for_another() -> None:
    workspace = fleet("one", "two")
    here, there = Process(workspace), Process(workspace)
    here.fails("one")
    assert not here.circuit("one").closed
    assert there.circuit("one").closed
    here.state.write_failures()
    there.state.poll()
    assert there.circuit("one").state == BreakerState.OPEN
    assert there.circuit("one").failure_kind == "authentication"
    assert there.circuit("one").until is not None
    assert there.circuit("two").closed
    event = Event.objects.get(type="provider.opened")
    assert (event.workspace_id, event.payload["provider"]) == (workspace.pk, "one")


def test_a_view_costs_no_query_once_it_is_loaded() -> None:
    here = Process(fleet("one", "two"))
    with CaptureQueriesContext(connection) as queries:
        here.answers("one", 5)
        here.fails("two")
        assert here.state.view(here.workspace_id) is not None
    assert not queries.captured_queries


def test_a_failure_carries_the_successes_that_were_not_written_yet() -> None:
    workspace = fleet("one", "two")
    here, there = Process(workspace), Process(workspace)
    here.answers("one", 4)
    here.answers("two", 2)
    assert not Breaker.objects.exists()
    here.fails("one", FailureKind.TIMEOUT)
    here.state.write_failures()
    there.state.poll()
    metrics = there.circuit("one").metrics
    assert metrics is not None
    assert (metrics.samples, metrics.consecutive_failures, metrics.success_rate) == (5, 1, 0.8)
    assert there.circuit("two").samples == 2


def test_the_windows_of_two_processes_are_one() -> None:
    workspace = fleet("one", "two")
    here, there = Process(workspace), Process(workspace)
    for process in (here, there, here):
        process.fails("one", FailureKind.MALFORMED_ANSWER)
    here.state.write_failures()
    there.state.write_failures()
    here.state.poll()
    for process in (here, there):
        metrics = process.circuit("one").metrics
        assert metrics is not None
        assert metrics.consecutive_failures == 3
        assert process.circuit("one").suspected(process.state.now())


def test_what_happens_while_rows_are_written_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Process(fleet("one", "two"))
    here.answers("one", 2)
    written = store.record

    def slow(*of: object) -> store.Written:
        done = written(*of)  # type: ignore[arg-type] # passed on as it came
        here.answers("one", 3)
        return done

    monkeypatch.setattr(store, "record", slow)
    here.state.flush()
    assert here.circuit("one").samples == 5
    assert row(here.target("one").id).health["samples"] == 2
    monkeypatch.setattr(store, "record", written)
    here.state.flush()
    assert row(here.target("one").id).health["samples"] == 5


def test_a_database_that_is_away_loses_nothing() -> None:
    here = Process(fleet("one", "two"))
    here.answers("one", 2)
    here.fails("one")
    failpoints.set_faults("write.before_commit=raise")
    store_patience, store.PATIENCE_S = store.PATIENCE_S, 0.0
    try:
        with pytest.raises(OperationalError):
            here.state.write_failures()
    finally:
        store.PATIENCE_S = store_patience
        failpoints.set_faults("")
    assert here.circuit("one").state == BreakerState.OPEN
    here.state.write_failures()
    assert row(here.target("one").id).health["samples"] == 3


def test_an_ejection_is_extended_and_never_shortened() -> None:
    workspace = fleet("one", "two")
    here, there = Process(workspace), Process(workspace)
    here.fails("one", FailureKind.RATE_LIMIT, retry_after_s=300.0)
    there.fails("one", FailureKind.RATE_LIMIT, retry_after_s=20.0)
    here.state.write_failures()
    there.state.write_failures()
    long = row(here.target("one").id).until
    here.state.poll()
    here.fails("one", FailureKind.RATE_LIMIT, retry_after_s=900.0)
    here.state.write_failures()
    later = row(here.target("one").id).until
    assert long is not None
    assert later is not None
    assert (later - long).total_seconds() == pytest.approx(600, abs=5)
    there.state.poll()
    assert there.circuit("one").until == later.timestamp()


def test_workspaces_do_not_see_each_other() -> None:
    ours, theirs = Process(fleet("one", "two")), Process(fleet("one", "two"))
    ours.fails("one")
    ours.state.write_failures()
    theirs.share()
    assert theirs.circuit("one").closed
    assert set(Breaker.objects.values_list("provider__workspace_id", flat=True)) == {ours.workspace_id}


def test_results_of_a_provider_that_was_removed_are_passed_over() -> None:
    workspace = fleet("one", "two")
    here = Process(workspace)
    target = here.target("one")
    Provider.objects.filter(name="one").delete()
    here.state.failed(target=target, key=None, failure=failure())
    here.answers("two")
    here.state.write_failures()
    assert [one.provider.name for one in Breaker.objects.select_related("provider")] == ["two"]


def test_what_is_said_of_a_workspace_that_nobody_here_knows_is_no_error() -> None:
    here = Process(fleet("one", "two"))
    stranger = WorkspaceFactory.create()
    assert here.state.view(stranger.pk) is None
    other = Process(fleet("one"))
    here.state.failed(target=other.target("one"), key=None, failure=failure())
    here.share()
    assert not Breaker.objects.exists()


def test_a_writer_that_came_between_is_noticed_and_the_change_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Process(fleet("one", "two"))
    here.answers("one")
    here.share()
    saved = store.save
    between: list[int] = []

    def overtaken(*of: object) -> store.Stored:
        if not between:
            between.append(1)
            Breaker.objects.update(version=41)
            raise store.Lost
        return saved(*of)  # type: ignore[arg-type] # passed on as it came

    monkeypatch.setattr(store, "save", overtaken)
    here.fails("one")
    here.state.write_failures()
    assert row(here.target("one").id).state == BreakerState.OPEN
    assert row(here.target("one").id).health["samples"] == 2
