"""What a task costs the database, against the committed baseline: a change of these numbers is a decision."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autodev.lib import clock
from autodev.lib.rows import SEPARATOR
from projects.engine.claim import Claimed, claim, claim_along
from projects.engine.context import TaskContext
from projects.engine.execute import execute
from projects.engine.lease import HeldLeases, Lease
from projects.engine.outcome import Outcome, Succeeded
from projects.engine.sweep import sweep
from projects.models import Task
from projects.states import TaskState
from tests.engine.conftest import Handle
from tests.factories.projects import BuildFactory, TaskFactory

BASELINE = Path(__file__).with_name("queries.json")


@pytest.mark.django_db
def test_queries_of_a_task_are_those_of_the_baseline(handle: Handle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projects.engine.sweep._steps", [])  # what upper floors add is counted there
    handle("noop", lambda ctx: Succeeded(merge=False))
    handle("step", _one_step)
    build = BuildFactory.create()
    TaskFactory.create(build=build, key="a")
    TaskFactory.create(build=build, key="b", kind="step")
    TaskFactory.create(build=build, key="c", state=TaskState.PENDING)
    found, along = {}, list[Claimed | None]()
    with CaptureQueriesContext(connection) as queries:
        taken = claim("w")
    assert taken is not None
    found["claim"] = count(queries)
    lease = Lease(task_id=taken.task.pk, epoch=taken.epoch, started_at=clock.monotonic())
    leases = HeldLeases("w")
    leases.add(lease)
    with CaptureQueriesContext(connection) as queries:
        leases.renew()
    found["heartbeat"] = count(queries)
    with CaptureQueriesContext(connection) as queries:
        leases.look()
    found["poll"] = count(queries)
    with CaptureQueriesContext(connection) as queries:
        execute(taken, lease)
    found["finish"] = count(queries)
    taken = claim("w")
    assert taken is not None
    with CaptureQueriesContext(connection) as queries:
        execute(taken, Lease(task_id=taken.task.pk, epoch=taken.epoch, started_at=clock.monotonic()))
    found["step and finish"] = count(queries)
    Task.objects.update(state=TaskState.READY)
    taken = claim("w")
    assert taken is not None
    lease = Lease(task_id=taken.task.pk, epoch=taken.epoch, started_at=clock.monotonic())
    with CaptureQueriesContext(connection) as queries:
        execute(taken, lease, then=lambda held: along.append(claim_along("w", held)))
    found["finish and claim"] = count(queries)
    assert along[0] is not None
    Task.objects.update(state=TaskState.READY)
    with CaptureQueriesContext(connection) as queries:
        sweep()
    found["idle sweep"] = count(queries)
    if os.environ.get("WRITE_BASELINE"):
        BASELINE.write_text(json.dumps(found, indent=2) + "\n")
    assert found == json.loads(BASELINE.read_text())


def _one_step(ctx: TaskContext) -> Outcome:
    ctx.journal.once("x", lambda: 1)
    return Succeeded(merge=False)


def count(queries: CaptureQueriesContext) -> dict[str, int]:
    """Statements by their first word; the transactions' own are left out."""
    statements = [one for query in queries.captured_queries for one in query["sql"].split(SEPARATOR)]
    words = Counter(one.split()[0] for one in statements)
    return {word: number for word, number in sorted(words.items()) if word in {"SELECT", "INSERT", "UPDATE", "DELETE"}}
