"""OpenCode is installed whole or not at all, in one version, from the archive that is known."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from autodev.programs import opencode, opencode_install
from autodev.programs.opencode_install import install
from autodev.programs.types import Installed, InstallFailed, ProgramMissing
from tests.agent_programs.archives import ELSEWHERE, Registry

pytestmark = pytest.mark.feature("F2.2")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opencode_install, "package", lambda: ELSEWHERE)


def left(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "opencode").iterdir() if not path.name.endswith(".lock"))


def test_the_real_one_is_there_whole_and_starts(opencode_program: Installed) -> None:
    assert opencode.ask(opencode_program.program) == opencode.version() == opencode_program.version
    receipt = json.loads((opencode_program.folder / opencode.RECEIPT).read_text())
    assert receipt["sha256"] == opencode_install._sha256(opencode_program.program)
    assert opencode_program.folder.stat().st_mode & 0o055 == 0o055


@pytest.mark.usefixtures("elsewhere")
def test_what_is_whole_is_not_downloaded_again(tmp_path: Path) -> None:
    registry = Registry()
    said: list[str] = []
    first = install(tmp_path, said.append, fetch=registry)
    assert install(tmp_path, said.append, fetch=registry) == first == opencode.find(tmp_path)
    assert registry.asked == [(ELSEWHERE, opencode.version())]
    assert left(tmp_path) == [opencode.version()]
    assert any("downloading" in line for line in said)


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("damage", ["receipt", "shorter", "changed", "gone"])
def test_what_is_not_whole_is_made_again(tmp_path: Path, damage: str) -> None:
    registry = Registry()
    found = install(tmp_path, fetch=registry)
    match damage:
        case "receipt":
            (found.folder / opencode.RECEIPT).unlink()
        case "shorter":
            found.program.write_bytes(found.program.read_bytes()[:-3])
        case "changed":
            found.program.write_bytes(found.program.read_bytes().replace(b"echo", b"ecno"))
        case _:
            found.program.unlink()
    assert install(tmp_path, fetch=registry) == found
    assert opencode.ask(found.program) == opencode.version()
    assert len(registry.asked) == 2


@pytest.mark.usefixtures("elsewhere")
def test_a_half_made_folder_of_a_killed_try_goes(tmp_path: Path) -> None:
    (tmp_path / "opencode" / f".building-{opencode.version()}-999999999-abcd").mkdir(parents=True)
    install(tmp_path, fetch=Registry())
    assert left(tmp_path) == [opencode.version()]


@pytest.mark.usefixtures("elsewhere")
def test_two_at_once_download_once(tmp_path: Path) -> None:
    registry = Registry()
    both = [threading.Thread(target=install, args=(tmp_path,), kwargs={"fetch": registry}) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    assert len(registry.asked) == 1
    assert opencode.find(tmp_path).version == opencode.version()


def test_an_archive_with_another_hash_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InstallFailed, match="was expected") as refused:
        install(tmp_path, fetch=Registry())
    assert "do not use it" in refused.value.hint
    assert left(tmp_path) == []


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("", "holds no program"),
        ("#!/bin/sh\necho 2.0.0\n", "2.0.0"),
        ("#!/bin/sh\necho no avx2 >&2; exit 132\n", "no avx2"),
        ("#!/no/such/shell\n", "No such file"),
    ],
)
def test_a_program_that_does_not_run_here_is_not_installed(tmp_path: Path, program: str, said: str) -> None:
    with pytest.raises(InstallFailed, match=said):
        install(tmp_path, fetch=Registry(program))
    assert left(tmp_path) == []
    with pytest.raises(ProgramMissing, match="is not in"):
        opencode.find(tmp_path)


@pytest.mark.usefixtures("elsewhere")
def test_an_archive_that_breaks_off_is_refused(tmp_path: Path) -> None:
    registry = Registry()
    registry.broken = True
    with pytest.raises(InstallFailed, match="no archive"):
        install(tmp_path, fetch=registry)
    assert left(tmp_path) == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "opencode").write_text("a file")
    with pytest.raises(InstallFailed, match="cannot be put into") as refused:
        install(tmp_path, fetch=Registry())
    assert "AUTODEV_PROGRAMS" in refused.value.hint


@pytest.mark.usefixtures("elsewhere")
def test_another_version_is_told_and_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, fetch=Registry())
    monkeypatch.setattr(opencode, "version", lambda: "1.18.34")
    with pytest.raises(ProgramMissing, match=r"there is 1\.18\.33, which does not go"):
        opencode.find(tmp_path)


@pytest.mark.parametrize(
    ("machine", "cpu", "libc", "package"),
    [
        ("x86_64", "flags : fpu avx2", "glibc", "opencode-linux-x64"),
        ("x86_64", "flags : fpu", "glibc", "opencode-linux-x64-baseline"),
        ("amd64", "", "", "opencode-linux-x64-baseline-musl"),
        ("aarch64", "", "glibc", "opencode-linux-arm64"),
    ],
)
def test_each_platform_has_its_package(machine: str, cpu: str, libc: str, package: str) -> None:
    assert opencode.package(machine, cpu=cpu, libc=libc) == package


def test_other_platforms_are_refused() -> None:
    with pytest.raises(InstallFailed, match="riscv64"):
        opencode.package("riscv64")
