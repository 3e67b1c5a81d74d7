"""A zip as the files of a project, read in memory: nothing is unpacked anywhere."""

from __future__ import annotations

import lzma
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from projects.importing.directory import look_over
from projects.importing.errors import ImportRefused
from projects.importing.limits import ImportLimits
from projects.repository.limits import Limits
from projects.repository.tree import EXECUTABLE, PLAIN, Entry

RATIO = 200  # unpacked to packed; ordinary source is below 20
_SMALL = 1024 * 1024
# What zipfile and the packers below it raise for a file that is broken, on purpose or not.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, EOFError, OSError, ValueError,
    MemoryError,
)  # fmt: skip


def entries_of(archive: Path, *, limits: ImportLimits) -> tuple[dict[str, Entry], list[str]]:
    """(path → entry, sentences that say what was left out). A single folder around everything is taken off. Raises
    ImportRefused for what is no zip, is too large, leads out of its folder, or holds two files at one place."""
    try:
        with archive.open("rb") as file:
            if file.seek(0, 2) > limits.upload_bytes:
                raise ImportRefused(f"The file has more than {limits.upload_bytes // 1024 // 1024} MiB.")
            count = look_over(file, limits=limits)
            with zipfile.ZipFile(file) as opened:
                if len(opened.infolist()) != count:
                    raise ImportRefused("The zip does not hold what its table says.")
                return _read(opened, limits)
    except _BROKEN as error:
        raise ImportRefused(f"The file is no zip that can be read: {str(error)[:120]}") from error


def _read(opened: zipfile.ZipFile, limits: ImportLimits) -> tuple[dict[str, Entry], list[str]]:
    infos = [info for info in opened.infolist() if not info.is_dir()]
    if len(infos) > limits.files:
        raise ImportRefused(f"It has more than {limits.files} files.")
    total = sum(info.file_size for info in infos)
    if total > limits.unpacked_bytes:
        raise ImportRefused(f"Its files have more than {limits.unpacked_bytes // 1024 // 1024} MiB.")
    packed = sum(info.compress_size for info in infos)
    if total > _SMALL and total > RATIO * max(packed, 1):
        raise ImportRefused("It unpacks to far more than it holds.")
    kept: dict[str, Entry] = {}
    left = 0
    room = limits.unpacked_bytes
    for path, info in _by_path(infos):
        mode = info.external_attr >> 16
        # A type of 0 is what packers write that know none; links, devices, pipes and sockets are no files.
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG) or ".git" in [part.lower() for part in path.split("/")]:
            left += 1
            continue
        content = _content(opened, info)
        room -= len(content)
        if room < 0:
            raise ImportRefused(f"Its files have more than {limits.unpacked_bytes // 1024 // 1024} MiB.")
        kept[path] = Entry(EXECUTABLE if mode & 0o100 else PLAIN, content)
    if not kept:
        raise ImportRefused("The zip holds no file.")
    notes = [f"Links, devices and repositories inside of the zip were left out: {left}."] if left else []
    return _without_top(kept), notes


def _by_path(infos: Iterable[zipfile.ZipInfo]) -> list[tuple[str, zipfile.ZipInfo]]:
    """Each with the path that it would have. Raises ImportRefused for two that are one: of the same name, also where a
    system does not tell upper from lower case or knows letters in two forms, or a file where another has its folder."""
    found = [(_path(info.filename), info) for info in infos]
    taken: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path, _ in found:
        same = _folded(path)
        if same in taken:
            raise ImportRefused(f"The zip holds two files at one place: {taken[same][:120]!r} and {path[:120]!r}")
        taken[same] = path
        folders.update((_folded(str(parent)), path) for parent in list(PurePosixPath(path).parents)[:-1])
    for same in taken.keys() & folders.keys():
        raise ImportRefused(f"The zip holds a file where another has its folder: {taken[same][:120]!r}")
    return found


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _content(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    most = Limits().file_bytes
    with opened.open(info) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise ImportRefused(f"{info.filename[:120]} has more than {most // 1024 // 1024} MiB.")
    if len(content) != info.file_size:
        raise ImportRefused("The zip does not hold what its table says.")
    return content


def _path(name: str) -> str:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or not name.isprintable():
        raise ImportRefused(f"The zip holds a path that leads out of it: {name[:120]!r}")
    return "/".join(parts)


def _without_top(kept: dict[str, Entry]) -> dict[str, Entry]:
    tops = {path.split("/", 1)[0] for path in kept}
    if len(tops) != 1 or not all("/" in path for path in kept):
        return kept
    return {path.split("/", 1)[1]: entry for path, entry in kept.items()}
