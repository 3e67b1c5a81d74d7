"""The seeded schedule of a run: pure. The same seed and numbers give the same schedule."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.chaos.kinds import Kind

GAP_S = 1.0
TRIES = 400
CHANCES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One fault to be. Times in seconds, `at_s` from the beginning. `pick` chooses among the targets there are then."""

    number: int
    kind: str
    at_s: float
    lasts_s: float
    pick: int
    params: Mapping[str, Any] = field(default_factory=dict)


def plan(*, seed: int, faults: int, seconds: float, kinds: Sequence[Kind]) -> list[Planned]:
    """`faults` faults within `seconds`, in order of time; each kind at least once where there are that many. Raises
    ValueError where the exclusive ones do not fit."""
    for chance in range(CHANCES):
        try:
            return _plan(random.Random(f"{seed} {chance}"), faults, seconds, kinds)
        except _NoRoom:
            continue
    raise ValueError(f"so many exclusive faults do not fit into {seconds:.0f} s")


class _NoRoom(Exception):
    """What was placed before left none; placed otherwise, there may be some."""


def _plan(rng: random.Random, faults: int, seconds: float, kinds: Sequence[Kind]) -> list[Planned]:
    busy: dict[str, list[tuple[float, float]]] = {}
    found = []
    # The longest first: they find room then.
    for kind in sorted(_draw(rng, faults, kinds), key=lambda kind: (-kind.lasts_s[1], kind.name)):
        lasts_s = round(rng.uniform(*kind.lasts_s), 2)
        at_s = _place(rng, busy.setdefault(kind.resource, []), lasts_s, seconds, exclusive=bool(kind.resource))
        params = {name: rng.choice(values) for name, values in kind.choices.items()}
        pick = rng.randrange(1 << 16)
        found.append(Planned(number=0, kind=kind.name, at_s=at_s, lasts_s=lasts_s, pick=pick, params=params))
    found.sort(key=lambda one: (one.at_s, one.kind, one.pick))
    return [
        Planned(number=number, kind=one.kind, at_s=one.at_s, lasts_s=one.lasts_s, pick=one.pick, params=one.params)
        for number, one in enumerate(found, start=1)
    ]


def _draw(rng: random.Random, faults: int, kinds: Sequence[Kind]) -> list[Kind]:
    """How many of each: by weight, and one of each first. Fewer faults than kinds: some of the kinds."""
    if faults <= len(kinds):
        return rng.sample(list(kinds), faults)
    whole = sum(kind.weight for kind in kinds)
    counts = {kind.name: max(1, int(faults * kind.weight / whole)) for kind in kinds}
    drawn = [kind for kind in kinds for _ in range(counts[kind.name])]
    short = faults - len(drawn)
    moments = [kind for kind in kinds if kind.lasts_s == (0.0, 0.0)]
    if short > 0:
        drawn += rng.choices(moments or kinds, weights=[kind.weight for kind in moments or kinds], k=short)
    while len(drawn) > faults:
        most = max(counts, key=lambda name: (counts[name], name))
        counts[most] -= 1
        drawn.remove(next(kind for kind in drawn if kind.name == most))
    return drawn


def _place(
    rng: random.Random, busy: list[tuple[float, float]], lasts_s: float, seconds: float, *, exclusive: bool
) -> float:
    latest = max(0.0, seconds - lasts_s)
    for _ in range(TRIES):
        at_s = round(rng.uniform(0.0, latest), 2)
        taken = any(at_s < end + GAP_S and begin < at_s + lasts_s + GAP_S for begin, end in busy)
        if not exclusive or not taken:
            busy.append((at_s, at_s + lasts_s))
            return at_s
    raise _NoRoom
