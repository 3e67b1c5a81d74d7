"""A stream of failures: what was learned from the first ones helps with the last, and a changed world is noticed."""

from __future__ import annotations

import random
from collections import defaultdict

import pytest

from bench.learning.arms import Arm, arms
from bench.learning.world import troubles

pytestmark = pytest.mark.feature("F3.8")
COUNT, PARTS = 1200, 4


def cost(*, drift: bool) -> dict[str, list[float]]:
    """Attempts for each recovery, by who chooses and quarter of the stream; the same dice for all."""
    met: dict[tuple[str, int], list[tuple[int, bool]]] = defaultdict(list)
    three: tuple[Arm, ...] = arms(7)
    for trouble in troubles(count=COUNT, days=60, rng=random.Random(7), drift=drift):  # noqa: S311 - a repeatable world
        for arm in three:
            met[arm.name, trouble.number * PARTS // COUNT].append(arm.meet(trouble))
    return {
        arm.name: [
            sum(tried for tried, _ in met[arm.name, part]) / sum(good for _, good in met[arm.name, part])
            for part in range(PARTS)
        ]
        for arm in three
    }


def test_attempts_fall_with_what_is_learned() -> None:
    found = cost(drift=False)
    assert found["learning"][3] < found["learning"][0]
    assert found["learning"][3] < 0.85 * found["claims only"][3]
    assert found["who knows"][3] < found["learning"][3]


def test_a_changed_world_is_learned_again() -> None:
    found = cost(drift=True)["learning"]
    assert found[2] > found[1]
    assert found[3] < found[2]
