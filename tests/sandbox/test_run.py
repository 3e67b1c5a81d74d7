"""What one run promises its caller."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from autodev.sandbox import Isolation, Limits, Owner, SandboxBackend, SandboxSpec
from tests.sandbox.conftest import SMALL


def shell(script: str, **changes: object) -> SandboxSpec:
    return SandboxSpec(argv=["sh", "-c", script], **changes)  # type: ignore[arg-type]  # by the spec's own names


def test_output_exit_code_and_measures(backend: SandboxBackend) -> None:
    result = backend.run(shell("echo out; echo err >&2; exit 3"))
    assert (result.status, result.exit_code, result.stdout, result.stderr) == ("nonzero", 3, "out\n", "err\n")
    assert result.backend == "bubblewrap"
    assert result.level == Isolation.PROCESS
    assert result.ran
    assert result.wall_ms > 0
    assert result.peak_mem > 0
    assert result.pids_peak >= 1


def test_death_by_a_signal_of_its_own(backend: SandboxBackend) -> None:
    result = backend.run(shell("kill -SEGV $$"))
    assert (result.status, result.exit_code, result.signal) == ("nonzero", 139, 11)


@pytest.mark.parametrize("code", [125, 126, 127])
def test_the_wrapper_s_codes_from_the_command_are_the_command_s(backend: SandboxBackend, code: int) -> None:
    assert backend.run(shell(f"exit {code}")).exit_code == code


def test_a_missing_command_is_a_setup_error(backend: SandboxBackend) -> None:
    result = backend.run(SandboxSpec(argv=["no-such-program"]))
    assert result.status == "setup_error"
    assert not result.ran
    assert "no-such-program" in result.reason
    relayed = backend.run(SandboxSpec(argv=["no-such-program"], network="registry"))
    assert relayed.status == "setup_error"


def test_a_missing_workspace_is_a_setup_error(backend: SandboxBackend, tmp_path: Path) -> None:
    result = backend.run(shell("true", workspace=tmp_path / "absent"))
    assert result.status == "setup_error"
    assert "absent" in result.reason


def test_a_missing_layer_is_a_setup_error(backend: SandboxBackend, tmp_path: Path) -> None:
    assert backend.run(shell("true", ro_layers={tmp_path / "absent": "/opt/x"})).status == "setup_error"


def test_files_environment_stdin_and_directory(backend: SandboxBackend, workspace: Path) -> None:
    (workspace / "sub").mkdir()
    result = backend.run(
        shell(
            'cat /run/data; cat; echo "$GREETING"; pwd; touch /run/data 2>/dev/null || echo read-only',
            workspace=workspace,
            cwd="sub",
            files={"/run/data": b"data\n"},
            env={"GREETING": "hello"},
            stdin=b"typed\n",
        )
    )
    assert result.stdout.split() == ["data", "typed", "hello", "/workspace/sub", "read-only"]


def test_without_stdin_there_is_an_end_of_file(backend: SandboxBackend) -> None:
    assert backend.run(shell("cat; echo done")).stdout == "done\n"


def test_the_workspace_is_written_or_read_only(backend: SandboxBackend, workspace: Path) -> None:
    (workspace / "given").write_text("given")
    assert backend.run(shell("cat given; echo made > made; echo more >> given", workspace=workspace)).ok
    assert (workspace / "made").read_text() == "made\n"
    assert (workspace / "given").read_text() == "givenmore\n"
    assert backend.run(shell("echo x > made", workspace=workspace, workspace_read_only=True)).status == "nonzero"


def test_what_the_worker_adds_between_runs_can_be_changed(backend: SandboxBackend, workspace: Path) -> None:
    assert backend.run(shell("mkdir a", workspace=workspace)).ok
    (workspace / "a" / "added").write_text("1")
    assert backend.run(shell("echo 2 > a/added && rm a/added", workspace=workspace)).ok


def test_a_link_to_a_file_of_the_host_is_not_given_away_by_the_handing_over(
    backend: SandboxBackend, workspace: Path, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    victim.write_text("x")
    (workspace / "link").symlink_to(victim)
    assert backend.run(shell("true", workspace=workspace)).ok
    assert victim.stat().st_uid == os.geteuid()


def test_layers_are_read_only_and_nest(backend: SandboxBackend, tmp_path: Path) -> None:
    for name in ("outer", "inner"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "name").write_text(name)
    (tmp_path / "outer" / "inner").mkdir()
    tmp_path.chmod(0o700)
    layers = {tmp_path / "inner": "/opt/outer/inner", tmp_path / "outer": "/opt/outer"}
    result = backend.run(shell("cat /opt/outer/name /opt/outer/inner/name; echo x > /opt/outer/x", ro_layers=layers))
    assert result.stdout == "outerinner"
    assert "Read-only" in result.stderr


def test_cancel_ends_it_soon(backend: SandboxBackend) -> None:
    cancel = threading.Event()
    seen: list[tuple[str, str]] = []

    def on_output(stream: str, text: str) -> None:
        seen.append((stream, text))
        cancel.set()

    result = backend.run(shell("echo begun; sleep 60", cancel=cancel, on_output=on_output))
    assert (result.status, result.reason, result.exit_code) == ("killed", "cancelled", None)
    assert seen == [("stdout", "begun\n")]
    assert result.wall_ms < 9000


def test_characters_split_between_chunks_stay_whole(backend: SandboxBackend) -> None:
    result = backend.run(shell(r"printf '\303'; sleep 0.2; printf '\251'; printf '\377\000'"))
    assert result.stdout == "é��"


def test_an_error_of_the_caller_s_callback_comes_through_after_the_kill(backend: SandboxBackend) -> None:
    def on_output(_stream: str, _text: str) -> None:
        raise LookupError("from the callback")

    with pytest.raises(LookupError):
        backend.run(shell("echo x; sleep 60", on_output=on_output))


def test_nothing_is_left_on_the_host(backend: SandboxBackend) -> None:
    owner = Owner("task-left", 3)
    assert backend.run(shell("true", owner=owner)).ok
    assert backend.run(SandboxSpec(argv=["absent"], owner=owner)).status == "setup_error"
    assert backend.reap(lambda _task, _epoch: False) == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"argv": "ls -l"},
        {"argv": []},
        {"argv": ["a\0b"]},
        {"argv": ["ls"], "env": {"A-B": "1"}},
        {"argv": ["ls"], "files": {"/workspace/x": b""}},
        {"argv": ["ls"], "ro_layers": {Path("/usr"): "/workspace/node_modules"}},
        {"argv": ["ls"], "files": {"relative": b""}},
        {"argv": ["ls"], "files": {"/run/../x": b""}},
        {"argv": ["ls"], "mount": "/"},
    ],
)
def test_a_spec_that_makes_no_sense_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        SandboxSpec(**changes)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(("task", "epoch"), [("a.b", 1), ("", 1), ("a", -1), ("a/b", 0)])
def test_an_owner_s_name_can_be_part_of_a_path(task: str, epoch: int) -> None:
    with pytest.raises(ValueError, match="owner"):
        Owner(task, epoch)


def test_the_default_limits_are_those_of_a_test_run() -> None:
    assert SandboxSpec(argv=["x"]).limits == Limits()
    assert SMALL.memory_bytes < Limits().memory_bytes
