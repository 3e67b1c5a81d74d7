"""What was done to the world outside: one line an effect, appended whole. Nothing of it is in the database."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Step `key` of a task was carried out at this epoch, in this process."""

    build: str
    task: str
    key: str
    epoch: int
    pid: int = 0
    at: float = 0.0


def path() -> Path | None:
    """Where the effects of this run are written; None outside of one."""
    named = os.environ.get("CHAOS_EFFECTS")
    return Path(named) if named else None


def leave(effect: Effect) -> None:
    """Appends it, in one write of less than a page, so that lines of several processes do not mix."""
    file = path()
    if file is None:
        return
    line = json.dumps({**asdict(effect), "pid": os.getpid(), "at": time.time()}) + "\n"
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def read(file: Path) -> list[Effect]:
    """All effects, in their order."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [Effect(**json.loads(line)) for line in lines]
