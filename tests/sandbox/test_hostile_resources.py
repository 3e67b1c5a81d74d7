"""Rows 1–4, 14, 15 and 19 of the hostile programs: what takes more than its share."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from autodev.sandbox import SandboxBackend, SandboxSpec, Toolchain, remove_workspace
from autodev.sandbox.types import MIB
from tests.sandbox.conftest import PROGRAMS, SMALL, Run, hostile_spec

# One process runs them: who counts what a program left must not count what another test has started.
pytestmark = [pytest.mark.feature("F3.7"), pytest.mark.xdist_group("hostile")]


def naked(program: str, *arguments: str, cwd: Path, timeout_s: float = 20) -> subprocess.CompletedProcess[str]:
    """The same program without a sandbox: the positive control."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(PROGRAMS / f"{program}.py"), *arguments],
        cwd=cwd, capture_output=True, text=True, timeout=timeout_s, check=False,
    )  # fmt: skip


def left_after(mark: str, *, within_s: float = 5.0) -> list[str]:
    """The processes whose command line holds `mark`, as soon as there are none, else those after `within_s`: what was
    killed inside takes a moment to go on a busy machine."""
    deadline = time.monotonic() + within_s
    while True:
        done = subprocess.run(["ps", "-eo", "pid,ppid,stat,args"], capture_output=True, text=True, check=True)
        left = [line for line in done.stdout.splitlines() if mark in line]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def test_a_fork_bomb_stays_small_and_ends(run: Run) -> None:
    result = run("fork_bomb", "stays-small", wall_s=1.5)
    assert result.status == "timeout"
    assert SMALL.pids // 2 < result.pids_peak <= SMALL.pids
    assert not left_after("stays-small")


def test_a_shell_fork_bomb_stays_small_and_ends(backend: SandboxBackend) -> None:
    bomb = SandboxSpec(argv=["sh", "-c", "f() { f | f & }; f; sleep 9"], limits=replace(SMALL, wall_s=1))
    result = backend.run(bomb)
    assert result.status in ("timeout", "pids", "output_limit"), result
    assert result.pids_peak <= SMALL.pids
    assert not left_after("f() { f | f & }")


def test_a_fork_bomb_does_not_starve_another_sandbox(run: Run, backend: SandboxBackend, python: Toolchain) -> None:
    handle = backend.start(hostile_spec(python, "fork_bomb", wall_s=5), port=1)
    try:
        assert run("shared_memory", "1").status == "ok"
    finally:
        handle.stop()


def test_a_memory_hog_is_killed_at_the_limit(run: Run) -> None:
    result = run("memory", "one", "200")
    assert (result.status, result.exit_code) == ("oom", 137)
    assert result.peak_mem <= SMALL.memory_bytes


def test_as_much_as_the_limit_allows_is_not_killed(run: Run) -> None:
    assert run("memory", "one", "60").status == "ok"


def test_memory_of_many_processes_counts_together_and_exit_code_0_hides_nothing(run: Run) -> None:
    result = run("memory", "many", "80", wall_s=8)
    assert result.status == "oom"
    assert result.exit_code == 0
    assert result.oom_kills >= 1
    assert result.peak_mem <= SMALL.memory_bytes


@pytest.mark.parametrize("kind", ["memfd", "shared"])
def test_memory_without_a_name_counts_too(run: Run, kind: str) -> None:
    assert run("memory", kind, "200", file_bytes=500 * MIB).status == "oom"


@pytest.mark.parametrize(("directory", "mib"), [("/dev/shm", 4), ("/tmp", 16)])
def test_temporary_file_systems_have_a_size(run: Run, directory: str, mib: int) -> None:
    result = run("memory", directory, "200", file_bytes=200 * MIB)
    assert result.exit_code == 7
    word, written = result.stdout.rsplit(maxsplit=1)
    assert word == "No space left on device"
    assert int(written) <= mib


@pytest.mark.parametrize(
    ("kind", "word", "most"),
    [
        ("many", "No space left on device", 24),
        ("huge", "File too large", 8),
        ("sparse", "File too large", 0),
        ("inodes", "No space left on device", 2000),
    ],
)
def test_the_workspace_does_not_grow_beyond_its_limits(run: Run, kind: str, word: str, most: int) -> None:
    result = run("disk", kind)
    assert result.exit_code == 7, result
    said, done = result.stdout.rsplit(maxsplit=1)
    assert said == word
    assert most * 0.7 <= int(done) <= most


@pytest.mark.parametrize("kind", ["many", "inodes"])
def test_a_plain_directory_is_watched(backend: SandboxBackend, python: Toolchain, tmp_path: Path, kind: str) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    result = backend.run(hostile_spec(python, "disk", kind, workspace=plain, memory_bytes=512 * MIB))
    assert result.status == "killed"
    assert "workspace" in result.reason


def test_an_endless_loop_hits_the_cpu_limit(run: Run) -> None:
    result = run("spin", "loop", cpu_s=1)
    assert result.status == "cpu_limit"
    assert 500 <= result.cpu_ms <= 1600  # the kernel's limit and the group's account tick apart under load


def test_cpu_time_of_many_processes_counts_together(run: Run) -> None:
    result = run("spin", "burners", cpu_s=1, cpus=2)
    assert result.status == "cpu_limit"
    assert result.cpu_ms <= 1700


def test_burners_get_their_share_and_no_more(run: Run) -> None:
    result = run("spin", "burners", wall_s=2, cpu_s=30, cpus=0.25)
    assert result.status == "timeout"
    assert result.cpu_ms <= 800


def test_a_sleeper_that_ignores_every_signal_ends_at_the_wall_limit(run: Run) -> None:
    result = run("spin", "sleep", "ignores-every-signal", wall_s=0.7)
    assert result.status == "timeout"
    assert result.wall_ms < 9000
    assert not left_after("ignores-every-signal")


@pytest.mark.parametrize("stream", ["stdout", "stderr", "binary"])
def test_endless_output_is_cut(run: Run, stream: str) -> None:
    result = run("flood", stream)
    assert result.status == "output_limit"
    assert result.truncated
    kept = result.stderr if stream == "stderr" else result.stdout
    assert 0 < len(kept) <= SMALL.output_bytes
    assert "\0" not in kept
    assert result.wall_ms < 9000


def test_a_daemon_that_keeps_stdout_open_holds_nobody(run: Run) -> None:
    begun = time.monotonic()
    result = run("linger", "daemon", "holds-nobody")
    assert (result.status, result.stdout) == ("ok", "parent\n")
    assert time.monotonic() - begun < 9
    assert not left_after("holds-nobody")


def test_zombies_are_capped(run: Run) -> None:
    result = run("linger", "zombies")
    assert int(result.stdout) <= SMALL.pids


def test_a_program_that_fails_for_want_of_processes_says_so(backend: SandboxBackend, python: Toolchain) -> None:
    text = "import os\nwhile True:\n    os.fork() or os.read(os.pipe()[0], 1)"
    argv = [python.program, "-c", text]
    assert backend.run(SandboxSpec(argv=argv, ro_layers=python.ro_layers, limits=SMALL)).status == "pids"


def test_directories_ten_thousand_deep_are_removed(run: Run, workspace: Path) -> None:
    assert run("deep", "1500").status == "ok"
    remove_workspace(workspace)
    assert not workspace.exists()


def test_a_plain_directory_ten_thousand_deep_is_removed_where_shutil_fails(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    assert naked("deep", "10000", cwd=plain).stdout == "made\n"
    with pytest.raises((RecursionError, OSError)):
        shutil.rmtree(plain)
    remove_workspace(plain)
    assert not os.path.lexists(plain)
