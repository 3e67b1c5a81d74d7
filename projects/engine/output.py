"""The chunk file of an attempt: model text and terminal output, bounded, never in the database."""

from __future__ import annotations

import threading
import uuid
from pathlib import Path

from django.conf import settings

from projects.engine import disk

LIMIT_BYTES = 4 * 1024 * 1024
TRUNCATED = b"\n[output ends here: the limit of its size was reached]\n"


def output_path(task_id: uuid.UUID, epoch: int) -> Path:
    """Where the output of an attempt lies; the file may not exist."""
    return Path(settings.AUTODEV_DATA) / "output" / str(task_id) / f"{epoch}.log"


class OutputFile:
    """Appends text up to LIMIT_BYTES."""

    def __init__(self, task_id: uuid.UUID, epoch: int) -> None:
        self._of = task_id, epoch
        self._lock = threading.Lock()
        self._size: int | None = None
        self.no_room = False

    def append(self, text: str) -> int:
        """Gives the size in bytes after it. It is called from threads that only read a program's output, so that a full
        disk is noted in `no_room` and not raised."""
        try:
            return self._append(text.encode("utf-8", "replace"))
        except OSError as error:
            if not disk.is_full(error):
                raise
            disk.saw_full()
            self.no_room = True
            return self._size or 0

    def _append(self, data: bytes) -> int:
        path = output_path(*self._of)
        with self._lock:
            if self._size is None:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._size = path.stat().st_size if path.exists() else 0
            if self._size >= LIMIT_BYTES:
                return self._size
            if self._size + len(data) > LIMIT_BYTES:
                data = data[: LIMIT_BYTES - self._size] + TRUNCATED
            with path.open("ab") as file:
                file.write(data)
            self._size += len(data)
            return self._size
