"""The table of switches in the middle of a task: from each worker to each one, with the real programs against a
scripted model. `python -m bench.agent.switches` makes it and prints it; it takes some minutes.

The rows come from the tests themselves (tests/switching/test_table.py), so that what is printed is what was asserted:
the files of both workers are there, and so are both transcripts. A pair that did not hold has no row, and the exit code
is 1.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TABLE = "AUTODEV_SWITCHES_TABLE"
TESTS = "tests/switching/test_table.py"
WORKERS = ("agent", "claude", "opencode")
HEAD = ("from", "to", "because", "files kept", "steps kept, of each", "model calls", "seconds", "ended")


def main(arguments: Sequence[str] = ()) -> int:
    """`arguments` go to pytest, for example `-k claude`."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "rows.jsonl"
        command = [sys.executable, "-m", "pytest", TESTS, "-q", "-p", "no:cacheprovider", *arguments]
        code = subprocess.run(command, env={**os.environ, TABLE: str(place)}, check=False).returncode
        rows = [json.loads(line) for line in place.read_text().splitlines()] if place.exists() else []
    sys.stdout.write(f"{table(rows)}\n")
    return code


def table(rows: Sequence[dict[str, Any]]) -> str:
    """In Markdown, in the order of the workers."""
    found = sorted(rows, key=lambda row: (WORKERS.index(row["old"]), WORKERS.index(row["new"])))
    lines = [HEAD, tuple("---" for _ in HEAD), *(_cells(row) for row in found)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    steps = " + ".join(str(number) for number in row["steps"])
    return (
        row["old"], row["new"], row["on"], ", ".join(row["files"]), steps, str(row["model_calls"]),
        f"{row['seconds']:.1f}", row["ended"],
    )  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
