"""The name of this process in what it reserves. It holds a flock as long as it lives, so that its host sees its death
at once; other hosts go by the time limit of what was reserved."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import threading
from pathlib import Path

from django.conf import settings

_start = threading.Lock()
_name = ""
_file = -1


def _forget() -> None:
    """A forked child is another process: it takes a name of its own, and lets go of the lock that it shares with its
    parent, which would else look alive as long as the child is."""
    global _name, _start, _file  # noqa: PLW0603 - one name a process
    _name = ""
    _start = threading.Lock()
    if _file >= 0:
        os.close(_file)
        _file = -1


os.register_at_fork(after_in_child=_forget)


def name() -> str:
    """This process's name; its lock is taken at the first call."""
    global _name, _file  # noqa: PLW0603 - one name a process
    with _start:
        if not _name:
            fresh = f"{_host()}-{os.getpid()}-{secrets.token_hex(4)}"
            _folder().mkdir(parents=True, exist_ok=True)
            # Locked before it has its name, so that no other process ever sees it free; held until the process ends.
            draft = _folder() / f".{fresh}"
            _file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(_file, fcntl.LOCK_EX)
            draft.rename(_folder() / fresh)
            _name = fresh
        return _name


def is_dead(owner: str) -> bool:
    """Whether this process of this host has ended, for sure. One without a file here says nothing."""
    if not owner.startswith(f"{_host()}-"):
        return False
    try:
        file = os.open(_folder() / owner, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True


def dead_here() -> list[str]:
    """The processes of this host that have ended and were not forgotten."""
    if not _folder().is_dir():
        return []
    return [file.name for file in _folder().iterdir() if is_dead(file.name)]


def forget(owner: str) -> None:
    """Removes the lock file of a dead one."""
    (_folder() / owner).unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.AUTODEV_DATA) / "run" / "providers"


def _host() -> str:
    return socket.gethostname()[:40]
