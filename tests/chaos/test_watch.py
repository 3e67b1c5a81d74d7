"""What must never be, even for a moment, is noted when it is seen."""

from __future__ import annotations

import pytest

from bench.chaos.watch import Running, Watch

pytestmark = pytest.mark.feature("F3.6", "F3.11")


@pytest.fixture
def watch() -> Watch:
    return Watch("host=/nowhere", slots=1)


def running(task: str = "t", *, owner: str = "host-1-a", leaseless: bool = False) -> Running:
    return Running(task, "b", 1, "validate", owner, 0, leaseless)


def noted(watch: Watch) -> list[str]:
    return [f"{one.judge} {one}" for one in watch.broken.values()]


def test_what_is_right_is_not_noted(watch: Watch) -> None:
    watch._judge([running()], [], [("t", 1, "running")])
    watch._judge([running()], [], [("t", 2, "running")])
    watch._finality([("b", "running", "p"), ("c", "succeeded", "p")], 0)
    watch._finality([("b", "degraded", "p"), ("c", "succeeded", "p")], 0)
    assert noted(watch) == []


def test_no_lease_no_time_too_many_and_a_fallen_epoch(watch: Watch) -> None:
    watch._judge([running(leaseless=True), running("u")], [("w", "plan")], [("t", 3, "running")])
    watch._judge([], [], [("t", 2, "ready")])
    assert noted(watch) == [
        "I2 t: runs without a lease",
        "I2 w: plan waits without a time",
        "I10 host-1-a: 2 tasks in 1 slots",
        "I6 t: its epoch fell from 3 to 2",
    ]


def test_an_end_that_changes_is_noted_unless_somebody_ran_the_build_again(watch: Watch) -> None:
    watch._finality([("b", "succeeded", "p")], 0)
    watch._finality([("b", "running", "p")], 1)
    assert noted(watch) == []
    watch._finality([("b", "failed", "p")], 1)
    watch._finality([("b", "running", "p")], 1)
    assert noted(watch) == ["I3 b: was failed and is running"]
