"""`autodev up` as a user meets it: the address comes last, pages answer, Ctrl-C ends all, and it starts again."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.platform.test_supervisor import alive, wait_until

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("up")]


class Up:
    """A running `autodev up`; `lines` is what it printed so far."""

    def __init__(self, data: Path, port: int = 18750) -> None:
        env = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")}
        command = [sys.executable, "-c", "from autodev.cli import main; main()", "up", "--port", str(port)]
        self.process = subprocess.Popen(
            command,
            env={**env, "AUTODEV_DATA": str(data), "LOG_LEVEL": "INFO"},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []

    def wait_for(self, pattern: str) -> re.Match[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            found = re.search(pattern, line)
            if found:
                return found
        raise AssertionError("it ended without saying so:\n" + "\n".join(self.lines))

    def url(self) -> str:
        return self.wait_for(r"AutoDev is ready: (\S+)")[1]

    def children(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task")
        return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]

    def stop(self, sig: signal.Signals = signal.SIGINT) -> float:
        """The seconds it took."""
        begun = time.monotonic()
        self.process.send_signal(sig)
        assert self.process.stdout is not None
        self.lines += [line.rstrip() for line in self.process.stdout]
        self.process.wait(timeout=120)
        return time.monotonic() - begun


@pytest.mark.feature("F4.8")
def test_it_starts_serves_stops_and_finds_everything_as_it_was(tmp_path: Path) -> None:
    first = Up(tmp_path)
    url = first.url()
    children = first.children()
    assert len(children) == 5, first.lines  # redis, web, gateway, worker, beat
    assert httpx.get(url, follow_redirects=True).status_code == 200
    assert httpx.get(f"{url}healthz").status_code == 200

    second = Up(tmp_path)
    assert url in second.wait_for(r"already runs on .*").string
    assert second.process.wait(timeout=120) == 1

    took_s = first.stop()
    assert first.process.returncode == 0, first.lines
    assert took_s < 15  # ten seconds are promised to the children; the rest is this machine's load
    assert not any(alive(pid) for pid in children)
    key = (tmp_path / "master.key").read_text()
    with sqlite3.connect(tmp_path / "autodev.sqlite3") as database:
        assert database.execute("SELECT count(*) FROM projects_incarnation WHERE stopped_at IS NULL").fetchone() == (0,)

    again = Up(tmp_path)
    assert httpx.get(again.url(), follow_redirects=True).status_code == 200
    assert not any("migrations applied" in line for line in again.lines)
    assert (tmp_path / "master.key").read_text() == key
    children = again.children()
    again.stop(signal.SIGKILL)
    wait_until(lambda: not any(alive(pid) for pid in children))


@pytest.mark.feature("F4.8")
def test_a_killed_part_comes_back_and_a_taken_port_is_stepped_over(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        up = Up(tmp_path, port)
        assert up.wait_for(rf"Port {port} is taken; using (\d+)")[1] != str(port)
        url = up.url()
        web = next(pid for pid in up.children() if b"uvicorn" in Path(f"/proc/{pid}/cmdline").read_bytes())
        os.kill(web, signal.SIGKILL)
        up.wait_for(r"web ended with -9; it starts again")

        def answers() -> bool:
            try:
                return httpx.get(f"{url}healthz").status_code == 200
            except httpx.TransportError:
                return False

        wait_until(answers, timeout_s=60)
        up.stop(signal.SIGTERM)
        assert up.process.returncode == 0
