"""What a crash leaves is ended, what lives is not."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autodev.sandbox import Owner, SandboxBackend, SandboxSpec, create_workspace, remove_workspace
from autodev.sandbox.bubblewrap import BubblewrapBackend
from autodev.sandbox.janitor import reap
from autodev.sandbox.rundir import RunDirectory, RunName, held, recorded_pid, start_ticks

REPOSITORY = Path(__file__).parents[2]
CRASHING = """
import sys
from pathlib import Path
from autodev.sandbox import Owner, SandboxSpec, create_workspace, get_backend
owner = Owner(sys.argv[1], 7)
create_workspace(Path(sys.argv[2]), owner=owner)
say = lambda stream, text: print(text, flush=True)
get_backend().run(SandboxSpec(argv=["sh", "-c", "echo up; sleep 300 & sleep 300"], workspace=Path(sys.argv[2]),
                              owner=owner, on_output=say))
"""


def everything(state: Path, mark: str) -> dict[str, list[str]]:
    """What of this owner is on the host."""
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    done = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True)
    return {
        "runs": [path.name for path in (state / "runs").glob(f"{mark}.*")],
        "groups": [str(path) for path in Path("/sys/fs/cgroup").glob(f"**/autodev/*-{mark}.*")],
        "mounts": [line for line in mounts if mark in line],
        "processes": [line for line in done.stdout.splitlines() if mark in line and "ps -eo" not in line],
    }


def wait_until_dead(pid: int) -> None:
    deadline = time.monotonic() + 60
    while start_ticks(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not start_ticks(pid)


def test_after_a_kill_of_the_worker_nothing_is_left(backend: SandboxBackend, tmp_path: Path) -> None:
    assert isinstance(backend, BubblewrapBackend)
    mark = f"crash-{secrets.token_hex(4)}"
    workspace = tmp_path / "workspace"
    worker = subprocess.Popen(
        [sys.executable, "-c", CRASHING, mark, str(workspace)], stdout=subprocess.PIPE, cwd=REPOSITORY
    )
    assert worker.stdout
    assert worker.stdout.readline() == b"up\n"
    (run,) = everything(backend.state_dir, mark)["runs"]
    inside = recorded_pid(backend.state_dir / "runs" / run)
    assert inside

    def live(task: str, _epoch: int) -> bool:
        return task == mark

    try:
        assert backend.reap(live) == 0
        assert start_ticks(inside)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    wait_until_dead(inside)
    left = everything(backend.state_dir, mark)
    assert left["runs"]
    assert left["groups"]
    assert left["mounts"]

    def dead(task: str, _epoch: int) -> bool:
        return task != mark

    assert backend.reap(dead) == 2
    assert everything(backend.state_dir, mark) == {"runs": [], "groups": [], "mounts": [], "processes": []}
    assert not workspace.exists()
    assert backend.reap(dead) == 0


def test_a_sandbox_whose_owner_lost_its_lease_is_killed(backend: SandboxBackend) -> None:
    handle = backend.start(SandboxSpec(argv=["sleep", "60"], owner=Owner("lost", 4)), port=1)
    other = backend.start(SandboxSpec(argv=["sleep", "60"], owner=Owner("kept", 4)), port=1)
    try:
        assert backend.reap(lambda task, _epoch: task != "lost") == 1
        assert handle.result(60).status in ("killed", "nonzero", "setup_error")
        assert other.alive
    finally:
        other.stop()


def test_without_control_groups_the_process_is_killed_by_its_recorded_identity(
    tmp_path: Path,
) -> None:
    victim = subprocess.Popen(["sleep", "60"])
    try:
        mine = RunDirectory(tmp_path, RunName.new(Owner("t", 1)))
        mine.record_pid(victim.pid)
        assert reap(tmp_path, None, lambda _task, _epoch: False) == 1
        assert victim.wait(60) == -signal.SIGKILL
        mine.remove()
    finally:
        victim.kill()
        victim.wait()


def test_a_pid_that_now_belongs_to_somebody_else_is_left_alone(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        mine = RunDirectory(tmp_path, RunName.new(None))
        (mine.path / "pid").write_text(f"{bystander.pid} 12345")
        assert recorded_pid(mine.path) is None
        (mine.path / "pid").write_text("nonsense")
        assert recorded_pid(mine.path) is None
        mine.remove()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_names_that_are_not_ours_stay_and_half_made_directories_go(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    gone = subprocess.Popen(["true"])
    gone.wait()
    for name in ("other", "a.b.c", "x/y", f".new-{gone.pid}-ab"):
        (runs / name).mkdir(parents=True, exist_ok=True)
    assert reap(tmp_path, None, lambda _task, _epoch: False) == 0
    assert {path.name for path in runs.iterdir()} == {"other", "a.b.c", "x"}
    assert not held(runs / "other")


@pytest.mark.parametrize("owner", [None, Owner("0198-ab_c", 12)])
def test_a_name_is_read_back(owner: Owner | None) -> None:
    name = RunName.new(owner)
    assert RunName.parse(str(name)) == name


def test_a_workspace_without_owner_lives_as_long_as_its_process(backend: SandboxBackend, tmp_path: Path) -> None:
    path = tmp_path / "with blank"
    assert create_workspace(path)
    backend.reap(lambda _task, _epoch: False)
    assert path.is_mount()
    remove_workspace(path)
    code = f"from pathlib import Path; from autodev.sandbox import create_workspace as c; c(Path({str(path)!r}))"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=REPOSITORY)
    assert path.is_mount()
    assert backend.reap(lambda _task, _epoch: True) == 1
    assert not path.exists()
