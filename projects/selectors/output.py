"""The running output of an attempt: the end of its chunk file."""

from __future__ import annotations

from projects.engine.output import output_path
from projects.models import Attempt

TAIL_BYTES = 24_000


def tail_of(attempt: Attempt, limit: int = TAIL_BYTES) -> str:
    """The last `limit` bytes, from the start of a line; empty where nothing was written yet."""
    path = output_path(attempt.task_id, attempt.epoch)
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - limit))
            data = file.read()
    except FileNotFoundError:
        return ""
    if size > limit:
        data = data.partition(b"\n")[2]
    return data.decode("utf-8", "replace").replace("\x00", "")
