"""Reading an untrusted folder: every component is opened without following links."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from projects.repository.errors import NotFound, SnapshotRefused, UnsafePath
from projects.repository.limits import Limits

LINK = "120000"
PLAIN = "100644"
EXECUTABLE = "100755"
TOP = "/tree"  # stands for the project's root while a link's target is resolved on paper


class Entry(NamedTuple):
    """A file as git keeps it: its mode and content (of a link: its target)."""

    mode: str
    content: bytes


def parts_of(path: str) -> tuple[str, ...]:
    """The components of a path relative to the root. Raises UnsafePath for one that leaves it or names a `.git`."""
    pure = PurePosixPath(path)
    if not path or "\0" in path or pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise UnsafePath(f"Not a path inside the project: {path!r}")
    if any(part.lower() == ".git" for part in pure.parts):
        raise UnsafePath(f"A repository's own folder is out of reach: {path!r}")
    return pure.parts


@contextmanager
def folder_of(root: Path, parts: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
    """A descriptor of the folder that holds the last component. Raises UnsafePath where a link stands in the way,
    NotFound where a folder is missing and `make` is off."""
    current = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        for part in parts[:-1]:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, 0o755, dir_fd=current)
            try:
                deeper = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=current)
            except FileNotFoundError as error:
                raise NotFound(f"No such folder: {'/'.join(parts[:-1])}") from error
            except OSError as error:
                raise UnsafePath(f"Not a plain folder: {part!r} in {'/'.join(parts)}") from error
            os.close(current)
            current = deeper
        yield current
    finally:
        os.close(current)


def read_entry(root: Path, path: str, limits: Limits) -> Entry:
    """The file at `path`; a link gives its target and is not followed. Raises SnapshotRefused for a file that is too
    large, no plain file, or a link that leaves the tree; UnsafePath; NotFound."""
    parts = parts_of(path)
    with folder_of(root, parts) as folder:
        name = parts[-1]
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError as error:
            raise NotFound(f"No such file: {path}") from error
        if stat.S_ISLNK(found.st_mode):
            return Entry(LINK, _inside(path, os.readlink(name, dir_fd=folder)))
        if not stat.S_ISREG(found.st_mode):
            raise SnapshotRefused(f"{path} is neither a file nor a link.", hint="Remove it.")
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
        with os.fdopen(file, "rb") as stream:
            opened = os.fstat(stream.fileno())
            if not stat.S_ISREG(opened.st_mode):
                raise SnapshotRefused(f"{path} changed while it was read.")
            content = stream.read(limits.file_bytes + 1)
    if len(content) > limits.file_bytes:
        raise SnapshotRefused(
            f"{path} is larger than {limits.file_bytes // 1024} KiB.",
            hint="Keep data and build output out of the project.",
        )
    return Entry(EXECUTABLE if opened.st_mode & 0o100 else PLAIN, content)


def _inside(path: str, target: str) -> bytes:
    here = PurePosixPath(TOP) / PurePosixPath(path).parent
    reached = os.path.normpath(here / target)
    if target.startswith("/") or not (reached == TOP or reached.startswith(f"{TOP}/")):
        raise SnapshotRefused(f"{path} is a link out of the project (to {target!r}).", hint="Remove the link.")
    return os.fsencode(target)


def write_file(root: Path, path: str, content: bytes) -> None:
    """Writes the file whole or not at all, with the folders it needs. A link in its place is replaced, not followed."""
    parts = parts_of(path)
    with folder_of(root, parts, make=True) as folder:
        temporary = f".{parts[-1][:100]}.new"
        mode = 0o644
        try:
            old = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            pass
        else:
            if stat.S_ISDIR(old.st_mode):
                raise UnsafePath(f"{path} is a folder.")
            if stat.S_ISREG(old.st_mode):
                mode = stat.S_IMODE(old.st_mode) & 0o755
        # A program may be at work here: what it put there, a pipe that nobody reads perhaps, is not opened.
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(temporary, flags, mode, dir_fd=folder), "wb") as stream:
            stream.write(content)
            os.fchmod(stream.fileno(), mode | 0o600)
        os.replace(temporary, parts[-1], src_dir_fd=folder, dst_dir_fd=folder)


def delete_file(root: Path, path: str) -> None:
    """Removes a file or link. Raises NotFound, and UnsafePath for a folder."""
    parts = parts_of(path)
    with folder_of(root, parts) as folder:
        try:
            os.unlink(parts[-1], dir_fd=folder)
        except FileNotFoundError as error:
            raise NotFound(f"No such file: {path}") from error
        except OSError as error:
            raise UnsafePath(f"{path} is a folder.") from error
