"""A workspace is not trusted: nothing that lies in it is obeyed, followed or run."""

from __future__ import annotations

import os
import socket
import subprocess
from pathlib import Path

import pytest

from projects.repository import Repository
from projects.repository.errors import NotFound, SnapshotRefused, UnsafePath
from projects.repository.git import environment, executable
from projects.repository.limits import Limits
from projects.repository.tree import delete_file, read_entry, write_file
from tests.repository.conftest import Snap, put


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that leaves a mark where it runs."""
    program = tmp_path / "trap.sh"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    program.chmod(0o755)
    return program


def sprung(trap: Path) -> bool:
    return (trap.parent / "sprung").exists()


def plant_repository(folder: Path, trap: Path) -> None:
    """A `.git` whose configuration runs the trap wherever git obeys it."""
    subprocess.run([executable(), "init", "-q", str(folder)], check=True, env=environment())
    lines = ["[core]", f"fsmonitor = {trap}", f"hooksPath = {trap.parent}/hooks", f"pager = {trap}"]
    lines += ['[filter "trap"]', f"clean = {trap}", f"smudge = {trap}"]
    lines += ['[diff "trap"]', f"textconv = {trap}", f"command = {trap}", ""]
    config = "\n".join(lines)
    (folder / ".git" / "config").open("a").write(config)
    hooks = trap.parent / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "post-checkout", "reference-transaction", "post-index-change"):
        (hooks / name).write_bytes(trap.read_bytes())
        (hooks / name).chmod(0o755)


@pytest.mark.parametrize("where", [".", "sub"])
def test_a_planted_repository_is_refused_and_never_obeyed(folder: Path, snap: Snap, trap: Path, where: str) -> None:
    put(folder, {"a.py": "a", "sub/b.py": "b"})
    plant_repository(folder / where, trap)
    with pytest.raises(SnapshotRefused, match="repository inside"):
        snap()
    assert not sprung(trap)


@pytest.mark.parametrize("name", [".git", ".GIT", ".Git"])
def test_a_gitfile_is_refused_too(folder: Path, snap: Snap, name: str) -> None:
    put(folder, {"sub/a": "a", f"sub/{name}": "gitdir: /etc\n"})
    with pytest.raises(SnapshotRefused):
        snap()


def test_the_trap_springs_where_git_obeys_the_folder(folder: Path, trap: Path) -> None:
    """The control: without our precautions the same folder runs the program."""
    put(folder, {"a.py": "a", ".gitattributes": "*.py filter=trap\n"})
    plant_repository(folder, trap)
    subprocess.run([executable(), "-C", str(folder), "add", "-A"], check=False, capture_output=True, env=environment())
    assert sprung(trap)


def test_attributes_of_the_folder_run_nothing(
    repository: Repository, folder: Path, snap: Snap, trap: Path, tmp_path: Path
) -> None:
    put(
        folder,
        {
            "a.py": "a\n",
            ".gitattributes": "*.py filter=trap diff=trap text eol=crlf ident working-tree-encoding=UTF-16\n",
        },
    )
    first = snap()
    put(folder, {"a.py": "$Id$ b\n"})
    second = snap(parent=first)
    assert "+$Id$ b" in repository.diff(first, second).text
    repository.checkout(second, tmp_path / "out")
    assert (tmp_path / "out/a.py").read_bytes() == b"$Id$ b\n"
    assert not sprung(trap)


def test_a_users_configuration_is_not_read(
    repository: Repository, folder: Path, snap: Snap, trap: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = folder.parent / "home"
    put(home, {".gitconfig": f"[core]\n\tfsmonitor = {trap}\n\thooksPath = {trap.parent}\n\tautocrlf = true\n"})
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / ".gitconfig"))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    put(folder, {"a": "x\r\n"})
    assert repository.read(snap(), "a") == b"x\r\n"
    assert not sprung(trap)


@pytest.mark.parametrize("target", ["/etc/shadow", "../../outside", "../workspace/../../x", "/"])
def test_a_link_out_of_the_tree_is_refused_and_not_followed(folder: Path, snap: Snap, target: str) -> None:
    put(folder, {"sub/a": "a"})
    (folder / "link").symlink_to(target)
    with pytest.raises(SnapshotRefused, match="link out of the project"):
        snap()


def test_a_link_to_a_folder_outside_hides_nothing_in_the_snapshot(folder: Path, snap: Snap, tmp_path: Path) -> None:
    put(tmp_path / "outside", {"secret": "s"})
    (folder / "sub").symlink_to(tmp_path / "outside")
    with pytest.raises(SnapshotRefused):
        snap()
    with pytest.raises(UnsafePath):
        read_entry(folder, "sub/secret", Limits())


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "", ".", "a\0b", ".git/config", "sub/.GIT/x"])
def test_a_path_that_leaves_the_workspace_is_refused(folder: Path, path: str) -> None:
    with pytest.raises(UnsafePath):
        read_entry(folder, path, Limits())
    with pytest.raises(UnsafePath):
        write_file(folder, path, b"")
    with pytest.raises(UnsafePath):
        delete_file(folder, path)
    assert issubclass(UnsafePath, ValueError)


def test_a_write_replaces_a_link_and_does_not_follow_it(folder: Path, tmp_path: Path) -> None:
    put(tmp_path, {"precious": "old"})
    (folder / "link").symlink_to(tmp_path / "precious")
    (folder / ".link.new").symlink_to(tmp_path / "precious")
    write_file(folder, "link", b"new")
    assert (tmp_path / "precious").read_text() == "old"
    assert not (folder / ".link.new").is_symlink()
    assert (folder / "link").read_text() == "new"
    assert not (folder / "link").is_symlink()


def test_a_write_through_a_linked_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (folder / "sub").symlink_to(tmp_path / "outside")
    with pytest.raises(UnsafePath):
        write_file(folder, "sub/x", b"")
    assert not list((tmp_path / "outside").iterdir())


def test_a_write_keeps_the_mode_and_makes_folders(folder: Path) -> None:
    write_file(folder, "a/b/run", b"1")
    (folder / "a/b/run").chmod(0o755)
    write_file(folder, "a/b/run", b"2")
    assert (folder / "a/b/run").read_bytes() == b"2"
    assert os.access(folder / "a/b/run", os.X_OK)
    with pytest.raises(UnsafePath):
        write_file(folder, "a/b", b"")
    with pytest.raises(UnsafePath):
        delete_file(folder, "a/b")
    delete_file(folder, "a/b/run")
    with pytest.raises(NotFound):
        delete_file(folder, "a/b/run")
    with pytest.raises(NotFound):
        read_entry(folder, "no/where", Limits())
    with pytest.raises(NotFound):
        read_entry(folder, "nowhere", Limits())


def test_what_is_no_file_is_refused(folder: Path) -> None:
    os.mkfifo(folder / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "sock"))
        for name in ("fifo", "sock"):
            with pytest.raises(SnapshotRefused):
                read_entry(folder, name, Limits())


def test_a_pipe_does_not_hang_a_snapshot(repository: Repository, folder: Path, snap: Snap) -> None:
    put(folder, {"a": "1"})
    os.mkfifo(folder / "fifo")
    assert repository.files(snap()) == ["a"]


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(files=2), "More than 2 files"),
        (Limits(file_bytes=9), "larger than"),
        (Limits(total_bytes=25), "More than"),
        (Limits(path_bytes=4), "longer than"),
    ],
)
def test_a_snapshot_past_a_limit_is_refused_with_the_reason(
    folder: Path, snap: Snap, limits: Limits, said: str
) -> None:
    put(folder, {"a.txt": "0123456789", "b.txt": "0123456789", "c.txt": "0123456789"})
    with pytest.raises(SnapshotRefused, match=said):
        snap(limits=limits)


def test_a_sparse_giant_is_not_read_into_memory(folder: Path, snap: Snap) -> None:
    with (folder / "giant").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(SnapshotRefused, match="larger than"):
        snap()


def test_a_file_that_goes_away_meanwhile_is_left_out(
    repository: Repository, folder: Path, snap: Snap, monkeypatch: pytest.MonkeyPatch
) -> None:
    from projects.repository import snapshot

    put(folder, {"a": "1", "b": "2"})
    monkeypatch.setattr(snapshot, "list_folder", lambda *_: ["a", "b", "gone", "gone/too"])
    assert repository.files(snap()) == ["a", "b"]
