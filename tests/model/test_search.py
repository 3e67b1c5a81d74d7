"""The protocol of tasks and leases, every way that it can go: the invariants hold, and without the fence or the
compare-and-swap of decisions they do not."""

from __future__ import annotations

import os

import pytest

from tests.model.protocol import Protocol
from tests.model.rows import Guards, Limits
from tests.model.search import Found, search

SMALL = Limits(attempts=2, crashes=2, waits=0, keys=1)
TIGHT = Limits(attempts=1, crashes=2, waits=0, keys=1)
ONCE = Limits(attempts=1, crashes=1, waits=0, keys=1)
# Small enough that every state is reached, large enough that each thing which can go wrong has room: two zombies at
# once, two sweepers at once, the real budgets, a dependency with a part and a pause.
SIZES = {
    "two workers, two sweepers": Protocol(workers=2, sweepers=2, limits=SMALL),
    "the real budgets": Protocol(sweepers=1, limits=Limits(waits=0)),
    "deaths that blame nobody": Protocol(sweepers=1, limits=Limits(attempts=1, crashes=2, waits=0, keys=1, unclear=3)),
    "a pause": Protocol(tasks=2, sweepers=1, limits=TIGHT, pauses=True),
    "a part": Protocol(tasks=2, sweepers=1, limits=ONCE, parts=True),
}
if os.environ.get("AUTODEV_MODEL") == "long":
    SIZES |= {
        "the real budgets and a wait": Protocol(sweepers=1),
        "a part, two crashes": Protocol(tasks=2, sweepers=1, limits=TIGHT, parts=True),
        "a part, two attempts": Protocol(tasks=2, sweepers=1, limits=Limits(2, 1, 0, 1), parts=True, pauses=True),
        "two sweepers, two steps": Protocol(limits=Limits(attempts=2, crashes=3, waits=1, keys=2)),
    }


def told(found: Found) -> str:
    """What the search found, as lines."""
    lines = [f"{found.states} states, {found.moves} moves, {found.depth} moves deep", *found.trace]
    return "\n".join([*lines, f"broken: {found.broken}"] if found.broken else lines)


@pytest.mark.feature("F3.6")
@pytest.mark.parametrize("size", SIZES)
def test_the_invariants_hold_in_every_reachable_state(size: str) -> None:
    found = search(SIZES[size])
    print(f"{size}: {told(found)}")  # noqa: T201 - pytest -s shows how much was searched
    assert found.broken == "", told(found)
    assert found.stuck == 0
    assert found.states > 5_000


@pytest.mark.feature("F3.6")
def test_without_the_fence_a_worker_that_wakes_does_the_work_twice() -> None:
    found = search(Protocol(limits=TIGHT, guards=Guards(fence=False), people=False), only="done_once")
    print(told(found))  # noqa: T201
    assert found.broken == "done_once"
    assert [line.partition(":")[0] for line in found.trace] == [
        "worker 1 claims 1",
        "worker 1 writes step 1",
        "the lease of 1 ends",
        "sweeper 1 reads 1 to revoke it",
        "sweeper 1 revokes 1",
        "worker 2 claims 1",
        "worker 1 succeeds",
        "worker 2 succeeds",
    ]


@pytest.mark.parametrize("broken", ["one_writer", "ends_stay"])
def test_without_the_fence_strangers_write_and_ends_do_not_stay(broken: str) -> None:
    assert search(Protocol(limits=SMALL, guards=Guards(fence=False)), only=broken).broken == broken


def test_a_fence_that_does_not_compare_the_epoch_lets_a_stranger_write() -> None:
    found = search(Protocol(limits=TIGHT, guards=Guards(epoch=False), people=False))
    assert found.broken == "one_writer"
    assert found.trace[-2] == "worker 2 claims 1"
    assert "worker 1 writes step 1" in found.trace[-1]
    assert "1: running at epoch 3; worker 1 works on 1 at epoch 1" in found.trace[-1]


@pytest.mark.feature("F3.6")
def test_without_compare_and_swap_two_deciders_both_act() -> None:
    found = search(Protocol(limits=SMALL, guards=Guards(cas=False), people=False), only="decided_once")
    print(told(found))  # noqa: T201
    assert found.broken == "decided_once"
    assert [line.partition(":")[0] for line in found.trace] == [
        "worker 1 claims 1",
        "worker 1 fails",
        "the timer of 1 is due",
        "sweeper 1 reads 1 to decide it",
        "worker 1 gives up on 1",
        "sweeper 1 gives up on 1",
    ]


def test_without_compare_and_swap_a_decision_brings_a_cancelled_task_back() -> None:
    found = search(Protocol(limits=SMALL, guards=Guards(cas=False)))
    assert found.broken == "ends_stay"


def test_without_a_sweep_tasks_are_stuck() -> None:
    assert search(Protocol(sweepers=0, limits=SMALL)).stuck > 0


def test_the_search_stops_at_its_bound() -> None:
    with pytest.raises(MemoryError):
        search(Protocol(), at_most=100)
