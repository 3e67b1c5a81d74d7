"""The arithmetic of the router bench."""

from __future__ import annotations

import random

from bench.router.paired import Call, difference, interval, paired
from tests.routing.virtual import run


def test_a_small_difference_is_seen_under_a_large_noise_that_both_share() -> None:
    dice = random.Random(3)  # noqa: S311 - noise, no secret
    noise = [dice.gauss(17.0, 2.0) for _ in range(200)]
    one = [value + 0.4 + dice.gauss(0.0, 0.2) for value in noise]
    found = difference(one, noise)
    assert 0.3 < found.low < found.median < found.high < 0.5
    assert found.pairs == 200


def test_no_difference_holds_zero_and_nothing_is_nothing() -> None:
    dice = random.Random(5)  # noqa: S311 - noise, no secret
    gaps = [dice.gauss(0.0, 1.0) for _ in range(100)]
    low, high = interval(gaps)
    assert low < 0.0 < high
    assert interval([]) == (0.0, 0.0)


def test_each_is_called_as_often_in_batches() -> None:
    made: list[str] = []

    def call(name: str) -> Call:
        async def one() -> None:
            made.append(name)

        return one

    rows = run(paired({"a": call("a"), "b": call("b")}, [("a", "b")], pairs=4, at_a_time=25))
    assert (made.count("a"), made.count("b")) == (100, 100)
    assert (rows[0]["what"], rows[0]["beside"], rows[0]["cpu"]["pairs"], rows[0]["p99"]["pairs"]) == ("a", "b", 4, 2)
