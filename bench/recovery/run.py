"""`python -m bench.recovery.run [--only mttr,waits,killed,planning,celery] [--json FILE]`: how fast recovery is.

Workers are processes of their own, with PostgreSQL and Redis of this run and the providers lab on the loopback.
docs/model-check.md says what each part does. Times are wall clock on this machine, which the first line describes.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.recovery.world import world

PARTS = ("mttr", "waits", "killed", "planning", "celery")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help="parts to run, with commas")
    parser.add_argument("--tasks", type=int, default=10, help="a kind of failure, and workers killed a place")
    parser.add_argument("--sizes", default="1000,10000", help="failed tasks to plan; 100000 takes a quarter of an hour")
    parser.add_argument("--json", type=Path, help="where the figures go")
    chosen = parser.parse_args()
    wanted, console, figures = chosen.only.split(","), Console(width=150), dict[str, Any]()
    begun = time.monotonic()
    console.print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    if {"mttr", "waits", "killed", "celery"} & {*wanted}:
        with world() as lab:
            from bench.recovery import beside, killed, mttr  # noqa: PLC0415 - Django is set up by then

            parts: dict[str, Callable[[], list[dict[str, Any]]]] = {
                "mttr": lambda: mttr.another_provider(lab, tasks=chosen.tasks),
                "waits": lambda: mttr.scheduled(lab, tasks=max(2, chosen.tasks // 3)),
                "killed": lambda: killed.detection(lab, times=max(2, chosen.tasks // 2)),
                "celery": lambda: beside.compare(lab, tasks=chosen.tasks),
            }
            for name, part in parts.items():
                if name in wanted:
                    figures[name] = part()
                    console.print(_table(TITLES[name], figures[name]))
    if "planning" in wanted:
        from bench.recovery.filled import planning  # noqa: PLC0415 - processes of its own

        figures["planning"] = planning([int(size) for size in chosen.sizes.split(",")])
        console.print(_table(TITLES["planning"], figures["planning"]))
    console.print(f"{time.monotonic() - begun:.0f} s, load average {os.getloadavg()[0]:.1f}")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1, default=str))


TITLES = {
    "mttr": "Immediate recovery: the first provider is broken, another is well; seeds 004 claims 45 s",
    "waits": "Scheduled: nobody else is there; seconds above the wait that recovery chose",
    "killed": "kill -9 of a worker: seconds until its task is claimed again",
    "planning": "Failed tasks read and planned, and some decided about",
    "celery": "The same faults: AutoDev, and a plain Celery autoretry",
}


def _table(title: str, rows: list[dict[str, Any]]) -> Table:
    table = Table(title=title)
    for name in rows[0] if rows else ():
        table.add_column(name.replace("_", " "))
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    return table


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, dict):
        return ", ".join(f"{name or 'none'}: {count}" for name, count in value.items())
    return "–" if value is None else str(value)


if __name__ == "__main__":
    main()
