"""What a run leaves on the host while it lives: a directory whose name says whose it is and whose lock says that
its process is alive. The janitor needs nothing else."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from autodev.sandbox.types import Owner

_NOBODY = "@"
NEW_PREFIX = ".new-"


@dataclass(frozen=True, slots=True)
class RunName:
    """`<task>.<epoch>.<run id>`; a task id has no dot."""

    owner: Owner | None
    run_id: str

    def __str__(self) -> str:
        task, epoch = (self.owner.task_id, self.owner.epoch) if self.owner else (_NOBODY, 0)
        return f"{task}.{epoch}.{self.run_id}"

    @classmethod
    def parse(cls, text: str) -> RunName | None:
        """None for a name that is not ours."""
        task, _, rest = text.partition(".")
        epoch, _, run_id = rest.partition(".")
        if not epoch.isdigit() or not run_id:
            return None
        try:
            return cls(None if task == _NOBODY else Owner(task, int(epoch)), run_id)
        except ValueError:
            return None

    @classmethod
    def new(cls, owner: Owner | None) -> RunName:
        return cls(owner, secrets.token_hex(6))


class RunDirectory:
    """Created for a run and removed with it. `path` may be traversed by the sandbox's user, `private` may not."""

    def __init__(self, state: Path, name: RunName) -> None:
        self.name = name
        self.path = state / "runs" / str(name)
        self.stage, self.private = self.path / "stage", self.path / "private"
        # Locked before it has its name, so that no janitor takes it for abandoned.
        new = state / "runs" / f"{NEW_PREFIX}{os.getpid()}-{name.run_id}"
        new.mkdir(parents=True)
        new.chmod(0o711)
        (new / "stage").mkdir(mode=0o755)
        (new / "private").mkdir(mode=0o700)
        self._lock = os.open(new / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        new.rename(self.path)

    def record_pid(self, pid: int) -> None:
        (self.path / "pid").write_text(f"{pid} {start_ticks(pid)}")

    def remove(self) -> None:
        # A janitor may be at it too; what either misses is found by the next one, the lock being free.
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def start_ticks(pid: int) -> int:
    """When the process started, in clock ticks since boot (proc(5), field 22); 0 when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(text.rpartition(")")[2].split()[19])


def recorded_pid(path: Path) -> int | None:
    """The run's outermost process, if it still is the one that was recorded."""
    try:
        pid, ticks = (int(word) for word in (path / "pid").read_text().split())
    except (OSError, ValueError):
        return None
    return pid if ticks and start_ticks(pid) == ticks else None


def held(path: Path) -> bool:
    """Whether a live process holds the lock of this run directory."""
    try:
        lock = os.open(path / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
