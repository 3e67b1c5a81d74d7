"""`python -m bench.agent.run [--only steps,context] [--files N] [--json FILE]`: what our agent costs by itself.

steps: the same script of a scripted developer for our agent and for both agent programs, in the real engine with the
real gateway and sandbox: CPU, SQL statements, bytes sent and wall time for each model call. context: tokens sent in a
job of 100 steps, with the conversation kept within a window and without. docs/agent.md says how to read it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

PARTS = ("steps", "context")
OUT = "AUTODEV_BENCH_AGENT"
FILES = "AUTODEV_BENCH_AGENT_FILES"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help="parts to run, with commas")
    parser.add_argument("--files", type=int, default=8, help="files that the script writes, reads and edits")
    parser.add_argument("--json", type=Path, help="where the figures go")
    chosen = parser.parse_args()
    console, figures = Console(width=150), dict[str, Any]()
    console.print(f"load average {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    for part in chosen.only.split(","):
        figures[part] = _measured(part, files=chosen.files)
        console.print(_table(part, figures[part]))
    console.print(f"load average {os.getloadavg()[0]:.1f}")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1))


def _measured(part: str, *, files: int) -> list[dict[str, Any]]:
    """The rows that the part's module writes, one JSON object a line."""
    with tempfile.TemporaryDirectory(prefix="autodev-bench-") as folder:
        rows = Path(folder) / "rows"
        argv = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", f"bench/agent/{part}.py"]
        environment = {**os.environ, OUT: str(rows), FILES: str(files)}
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{done.stdout[-4000:]}\n{done.stderr[-2000:]}")
        return [json.loads(line) for line in rows.read_text(encoding="utf-8").splitlines()]


def _table(part: str, rows: list[dict[str, Any]]) -> Table:
    titles = {"steps": "One model call of the same script, in the engine", "context": "A job of 100 steps"}
    table = Table(title=titles[part], title_justify="left")
    for name in rows[0]:
        table.add_column(name, justify="left" if name == "who" else "right")
    for row in rows:
        table.add_row(*(f"{value:,.1f}" if isinstance(value, float) else f"{value}" for value in row.values()))
    return table


if __name__ == "__main__":
    main()
