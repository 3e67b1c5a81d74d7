"""The parts below the backend: system-call filter, interpreter, staging, meters, the collector."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autodev.sandbox import SandboxBackend, SandboxSpec, seccomp, seccomp_table, toolchain, workspace
from autodev.sandbox.collect import Collected, collect
from autodev.sandbox.meters import ProcMeter, descendants, threads_of_user
from autodev.sandbox.staging import Stage, reachable_by_others

REPOSITORY = Path(__file__).parents[2]
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000


def interpret(code: bytes, *, number: int, arch: int, arguments: tuple[int, ...] = ()) -> int:
    """What the kernel would answer: the few classic-BPF instructions that the filter uses."""
    instructions = [struct.unpack_from("=HBBI", code, at) for at in range(0, len(code), 8)]
    data = struct.pack("=IIQ6Q", number, arch, 0, *(*arguments, *[0] * (6 - len(arguments))))
    accumulator = at = 0
    while True:
        operation, true, false, value = instructions[at]
        if operation == 0x06:
            return int(value)
        at += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[operation]
            at += true if holds else false


@pytest.mark.parametrize("machine", sorted(seccomp_table.ARCHITECTURES))
def test_the_filter_decides_as_its_tables_say(machine: str) -> None:
    column, arch, foreign = seccomp_table.ARCHITECTURES[machine]
    code = seccomp.program(machine)

    def answer(number: int | None, *arguments: int) -> int:
        assert number is not None
        return interpret(code, number=number, arch=arch, arguments=arguments)

    for numbers in seccomp_table.DENIED.values():
        if numbers[column] is not None:
            assert answer(numbers[column]) == ERRNO | 1
    assert answer(seccomp_table.UNKNOWN["clone3"][column]) == ERRNO | 38
    assert answer({"x86_64": 0, "aarch64": 63}[machine]) == ALLOW  # read
    for family in range(46):
        allowed = family in seccomp_table.ALLOWED_FAMILIES.values()
        for call in (seccomp_table.SOCKET, seccomp_table.SOCKETPAIR):
            assert answer(call[column], family) == (ALLOW if allowed else ERRNO | 97)
    for request, expected in ((0x5412, ERRNO | 1), (0x541C, ERRNO | 1), (0x5413, ALLOW), (0x5401, ALLOW)):
        assert answer(seccomp_table.IOCTL[column], 0, request) == expected
    for flag in seccomp_table.CLONE_NEW_FLAGS.values():
        assert answer(seccomp_table.CLONE[column], flag | 17) == ERRNO | 1
    assert answer(seccomp_table.CLONE[column], 0x003D0F00) == ALLOW  # a thread
    assert interpret(code, number=0, arch=0x40000003) == KILL  # 32 bit
    if foreign:
        assert answer(foreign + 1) == KILL


def test_an_unknown_processor_has_no_filter() -> None:
    assert not seccomp.supported("vax")
    with pytest.raises(ValueError, match="vax"):
        seccomp.program("vax")


@pytest.fixture
def private_prefix(tmp_path: Path) -> Path:
    """An interpreter whose files only its owner may read, as a private umask leaves it."""
    base = Path(os.path.realpath(sys.base_prefix))
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    prefix = tmp_path / "private"
    skipped = shutil.ignore_patterns("site-packages", "test", "__pycache__", "idlelib", "config-*")
    shutil.copytree(base / "lib" / name, prefix / "lib" / name, ignore=skipped)
    (prefix / "lib" / name / "site-packages").mkdir()
    for shared in (base / "lib").glob("libpython*"):
        shutil.copy2(shared, prefix / "lib")
    (prefix / "bin").mkdir()
    shutil.copy2(base / "bin" / name, prefix / "bin")
    subprocess.run(["chmod", "-R", "go=", str(prefix)], check=True)
    return prefix


def test_an_unreadable_interpreter_is_copied_once(
    private_prefix: Path, tmp_path: Path, backend: SandboxBackend
) -> None:
    data = tmp_path / "data"
    found = toolchain.python_toolchain(data, prefix=private_prefix)
    again = toolchain.python_toolchain(data, prefix=private_prefix)
    assert again == found
    sources = {inside: path for path, inside in found.ro_layers.items()}
    assert sources[str(private_prefix)].is_relative_to(data / "toolchains")
    libraries = {"LD_LIBRARY_PATH": str(private_prefix / "lib")}
    argv = [found.program, "-c", "import json, sys; print(sys.prefix)"]
    result = backend.run(SandboxSpec(argv=argv, ro_layers=found.ro_layers, env=libraries))
    assert (result.status, result.stdout) == ("ok", f"{private_prefix}\n")


def test_a_system_interpreter_needs_no_layer(tmp_path: Path) -> None:
    assert toolchain.python_toolchain(tmp_path, prefix=Path("/usr")).ro_layers == {}


def test_node_is_found_where_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, backend: SandboxBackend) -> None:
    program = tmp_path / "node" / "bin" / "node"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\necho v99.0.0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    found = toolchain.node_toolchain()
    assert found
    assert found.version == "v99.0.0"
    spec = SandboxSpec(argv=[found.program], ro_layers=found.ro_layers)
    assert backend.run(spec).stdout == "v99.0.0\n"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert toolchain.node_toolchain() is None


def test_a_node_below_usr_is_visible_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/env")
    found = toolchain.node_toolchain()
    assert found
    assert (found.program, found.ro_layers) == ("/usr/bin/env", {})


def test_without_uv_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sysconfig.get_path", lambda _name: "/nonexistent")
    monkeypatch.setattr("shutil.which", lambda _name: None)
    with pytest.raises(FileNotFoundError, match="pip install uv"):
        toolchain.uv_toolchain()


def test_only_what_others_cannot_reach_is_staged(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "file").write_text("x")
    assert not reachable_by_others(tmp_path / "file")
    stage = Stage(Path("/stage"), active=True)
    assert stage.source(Path("/usr")) == "/usr"
    assert stage.prefix() == []
    assert stage.source(tmp_path) == "/stage/0"
    assert stage.source(tmp_path / "file") == "/stage/1"
    words = stage.prefix()
    assert words[:4] == ["unshare", "--mount", "--propagation", "slave"]
    assert words[-4:] == ["d", str(tmp_path), "f", str(tmp_path / "file")]
    assert Stage(Path("/stage"), active=False).source(tmp_path) == str(tmp_path)


def test_users_of_workspaces_differ_and_fit_a_small_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    assert workspace.sandbox_uid("/a") != workspace.sandbox_uid("/b")
    assert workspace.sandbox_uid("/a") == workspace.sandbox_uid("/a")
    monkeypatch.setattr(workspace, "_mapped_uids", lambda: 65_536)
    assert 60_000 < workspace.sandbox_uid("/a") < 65_534


def test_a_program_that_is_missing_or_fails_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(workspace.WorkspaceError, match="mount"):
        workspace.create_workspace(tmp_path / "x", size_bytes=-1)
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(workspace.WorkspaceError, match="not installed"):
        workspace.create_workspace(tmp_path / "y")


def alive(pid: int) -> bool:
    """Whether it still runs; a zombie that nobody has waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_meter_sees_descendants_and_ends_them() -> None:
    process = subprocess.Popen(["sh", "-c", "sleep 60 & sleep 60"], start_new_session=True)
    deadline = time.monotonic() + 60
    while len(descendants(process.pid)) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    meter = ProcMeter()
    meter.attach(process.pid)
    usage = meter.sample()
    assert usage.pids_peak == 3
    assert usage.peak_mem > 0
    members = descendants(process.pid)
    meter.kill()
    process.wait(60)
    deadline = time.monotonic() + 60
    while any(map(alive, members)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(alive, members))
    assert threads_of_user(os.geteuid()) > 0


