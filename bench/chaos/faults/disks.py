"""A full disk: the file system of AUTODEV_DATA, where the run could mount one of its own."""

from __future__ import annotations

import contextlib
import os

from bench.chaos.schedule import Planned
from bench.chaos.world import Injected, World, injector

PIECE = 1024 * 1024


@injector("disk.full")
def fill(world: World, planned: Planned) -> Injected | None:
    if not world.places.mounted:
        return None
    path = world.places.data / "chaos.full"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        about = os.fstatvfs(descriptor)
        with contextlib.suppress(OSError):
            os.posix_fallocate(descriptor, 0, about.f_bavail * about.f_frsize)
        os.lseek(descriptor, 0, os.SEEK_END)
        with contextlib.suppress(OSError):
            while True:
                os.write(descriptor, b"\0" * PIECE)
    finally:
        os.close(descriptor)
    return Injected(f"{path.stat().st_size // PIECE} MiB", lambda: path.unlink(missing_ok=True))
