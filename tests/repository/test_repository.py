"""Snapshots, checkouts, merges and deliveries give back byte for byte what went in."""

from __future__ import annotations

import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from projects.repository import Change, Repository, clone_out, repository_of
from projects.repository.errors import DestinationInUse, GitMissing, MergeConflict, NotFound, RepositoryError
from projects.repository.git import call, environment, executable
from tests.repository.conftest import Snap, put


def test_a_repository_is_made_once_and_starts_the_same_everywhere(repository: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other.git")
    assert repository.init() == other.init() == repository.root()
    assert repository.files(repository.root()) == []


def test_a_snapshot_comes_back_as_it_was(repository: Repository, folder: Path, snap: Snap, tmp_path: Path) -> None:
    put(
        folder,
        {
            "a.txt": "x\n",
            "deep/er/run.sh": "#!/bin/sh\n",
            "crlf.txt": "a\r\nb\r\n",
            "bin": bytes(range(256)),
            "ü ö\n": "n",
        },
    )
    (folder / "deep/er/run.sh").chmod(0o755)
    (folder / "link").symlink_to("deep/er/run.sh")
    commit = snap()
    assert repository.files(commit) == ["a.txt", "bin", "crlf.txt", "deep/er/run.sh", "link", "ü ö\n"]
    assert repository.links(commit) == ["link"]
    out = tmp_path / "out"
    repository.checkout(commit, out)
    assert (out / "bin").read_bytes() == bytes(range(256))
    assert (out / "crlf.txt").read_bytes() == b"a\r\nb\r\n"
    assert os.access(out / "deep/er/run.sh", os.X_OK)
    assert (out / "link").readlink() == Path("deep/er/run.sh")
    assert repository.read(commit, "a.txt") == b"x\n"


def test_equal_files_give_the_parent_and_a_repetition_the_same_commit(folder: Path, snap: Snap) -> None:
    put(folder, {"a": "1"})
    first = snap()
    assert snap(parent=first) == first
    assert snap() == first
    put(folder, {"a": "2"})
    assert snap(parent=first) != first


def test_a_deleted_file_is_gone_from_the_next_commit(repository: Repository, folder: Path, snap: Snap) -> None:
    put(folder, {"a": "1", "b": "2"})
    first = snap()
    (folder / "a").unlink()
    put(folder, {"c": "3", "b": "4"})
    second = snap(parent=first)
    assert repository.files(second) == ["b", "c"]
    assert repository.changes(first, second) == [Change("D", "a"), Change("M", "b"), Change("A", "c")]
    assert "-2" in repository.diff(first, second, path="b").text
    assert "+1" in repository.diff("", first).text


def test_a_diff_stops_at_its_limit(repository: Repository, folder: Path, snap: Snap) -> None:
    put(folder, {"a": "line\n" * 200_000})
    commit = snap()
    cut = repository.diff("", commit, limit=1000)
    assert (len(cut.text), cut.complete) == (1000, False)
    whole = repository.diff("", commit)
    assert (whole.text.count("+line"), whole.complete) == (200_000, True)
    assert repository.diff("", commit, limit=len(whole.text)) == whole
    with pytest.raises(RepositoryError):
        repository.diff("", "f" * 40)


def test_a_file_is_read_by_its_own_name_only(repository: Repository, folder: Path, snap: Snap) -> None:
    put(folder, {"src/a.py": "a", "src/[a].py": "b", "*": "c"})
    commit = snap()
    assert [repository.read(commit, path) for path in ("src/a.py", "src/[a].py", "*")] == [b"a", b"b", b"c"]
    for path in ("", "src", "src/", "/src/a.py", "src/../src/a.py", "src/*", "..", "../a", ":(top)src/a.py"):
        with pytest.raises(NotFound):
            repository.read(commit, path)


def test_ignored_files_and_leftovers_stay_out(repository: Repository, folder: Path, snap: Snap) -> None:
    put(folder, {".gitignore": "*.log\nbuild/\n!keep.log\n", "x.log": "", "keep.log": "k", "build/o": "", "a.py": "a"})
    put(
        folder,
        {
            ".venv/bin/python": "",
            "pkg/__pycache__/a.pyc": "",
            "node_modules/x/i.js": "",
            "sub/.gitignore": "secret\n",
            "sub/secret": "s",
        },
    )
    assert repository.files(snap()) == [".gitignore", "a.py", "keep.log", "sub/.gitignore"]


def test_history_is_told_newest_first(repository: Repository, folder: Path, snap: Snap) -> None:
    put(folder, {"a": "1"})
    first = snap(message="First\n\nWith a body.\n")
    put(folder, {"a": "2"})
    second = snap(parent=first, message="Second\n")
    log = repository.log(second)
    assert [entry.message for entry in log] == ["Second", "First\n\nWith a body.", "Start"]
    assert [entry.commit for entry in log] == [second, first, repository.root()]
    assert len(repository.log(second, limit=1)) == 1


def test_changes_of_different_files_merge(repository: Repository, folder: Path, snap: Snap) -> None:
    put(folder, {"a": "1\n", "b": "1\n"})
    base = snap()
    put(folder, {"a": "2\n"})
    ours = snap(parent=base)
    put(folder, {"a": "1\n", "b": "2\n"})
    theirs = snap(parent=base)
    from projects.repository.repository import EPOCH

    both = repository.merge(ours, theirs, message="Both\n", date=EPOCH)
    assert (repository.read(both, "a"), repository.read(both, "b")) == (b"2\n", b"2\n")
    assert repository.has_ancestor(both, ours)
    assert repository.has_ancestor(both, theirs)
    assert repository.merge(base, ours, message="-", date=EPOCH) == ours
    assert repository.merge(ours, base, message="-", date=EPOCH) == ours


def test_changes_of_the_same_lines_are_a_conflict_that_names_the_file(
    repository: Repository, folder: Path, snap: Snap
) -> None:
    from projects.repository.repository import EPOCH

    put(folder, {"a": "1\n"})
    base = snap()
    put(folder, {"a": "2\n"})
    ours = snap(parent=base)
    put(folder, {"a": "3\n"})
    theirs = snap(parent=base)
    with pytest.raises(MergeConflict) as conflict:
        repository.merge(ours, theirs, message="-", date=EPOCH)
    assert conflict.value.paths == ["a"]


def test_a_zip_has_the_same_bytes_each_time_and_all_files(
    repository: Repository, folder: Path, snap: Snap, tmp_path: Path
) -> None:
    put(
        folder,
        {
            "a.txt": "x\n",
            "skipped": "no",
            ".gitattributes": "skipped export-ignore\na.txt eol=crlf text export-subst\n",
        },
    )
    commit = snap()
    repository.zip(commit, tmp_path / "zips" / "one.zip", prefix="product")
    repository.zip(commit, tmp_path / "zips" / "two.zip", prefix="product/")
    assert (tmp_path / "zips/one.zip").read_bytes() == (tmp_path / "zips/two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "zips/one.zip") as archive:
        assert archive.read("product/a.txt") == b"x\n"
        assert archive.read("product/skipped") == b"no"


def test_a_delivery_is_an_ordinary_repository(settings: object, data_dir: Path, folder: Path, tmp_path: Path) -> None:
    import uuid

    project = uuid.uuid4()
    repository = repository_of(project)
    repository.init()
    put(folder, {"a": "1"})
    from projects.repository.repository import EPOCH

    commit = repository.snapshot(folder, parent=repository.root(), message="First\n", date=EPOCH)
    out = tmp_path / "delivered"
    clone_out(project_id=project, commit=commit, directory=out)
    said = subprocess.run(
        [executable(), "-C", str(out), "log", "--format=%s", "main"],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    assert said.stdout.split() == ["First", "Start"]
    status = subprocess.run(
        [executable(), "-C", str(out), "status", "--porcelain", "-b"],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    assert status.stdout == "## main\n"
    assert (out / "a").read_text() == "1"
    with pytest.raises(DestinationInUse):
        clone_out(project_id=project, commit=commit, directory=out)


@pytest.mark.parametrize("commit", ["", "HEAD", "--help", "f" * 40, "main"])
def test_what_is_no_commit_is_not_found(repository: Repository, commit: str, tmp_path: Path) -> None:
    assert not repository.has(commit)
    with pytest.raises(NotFound):
        repository.files(commit)
    with pytest.raises(NotFound):
        repository.checkout(commit, tmp_path / "out")
    with pytest.raises(NotFound):
        repository.zip(commit, tmp_path / "x.zip")


def test_a_file_that_is_not_there_is_not_found(repository: Repository) -> None:
    with pytest.raises(NotFound):
        repository.read(repository.root(), "nothing")


def test_refs_are_set_and_taken_away(repository: Repository) -> None:
    repository.set_ref("task/1/2", repository.root())
    assert repository.refs() == {"task/1/2": repository.root()}
    repository.delete_ref("task/1/2")
    assert repository.refs() == {}


def test_an_error_of_git_says_what_it_was(repository: Repository) -> None:
    with pytest.raises(RepositoryError, match="git cat-file ended with 128"):
        call(repository.git_dir, ["cat-file", "blob", "nothing"])
    with pytest.raises(RepositoryError, match="took longer"):
        call(repository.git_dir, ["cat-file", "--batch"], timeout_s=0.0)


@pytest.mark.parametrize("version", [None, "git version 2.30.1"])
def test_a_missing_or_old_git_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str | None) -> None:
    if version:
        (tmp_path / "git").write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitMissing):
        executable.__wrapped__()


def test_two_processes_that_make_the_same_repository_both_have_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = Repository(tmp_path / "project.git")
    rename = Path.rename

    def late(self: Path, target: Path) -> Path:
        monkeypatch.setattr(Path, "rename", rename)
        Repository(tmp_path / "project.git").init()
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", late)
    assert mine.init() == mine.root()
