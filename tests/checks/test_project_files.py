"""Files of an untrusted tree: no link is followed, nothing leaves the root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from projects.checks.project_files import MAX_BYTES, kind, read_text, write_text


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("secret")
    return tmp_path / "outside"


@pytest.fixture
def root(tmp_path: Path, outside: Path) -> Path:
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "a" / "b.txt").write_text("text")
    (root / "link").symlink_to(outside)
    (root / "file").symlink_to(outside / "secret.txt")
    os.mkfifo(root / "pipe")
    return root


def test_reads_and_writes_below_the_root(root: Path) -> None:
    assert read_text(root, "a/b.txt") == "text"
    write_text(root, "a/b.txt", "new")
    write_text(root, "x/y/z.txt", "made")
    assert (read_text(root, "a/b.txt"), read_text(root, "x/y/z.txt")) == ("new", "made")
    assert [kind(root, p) for p in ("a", "a/b.txt", "pipe", "link", "none")] == [
        "dir",
        "file",
        "other",
        "other",
        "none",
    ]


@pytest.mark.parametrize("path", ["link/secret.txt", "file", "../outside/secret.txt", "/etc/passwd", "", "a", "none"])
def test_nothing_outside_is_read(root: Path, path: str) -> None:
    assert read_text(root, path) == ""


def test_a_pipe_does_not_block(root: Path) -> None:
    assert read_text(root, "pipe") == ""


@pytest.mark.parametrize("path", ["link/new.txt", "link/secret.txt", "../outside/new.txt", "/tmp/new.txt"])
def test_nothing_outside_is_written(root: Path, outside: Path, path: str) -> None:
    with pytest.raises((OSError, ValueError)):
        write_text(root, path, "taken")
    assert [p.name for p in outside.iterdir()] == ["secret.txt"]
    assert (outside / "secret.txt").read_text() == "secret"


def test_a_link_is_replaced_not_followed(root: Path, outside: Path) -> None:
    write_text(root, "file", "mine")
    assert (outside / "secret.txt").read_text() == "secret"
    assert read_text(root, "file") == "mine"


def test_a_huge_file_is_cut(root: Path) -> None:
    (root / "huge.txt").write_bytes(b"x" * (MAX_BYTES + 5))
    assert len(read_text(root, "huge.txt")) == MAX_BYTES
