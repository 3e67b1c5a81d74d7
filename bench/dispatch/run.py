"""`python -m bench.dispatch.run [--items N] [--slots 1,2,4,8]`: the engine beside bare Celery and DBOS, in one run.

Each line is a process of its own. Ours runs the no-ops as tasks of builds of 50 and writes events, attempts and the
builds' state, which the peers have no counterpart of; `queries` are the slots' statements a task, transactions apart.
The same PostgreSQL serves both systems that use one; it runs without fsync, as in the tests, so its figures are those
of a fast disk. SQLite runs as it does in production (WAL, synchronous=FULL).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from bench.dispatch.measure import Figure
from tests.services import Services

TIMEOUT_S = 600


def measure(module: str, *, slots: int, items: int, url: str | None = None) -> Figure:
    """The figure that `python -m module` prints. Raises RuntimeError with what it said where it printed none."""
    command = [sys.executable, "-m", module, "--slots", str(slots), "--items", str(items)]
    done = subprocess.run(
        command + (["--url", url] if url else []), capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise RuntimeError(f"{module} gave no figure: {done.stderr[-2000:]}")
    return Figure(**json.loads(lines[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=500)
    parser.add_argument("--slots", default="1,2,4,8")
    arguments = parser.parse_args()
    table = Table(title=f"{arguments.items} no-ops: items/s, CPU-ms an item (ratio to Celery), queries a task")
    for column in ("slots", "system", "database", "items/s", "x DBOS", "CPU ms", "x Celery", "queries"):
        table.add_column(column, justify="left" if column in {"system", "database"} else "right")
    with tempfile.TemporaryDirectory(prefix="autodev-bench-") as folder:
        services = Services(Path(folder))
        try:
            for slots in map(int, arguments.slots.split(",")):
                _rows(table, services, slots=slots, items=arguments.items)
        finally:
            services.stop()
    Console().print(table)


def _rows(table: Table, services: Services, *, slots: int, items: int) -> None:
    celery = measure("bench.dispatch.celery_noop", slots=slots, items=items)
    table.add_row(*_cells(celery, celery, None))
    for database in ("sqlite", "postgresql"):
        peer = measure(
            "bench.dispatch.dbos_noop", slots=slots, items=items, url=_database(services, database, "dbos", slots)
        )
        ours = measure(
            "bench.dispatch.engine_noop", slots=slots, items=items, url=_database(services, database, "ours", slots)
        )
        table.add_row(*_cells(peer, celery, peer))
        table.add_row(*_cells(ours, celery, peer), end_section=database == "postgresql")


def _cells(figure: Figure, celery: Figure, dbos: Figure | None) -> list[str]:
    return [
        str(figure.slots),
        figure.system,
        figure.database,
        f"{figure.per_s:.0f}",
        f"{figure.per_s / dbos.per_s:.2f}" if dbos else "",
        f"{figure.cpu_ms:.1f}",
        f"{figure.cpu_ms / celery.cpu_ms:.2f}",
        f"{figure.queries:.1f}" if figure.queries is not None else "",
    ]


def _database(services: Services, kind: str, system: str, slots: int) -> str | None:
    """A fresh database on the run's PostgreSQL; None for SQLite."""
    if kind == "sqlite":
        return None
    folder = services.postgres()
    name = f"{system}_{slots}"
    with psycopg.connect(host=str(folder), user="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    if system == "dbos":
        return f"postgresql://postgres@/{name}?host={folder}"
    return f"postgres://postgres@/{name}?host={folder}"


if __name__ == "__main__":
    main()
