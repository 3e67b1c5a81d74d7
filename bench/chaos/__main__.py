"""`python -m bench.chaos --seed 1 --minutes 18 --builds 60 --faults 520`: a run and its judgement."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from rich.console import Console

from bench.chaos import places


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the same seed and numbers give the same schedule")
    parser.add_argument("--minutes", type=float, default=18.0, help="over which the faults come")
    parser.add_argument("--builds", type=int, default=60)
    parser.add_argument("--real", type=int, default=5, help="how many of the builds are no probes")
    parser.add_argument("--faults", type=int, default=520)
    parser.add_argument("--tests-only", action="store_true", help="measure only the tests of each product again")
    parser.add_argument("--json", type=Path, help="where the report goes as JSON")
    parser.add_argument("--keep", action="store_true", help="leave logs, repositories and effects behind")
    chosen = parser.parse_args()
    where = places.prepare()
    places.enter(where.environment())
    from bench.chaos.whole import run  # noqa: PLC0415 - after the settings

    console = Console(width=120)
    try:
        report = run(chosen, where, say=lambda line: console.print(line, markup=False, highlight=False))
        report.show(console)
        if chosen.json:
            report.write(chosen.json)
    finally:
        keep = chosen.keep or sys.exc_info()[0] is not None
        if keep:
            console.print(f"Kept: {where.run}", markup=False)
            _save(where)
        places.leave(where)
        if not keep:
            shutil.rmtree(where.run, ignore_errors=True)
    return 0 if report.kept else 1


def _save(where: places.Places) -> None:
    """What lies on the file system that goes with the run."""
    for name in ("repositories", "output"):
        if where.mounted and (where.data / name).is_dir():
            shutil.copytree(where.data / name, where.run / name, symlinks=True, dirs_exist_ok=True)


if __name__ == "__main__":
    sys.exit(main())
