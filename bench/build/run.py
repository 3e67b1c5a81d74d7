"""`python -m bench.build.run [--idea TEXT] [--runs N]`: wall time of a build by phase, cold and warm.

The floor in the same run is what the product's own tests take as a plain process, without a platform around them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from projects.research.uv import uv_program

IDEA = "Create a REST API for a todo app with authentication"
PHASES = ("understand", "research", "plan", "implement", "validate", "refine", "deliver")


def build(idea: str, *, data: Path, out: Path) -> dict[str, Any]:
    """The result of `autodev build --json` in a process of its own, with its whole wall time as `process_s`."""
    environment = {**os.environ, "AUTODEV_DATA": str(data)}
    begun = time.perf_counter()
    command = [sys.executable, "-c", "from autodev.cli import main; main()", "build", idea, "--json", "--out", str(out)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        raise RuntimeError(done.stderr[-2000:])
    result: dict[str, Any] = json.loads(done.stdout)
    result["process_s"] = time.perf_counter() - begun
    return result


def floor(project: Path, folder: Path) -> float:
    """Seconds of the product's own tests as a plain process, in a virtual environment that is there already."""
    venv = folder / "venv"
    python = venv / "bin" / "python"
    lock = str(project / "requirements.lock")
    for command in (["venv", str(venv)], ["pip", "install", "--python", str(python), "-r", lock]):
        subprocess.run([uv_program(), "--quiet", *command], check=True, capture_output=True)
    begun = time.perf_counter()
    subprocess.run([str(python), "-m", "pytest", "-q"], cwd=project, check=True, capture_output=True)
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--idea", default=IDEA)
    parser.add_argument("--runs", type=int, default=3, help="warm runs after the cold one")
    arguments = parser.parse_args()
    table = Table(title=arguments.idea)
    for column in ("run", "state", *PHASES, "build s", "process s", "x own tests"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory(prefix="autodev-bench-") as name:
        folder = Path(name)
        results = [
            build(arguments.idea, data=folder / "data", out=folder / f"out-{number}")
            for number in range(arguments.runs + 1)
        ]
        own = floor(folder / "out-1", folder)
    for number, result in enumerate(results):
        phases = result["metrics"]["phase_s"]
        duration = result["metrics"]["duration_s"]
        cells = [f"{phases[phase]:.1f}" if phase in phases else "" for phase in PHASES]
        label = "cold" if number == 0 else f"warm {number}"
        table.add_row(
            label, result["state"], *cells, f"{duration:.1f}", f"{result['process_s']:.1f}", f"{duration / own:.1f}"
        )
    Console(width=160).print(table)
    print(f"floor: the product's own tests as a plain process: {own:.1f} s")


if __name__ == "__main__":
    main()