def test_what_is_collected_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.txt", "b.txt", "sub/c.txt", "sub/deep/d.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("12345")
    assert set(collect(tmp_path, ["**/*.txt"]).files) == {"a.txt", "b.txt", "sub/c.txt", "sub/deep/d.txt"}
    assert set(collect(tmp_path, ["*.txt", "a.txt"]).files) == {"a.txt", "b.txt"}
    assert set(collect(tmp_path, ["sub/?.txt"]).files) == {"sub/c.txt"}
    module = "autodev.sandbox.collect"
    monkeypatch.setattr(f"{module}.MAX_DEPTH", 1)
    assert "sub/deep" in collect(tmp_path, ["**/*.txt"]).refused
    monkeypatch.setattr(f"{module}.MAX_TOTAL_BYTES", 10)
    limited = collect(tmp_path, ["*.txt", "sub/c.txt"])
    assert (len(limited.files), limited.refused["sub/c.txt"]) == (2, "too many or too large artefacts")
    monkeypatch.setattr(f"{module}.MAX_ENTRIES", 1)
    assert "entries" in collect(tmp_path, ["**/*.txt"]).refused["**/*.txt"]


def test_a_directory_swapped_for_a_link_while_walking_is_refused(tmp_path: Path) -> None:
    from autodev.sandbox import collect as module

    (tmp_path / "sub").mkdir()
    out = Collected()
    root = os.open(tmp_path, os.O_RDONLY)
    try:
        walk = module._walk(root, out)
        (tmp_path / "file").write_text("x")
        assert next(walk) == "file"
        (tmp_path / "sub").rmdir()
        (tmp_path / "sub").symlink_to("/etc")
        assert list(walk) == []
    finally:
        os.close(root)
    assert "sub" in out.refused
