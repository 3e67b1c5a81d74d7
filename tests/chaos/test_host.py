"""What is left on the host, planted by hand, is reported."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.chaos.judges.host import orphans

pytestmark = pytest.mark.feature("F3.11")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> Path:
    monkeypatch.setattr("django.conf.settings.SANDBOX_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def process(data_dir: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One that works in a task's directory."""
    sleeping = "import sys; sys.stdin.read()"
    started = subprocess.Popen(
        [sys.executable, "-c", sleeping, str(data_dir / "work" / "task-1")], stdin=subprocess.PIPE
    )
    yield started
    started.kill()
    started.wait()
    if started.stdin is not None:
        started.stdin.close()


def test_a_clean_host_is_told_so(state: Path, data_dir: Path) -> None:
    assert orphans(data_dir).kept


def test_directories_of_nobody_are_told(state: Path, data_dir: Path) -> None:
    (data_dir / "work" / "task-1").mkdir(parents=True)
    (state / "runs" / "task.1.abc").mkdir(parents=True)
    assert sorted(map(str, orphans(data_dir).broken)) == ["task-1: working directory", "task.1.abc: run directory"]


def test_a_process_of_nobody_is_told_and_the_runs_own_are_not(
    state: Path, data_dir: Path, process: subprocess.Popen[bytes]
) -> None:
    told = [one.subject for one in orphans(data_dir).broken]
    assert told == [str(process.pid)]
    assert orphans(data_dir, except_pids=frozenset({process.pid})).kept
