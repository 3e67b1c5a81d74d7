"""The planning of many failed tasks, on both databases, each figure in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.recovery.world import postgres
from tests.services import Services

TIMEOUT_S = 3600


def planning(sizes: Sequence[int]) -> list[dict[str, Any]]:
    """A row a database and size; `x` is the seconds a task beside the smallest size of the same database."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="autodev-bench-") as folder:
        services = Services(Path(folder))
        try:
            for database in ("sqlite", "postgresql"):
                first = 0.0
                for size in sizes:
                    at = f"sqlite:///{folder}/{size}.sqlite3"
                    if database == "postgresql":
                        at = postgres(services, f"planning_{size}")
                    found = _measured(at, size)
                    each = found["wall_s"] / found["tasks"]
                    first = first or each
                    rows.append(_row(found, each / first))
        finally:
            services.stop()
    return rows


def _measured(database: str, tasks: int) -> dict[str, Any]:
    """Raises RuntimeError with what it said where it gave no figure."""
    argv = [sys.executable, "-m", "bench.recovery.planning", "--database", database, "--tasks", str(tasks)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise RuntimeError(f"no figure of {tasks} tasks: {done.stderr[-2000:]}")
    return dict(json.loads(lines[-1]))


def _row(found: dict[str, Any], ratio: float) -> dict[str, Any]:
    applied = max(1, found["applied"])
    return {
        "database": found["database"],
        "tasks": found["tasks"],
        "seconds": found["wall_s"],
        "tasks_a_s": found["tasks"] / found["wall_s"],
        "CPU_ms_a_task": 1000 * found["cpu_s"] / found["tasks"],
        "queries_a_task": found["queries"] / found["tasks"],
        "x_smallest": ratio,
        "peak_MB": found["peak_mb"],
        "more_MB": found["more_mb"],
        "decided": found["applied"],
        "broken": found["applied_broken"],
        "decided_a_s": applied / found["applied_s"],
        "queries_a_decision": found["applied_queries"] / applied,
    }
