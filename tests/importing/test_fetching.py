"""What comes from elsewhere is hostile until it was looked at: addresses, histories, trees, zips, uploads."""

from __future__ import annotations

import io
import os
import select
import socket
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from autodev.accounts.models import User, Workspace
from projects.importing import fetching
from projects.importing.address import Address, checked_url, resolved
from projects.importing.archive import entries_of
from projects.importing.errors import ImportFailed, ImportRefused
from projects.importing.fetching import fetch_address, fetch_folder
from projects.importing.limits import LIMITS
from projects.importing.tidying import tidied
from projects.repository.errors import SnapshotRefused
from projects.repository.repository import EPOCH, Repository
from projects.repository.snapshot import list_tree
from projects.services.errors import IdempotencyConflict
from projects.services.importing import import_start, source_of_folder, source_of_url, store_upload, uploads
from tests.importing.conftest import Repo, git

pytestmark = pytest.mark.feature("F1.13")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ssh://git@example.com/a.git", "git@example.com:a/b.git", "ext::sh -c id",
        "https://user:secret@example.com/a.git", "https://example.com/a.git?x=1", "https://example.com/../a",
        "https://example.com/a b", "https:///a", "https://example.com:99999/a", "http://169.254.169.254/a",
        "https://metadata.google.internal/a", "https://example.com/--upload-pack=x;y", f"https://e.com/{'a' * 400}",
    ],
)  # fmt: skip
def test_addresses_that_are_not_gone_to(url: str) -> None:
    with pytest.raises(ImportRefused):
        checked_url(url)


