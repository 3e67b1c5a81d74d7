"""Names of sockets in deep directories: an address of AF_UNIX holds 107 bytes (unix(7)), a path may be longer."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def short_name(path: Path) -> Iterator[str]:
    """A name of `path` to bind or to connect to, short however deep the directory lies. It holds inside the context."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
