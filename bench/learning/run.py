"""How learning lowers the attempts that a recovery takes: `python -m bench.learning.run [--json]`.

A stream of failures is replayed to recovery as it is (rules, what was learned, hierarchy), to the same without
learning, and to one who knows the true rates (the floor). The dice of a failure are the same for all three. In the
middle of the stream the true rates change.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from dataclasses import asdict, dataclass

import django

WINDOWS = 10


@dataclass(frozen=True, kw_only=True)
class Row:
    """`attempts` are those made for each recovery, in this part of the stream; `recovered` the share of failures."""

    arm: str
    window: int
    first: int
    last: int
    attempts: float
    recovered: float


def measure(*, failures: int, worlds: int, days: float, seed: int, drift: bool) -> list[Row]:
    from bench.learning.arms import arms  # noqa: PLC0415 - models can be imported only now
    from bench.learning.world import troubles  # noqa: PLC0415

    size = failures // WINDOWS
    made: dict[tuple[str, int], list[tuple[int, bool]]] = {}
    for world in range(worlds):
        three = arms(seed + world)
        for trouble in troubles(count=size * WINDOWS, days=days, rng=random.Random(seed + world), drift=drift):
            for arm in three:
                made.setdefault((arm.name, trouble.number // size), []).append(arm.meet(trouble))
    rows = []
    for (name, window), met in sorted(made.items()):
        good = sum(recovered for _, recovered in met)
        attempts = sum(tried for tried, _ in met) / good if good else float("inf")
        first, last = window * size + 1, (window + 1) * size
        share = good / len(met)
        rows.append(Row(arm=name, window=window, first=first, last=last, attempts=attempts, recovered=share))
    return rows


def table(rows: list[Row]) -> str:
    names = ("learning", "claims only", "who knows")
    found = {(row.arm, row.window): row for row in rows}
    lines = [
        "| failures | " + " | ".join(f"{name}: attempts a recovery | recovered" for name in names) + " |",
        "|---|" + "--:|--:|" * len(names),
    ]
    for window in range(WINDOWS):
        some = [found[name, window] for name in names]
        cells = " | ".join(f"{row.attempts:.2f} | {row.recovered:.1%}" for row in some)
        lines.append(f"| {some[0].first}–{some[0].last} | {cells} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--failures", type=int, default=3000, help="of each world")
    parser.add_argument("--worlds", type=int, default=2, help="the figures are means over them")
    parser.add_argument("--days", type=float, default=90.0, help="over which the failures of a world come")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-drift", action="store_true", help="the true rates stay as they are")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autodev.settings")
    django.setup()
    start = time.perf_counter()
    rows = measure(
        failures=given.failures, worlds=given.worlds, days=given.days, seed=given.seed, drift=not given.no_drift
    )
    took_s = time.perf_counter() - start
    if given.json:
        print(json.dumps({"took_s": round(took_s, 1), "rows": [asdict(row) for row in rows]}))
        return
    print(f"{given.failures} failures in each of {given.worlds} worlds over {given.days:.0f} days, seed {given.seed}.")
    if not given.no_drift:
        print(f"The true rates change after {given.failures // 2}.")
    print(f"\n{table(rows)}\n\n{took_s:.0f} s.")


if __name__ == "__main__":
    main()