def test_in_production_no_address_of_the_own_network(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PRODUCTION = True
    for url in (
        "http://example.com/a",
        "https://localhost/a",
        "https://10.1.2.3/a",
        "https://[::1]/a",
        "https://127.1/a",
    ):
        with pytest.raises(ImportRefused):
            checked_url(url)

    def leads_inside(*args: Any, **kwargs: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.168.1.4", 443))]

    assert checked_url("https://example.com/a.git") == "https://example.com/a.git"
    monkeypatch.setattr(socket, "getaddrinfo", leads_inside)
    with pytest.raises(ImportRefused, match="own network"):
        resolved("https://example.com/a.git")


def test_where_a_name_leads_is_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", ("2606:2800::1", 443, 0, 0))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: found)
    assert resolved("https://example.com/a").pin == "example.com:443:93.184.216.34,[2606:2800::1]"

    def unknown(*args: Any, **kwargs: Any) -> list[Any]:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ImportFailed):
        resolved("https://example.com/a")


def test_a_place_that_does_not_answer_is_told(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = Address(url=f"http://127.0.0.1:{port}/a.git", scheme="http", pin=f"127.0.0.1:{port}:127.0.0.1")
    with pytest.raises(ImportFailed):
        fetch_address(tmp_path / "alone", address, branch="", limits=LIMITS)
    with pytest.raises(ImportFailed):  # no file is an address, whatever was let through before
        fetch_address(tmp_path / "other", Address(url=str(tmp_path), scheme="https", pin=""), branch="", limits=LIMITS)


def test_a_history_comes_from_a_folder_and_from_a_bundle(tmp_path: Path, repo: Repo) -> None:
    folder = repo({"a.txt": "1\n"}, {"a.txt": "2\n"})
    (folder / ".git" / "hooks").mkdir(exist_ok=True)
    hook = folder / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    head = git(folder, "rev-parse", "HEAD")
    assert fetch_folder(tmp_path / "one", folder, branch="", limits=LIMITS) == head
    git(folder, "checkout", "-q", "-b", "next")
    git(folder, "bundle", "create", "-q", str(tmp_path / "app.bundle"), "main", "next")
    assert fetch_folder(tmp_path / "two", tmp_path / "app.bundle", branch="next", limits=LIMITS) == head
    assert fetch_folder(tmp_path / "three", tmp_path / "app.bundle", branch="", limits=LIMITS) == head
    for branch in ("nowhere", "../x", "-x", "a..b", "x.lock"):
        with pytest.raises((ImportRefused, ImportFailed)):
            fetch_folder(tmp_path / f"no{len(branch)}", tmp_path / "app.bundle", branch=branch, limits=LIMITS)
    with pytest.raises(ImportFailed):
        fetch_folder(tmp_path / "none", folder, branch="nowhere", limits=LIMITS)


def test_a_history_that_is_too_large_or_slow_is_refused(
    tmp_path: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = repo({"a.txt": "1\n"}, {"a.txt": "2\n"})
    with pytest.raises(ImportRefused, match="commits"):
        fetch_folder(tmp_path / "one", folder, branch="", limits=replace(LIMITS, commits=1))
    noise = os.urandom(400_000).hex()
    (folder / "b.txt").write_text(noise)
    git(folder, "add", "b.txt")
    git(folder, "commit", "-q", "-m", "noise")
    with pytest.raises((ImportRefused, ImportFailed)):
        fetch_folder(tmp_path / "two", folder, branch="", limits=replace(LIMITS, history_bytes=100_000))
    monkeypatch.setattr(fetching, "_LIMITED", "sleep 5")
    with pytest.raises(ImportRefused, match="seconds"):
        fetch_folder(tmp_path / "three", folder, branch="", limits=replace(LIMITS, fetch_s=0.1))


def test_submodules_links_out_and_pointers_are_not_followed(tmp_path: Path, repo: Repo) -> None:
    folder = repo({
        "a.txt": "1\n", "big.bin": "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 1\n",
    })  # fmt: skip
    os.symlink("/etc/passwd", folder / "out")
    os.symlink("../../elsewhere", folder / "up")
    os.symlink("a.txt", folder / "in")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{git(folder, 'rev-parse', 'HEAD')},vendor/lib")
    git(folder, "add", "out", "up", "in")
    git(folder, "commit", "-q", "-m", "odd")
    alone = tmp_path / "alone"
    commit = fetch_folder(alone, folder, branch="", limits=LIMITS)
    clean, notes = tidied(alone, commit, limits=LIMITS)
    assert sorted(list_tree(alone, clean)) == ["a.txt", "big.bin", "in"]
    assert Repository(alone).has_ancestor(clean, commit)
    assert ["vendor/lib" in notes[0], "out, up" in notes[1], "big.bin" in notes[2]] == [True] * 3


def test_trees_that_are_too_large_or_hold_a_repository_are_refused(tmp_path: Path, repo: Repo) -> None:
    folder = repo({"a.txt": "1\n", "b.txt": "2\n"})
    alone = tmp_path / "alone"
    commit = fetch_folder(alone, folder, branch="", limits=LIMITS)
    assert tidied(alone, commit, limits=LIMITS) == (commit, [])
    for limits in (replace(LIMITS, files=1), replace(LIMITS, unpacked_bytes=2)):
        with pytest.raises(ImportRefused):
            tidied(alone, commit, limits=limits)
    blob = git(folder, "hash-object", "-w", "a.txt")
    tree = git(folder, "rev-parse", "HEAD^{tree}")
    listing = f"100644 blob {blob}\tconfig\n"
    inner = _mktree(folder, listing)
    bad = _mktree(folder, f"040000 tree {tree}\tok\n040000 tree {inner}\t.GIT\n")
    git(folder, "update-ref", "refs/heads/bad", git(folder, "commit-tree", bad, "-m", "bad"))
    with pytest.raises((ImportRefused, ImportFailed)):
        tidied(alone, fetch_folder(tmp_path / "bad", folder, branch="bad", limits=LIMITS), limits=LIMITS)


def test_a_tree_that_holds_itself_many_times_is_not_listed(tmp_path: Path, repo: Repo) -> None:
    folder = repo({"a.txt": "1\n"})
    tree = git(folder, "rev-parse", "HEAD^{tree}")
    for _ in range(6):
        tree = _mktree(folder, "".join(f"040000 tree {tree}\td{number}\n" for number in range(10)))
    git(folder, "update-ref", "refs/heads/bomb", git(folder, "commit-tree", tree, "-m", "bomb"))
    alone = tmp_path / "alone"
    commit = fetch_folder(alone, folder, branch="bomb", limits=LIMITS)
    with pytest.raises(ImportRefused, match="far too many"):
        tidied(alone, commit, limits=replace(LIMITS, files=100))


def test_nothing_of_a_fetch_goes_on_behind_its_time(
    tmp_path: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "lives")
    # Its child holds the pipe open for as long as it lives, as git's own processes hold their connections.
    monkeypatch.setattr(fetching, "_LIMITED", f'sleep 60 > "{tmp_path}/lives" & sleep 60')
    end = os.open(tmp_path / "lives", os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(end, True)
    try:
        with pytest.raises(ImportRefused, match="seconds"):
            fetch_folder(tmp_path / "slow", repo({"a": "1"}), branch="", limits=replace(LIMITS, fetch_s=2.0))
        assert select.select([end], [], [], 5)[0]
        assert os.read(end, 1) == b""
    finally:
        os.close(end)


def _mktree(folder: Path, listing: str) -> str:
    command = ["git", "-C", str(folder), "mktree"]
    return subprocess.run(command, input=listing, check=True, capture_output=True, text=True).stdout.strip()


def _zip(path: Path, files: dict[str, bytes], *, link: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
        if link:
            info = zipfile.ZipInfo(link)
            info.external_attr = 0o120777 << 16
            made.writestr(info, "/etc/passwd")
    return path


def test_a_zip_is_read_without_being_unpacked(tmp_path: Path) -> None:
    files = {"app-1/a.py": b"1\n", "app-1/x/b.py": b"2\n", "app-1/.git/config": b"[core]"}
    entries, notes = entries_of(_zip(tmp_path / "a.zip", files, link="app-1/out"), limits=LIMITS)
    assert {path: entry.content for path, entry in entries.items()} == {"a.py": b"1\n", "x/b.py": b"2\n"}
    assert "2" in notes[0]


@pytest.mark.parametrize(
    "files",
    [
        {"../a": b"1"}, {"/a": b"1"}, {"a\\..\\..\\b": b"1"}, {"C:/a": b"1"}, {}, {".git/x": b"1"},
        {"bomb": b"\0" * 40_000_000}, {"a": b"1", "b": b"1", "c": b"1"},
    ],
)  # fmt: skip
def test_zips_that_are_refused(tmp_path: Path, files: dict[str, bytes]) -> None:
    with pytest.raises(ImportRefused):
        entries_of(_zip(tmp_path / "a.zip", files), limits=replace(LIMITS, files=2))


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 no zip")
    with pytest.raises(ImportRefused):
        entries_of(tmp_path / "a.zip", limits=LIMITS)
    with pytest.raises(ImportRefused):
        entries_of(_zip(tmp_path / "b.zip", {"a": b"123456"}), limits=replace(LIMITS, unpacked_bytes=3))


def test_a_zip_whose_packed_bytes_are_broken_is_refused(tmp_path: Path) -> None:
    whole = bytearray(_zip(tmp_path / "a.zip", {"a.txt": bytes(range(256)) * 40}).read_bytes())
    whole[40:60] = b"\xff" * 20
    (tmp_path / "a.zip").write_bytes(whole)
    with pytest.raises(ImportRefused, match="no zip that can be read"):
        entries_of(tmp_path / "a.zip", limits=LIMITS)


def test_uploads_are_known_by_what_they_hold_and_gone_where_they_are_refused(data_dir: Path) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as made:
        made.writestr("a.py", "1")
    zipped = store_upload("../../My app.zip", [whole.getvalue()[:5], whole.getvalue()[5:]])
    assert (zipped.kind, zipped.shown) == ("zip", "My-app.zip")
    assert Path(zipped.where).read_bytes() == whole.getvalue()
    assert store_upload("a.bundle", [b"# v3 git bundle\n"]).kind == "bundle"
    before = set(uploads().iterdir())
    for chunks in ([b"#!/bin/sh"], [], [b"PK", b"x" * (LIMITS.upload_bytes + 1)]):
        with pytest.raises(ImportRefused):
            store_upload("x", chunks)
    assert set(uploads().iterdir()) == before


def test_sources(tmp_path: Path) -> None:
    assert source_of_folder(tmp_path).kind == "folder"
    with pytest.raises(ImportRefused):
        source_of_folder(tmp_path / "none")
    assert source_of_url("https://example.com/a.git", branch=" x ").branch == "x"


@pytest.mark.django_db
def test_the_same_key_gives_the_same_import(data_dir: Path, tmp_path: Path, workspace: Workspace, user: User) -> None:
    source = source_of_url("https://example.com/team/app.git")
    first = import_start(workspace=workspace, user=user, source=source, idempotency_key="k")
    assert first.project.name == "app"
    assert import_start(workspace=workspace, user=user, source=source, idempotency_key="k").pk == first.pk
    upload = store_upload("b.bundle", [b"# v2 git bundle\n"])
    with pytest.raises(IdempotencyConflict):
        import_start(workspace=workspace, user=user, source=upload, idempotency_key="k")
    assert not Path(upload.where).exists()


def test_what_a_history_tracks_stays_tracked_whatever_is_ignored(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "bare.git")
    root = repository.init()
    folder = tmp_path / "files"
    (folder / "build").mkdir(parents=True)
    for path in ("a.txt", "build/kept.txt", "build/gone.txt", "build/folder"):
        (folder / path).write_text("1\n")
    first = repository.snapshot(folder, parent=root, message="One\n", date=EPOCH)
    (folder / ".gitignore").write_text("build/\n")
    (folder / "build" / "new.txt").write_text("ignored\n")
    (folder / "build" / "gone.txt").unlink()
    (folder / "build" / "folder").unlink()
    (folder / "build" / "folder").mkdir()
    second = repository.snapshot(folder, parent=first, message="Two\n", date=EPOCH)
    assert repository.files(second) == [".gitignore", "a.txt", "build/kept.txt"]
    (folder / "build" / "kept.txt").unlink()
    (folder / "build" / "folder").rmdir()
    (folder / "build" / "new.txt").unlink()
    (folder / "build").rmdir()
    os.symlink("/etc", folder / "build")
    with pytest.raises(SnapshotRefused):  # the link itself is ignored as a folder only; git lists it
        repository.snapshot(folder, parent=second, message="Three\n", date=EPOCH)
