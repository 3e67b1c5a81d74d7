"""PostgreSQL and Redis of a run, as processes that can be stopped, killed and started again on the same files."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg

from bench.chaos.places import Places
from bench.chaos.process import Process
from tests.services import postgres_binaries, redis_server

READY_TIMEOUT_S = 60.0


def postgres(places: Places) -> Process:
    """Makes the cluster; the process is still to be started. A crash of processes loses nothing that was committed;
    of the machine it would (fsync is off)."""
    binaries, folder = postgres_binaries(places.run), places.postgres
    folder.mkdir()
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        nobody = pwd.getpwnam("nobody")
        owner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    data = folder / "data"
    command = [binaries / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"]
    subprocess.run([*map(str, command), "--no-sync"], check=True, capture_output=True, cwd="/", **owner)
    options = ["-cfsync=off", "-cmax_connections=200", "-clisten_addresses=", "-clog_min_messages=warning"]
    return Process(
        name="postgres",
        argv=[str(binaries / "postgres"), "-D", str(data), "-k", str(folder), *options],
        env=places.environment(),
        log=places.logs / "postgres.log",
        owner={**owner, "cwd": "/"},
        at_death=signal.SIGQUIT,
    )


def redis(places: Places) -> Process:
    """Listens on a socket, keeps nothing."""
    options = ["--unixsocket", str(places.redis), "--port", "0", "--save", "", "--dir", str(places.run)]
    return Process(
        name="redis", argv=[redis_server(), *options], env=places.environment(), log=places.logs / "redis.log"
    )


def begin(process: Process, places: Places) -> None:
    """Starts the database's server, waits until it answers, and makes the database."""
    process.tick(time.monotonic())
    end = time.monotonic() + READY_TIMEOUT_S
    address = places.dsn.replace("dbname=autodev", "dbname=postgres")
    while True:
        try:
            with psycopg.connect(address, autocommit=True) as connection:
                connection.execute("CREATE DATABASE autodev")
        except psycopg.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def children_of(pid: int) -> dict[int, str]:
    """Process id → command line of what this process started itself."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and parent_of(int(entry.name)) == pid:
            found[int(entry.name)] = command_of(int(entry.name))
    return found


def parent_of(pid: int) -> int:
    """0 where the process is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def command_of(pid: int) -> str:
    """Empty where the process is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""
