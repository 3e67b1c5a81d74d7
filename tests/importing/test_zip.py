"""Zips that are made to break whoever reads them."""

from __future__ import annotations

import contextlib
import os
import struct
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from projects.importing.archive import entries_of
from projects.importing.errors import ImportRefused
from projects.importing.limits import LIMITS, ImportLimits

pytestmark = pytest.mark.feature("F1.13")


def zipped(
    path: Path,
    *entries: tuple[str, bytes],
    modes: dict[str, int] | None = None,
    compression: int = zipfile.ZIP_DEFLATED,
) -> Path:
    """Writes them as they are named, whatever that means to who reads it."""
    with zipfile.ZipFile(path, "w", compression) as made:
        for name, content in entries:
            info = zipfile.ZipInfo(name)
            info.filename = name  # without what the constructor makes of it
            info.compress_type = compression
            info.external_attr = (modes or {}).get(name, 0o100644) << 16
            made.writestr(info, content)
    return path


def refused(path: Path, match: str, *, limits: ImportLimits = LIMITS) -> None:
    with pytest.raises(ImportRefused, match=match):
        entries_of(path, limits=limits)


def patched(path: Path, old: bytes, new: bytes) -> Path:
    """The file with the last place where these bytes stand changed."""
    data = path.read_bytes()
    at = data.rindex(old)
    path.write_bytes(data[:at] + new + data[at + len(old) :])
    return path


def test_an_ordinary_zip_is_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("app/run.sh", b"1"), ("app/b/ä.txt", b"2"), modes={"app/run.sh": 0o100755})
    with zipfile.ZipFile(path, "a") as more:
        more.comment = b"a comment, as forges write one"
    found, notes = entries_of(path, limits=LIMITS)
    assert [(name, entry.mode, entry.content) for name, entry in found.items()] == [
        ("run.sh", "100755", b"1"), ("b/ä.txt", "100644", b"2"),
    ]  # fmt: skip
    assert notes == []
    path.write_bytes(b"#!/bin/sh a self-extracting one\n" + path.read_bytes())
    assert len(entries_of(path, limits=LIMITS)[0]) == 2


def test_a_table_of_very_many_entries_is_not_read(tmp_path: Path) -> None:
    row = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    table = row * 400_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(table), 0, 0)
    (tmp_path / "a.zip").write_bytes(table + end)
    tracemalloc.start()
    try:
        refused(tmp_path / "a.zip", f"more than {LIMITS.entries} entries")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_entries_and_names_are_bounded(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("a/", b""), ("b/", b""), ("c", b"1"))
    refused(path, "more than 2 entries", limits=replace(LIMITS, entries=2))
    assert len(entries_of(path, limits=replace(LIMITS, entries=3))[0]) == 1
    refused(zipped(tmp_path / "b.zip", ("a" * 1025, b"1")), "more than 1024 bytes")
    refused(zipped(tmp_path / "c.zip", ("a.py\0.txt", b"1")), "ends before its end")


def test_what_comes_out_counts_and_not_what_is_said(tmp_path: Path) -> None:
    content = b"\0" * 3_000_000
    bomb = zipped(tmp_path / "a.zip", ("a", content), ("b", os.urandom(100_000)))
    said = struct.pack("<L", len(content))
    refused(patched(bomb, said, struct.pack("<L", 10)), "what its table says|can be read")
    many = zipped(tmp_path / "b.zip", *[(f"{n}", os.urandom(1000)) for n in range(10)])
    refused(many, "more than 0 MiB", limits=replace(LIMITS, unpacked_bytes=9_999))
    refused(zipped(tmp_path / "c.zip", ("a", b"\0" * 30_000_000)), "far more than it holds")
    refused(zipped(tmp_path / "d.zip", ("a", b"1"), compression=zipfile.ZIP_LZMA), "use deflate")
    refused(zipped(tmp_path / "e.zip", ("a", b"1"), compression=zipfile.ZIP_BZIP2), "use deflate")
    refused(zipped(tmp_path / "f.zip", ("a", b"1")), "more than 0 MiB", limits=replace(LIMITS, upload_bytes=10))


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("a", os.urandom(5000)), ("b", os.urandom(5000)))
    with zipfile.ZipFile(path) as opened:
        second = opened.getinfo("b").header_offset
    refused(patched(path, struct.pack("<L", second) + b"b", struct.pack("<L", 0) + b"b"), "overlap")
    into_table = zipped(tmp_path / "b.zip", ("a", b"1234"), compression=zipfile.ZIP_STORED)
    twice = struct.pack("<LL", 4, 4)
    refused(patched(into_table, twice, struct.pack("<LL", 400, 400)), "overlap")


@pytest.mark.parametrize(
    "names",
    [
        ("a.py", "a.py"), ("a.py", "A.py"), ("b/x", "B/x"), ("a.py", "./a.py"), ("a/b", "a//b"),
        ("stra\u00dfe", "STRASSE"), ("\u00e4.py", "a\u0308.py"),
    ],
)  # fmt: skip
def test_two_files_at_one_place_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    entries = [(name, b"1") for name in names]
    with pytest.warns(UserWarning, match="Duplicate name") if names[0] == names[1] else contextlib.nullcontext():
        path = zipped(tmp_path / "a.zip", *entries)
    refused(path, "two files at one place")


def test_a_file_where_another_has_its_folder_is_refused(tmp_path: Path) -> None:
    refused(zipped(tmp_path / "a.zip", ("x/lib", b"1"), ("x/lib/a.py", b"1")), "has its folder")


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../a", "a/../../b", "..\\a", "\\a", "C:\\a", "C:a", "a\x1b[2Jb", "a\nb"]
)
def test_paths_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    refused(zipped(tmp_path / "a.zip", (name, b"1")), "leads out of it")


def test_links_and_devices_are_left_out(tmp_path: Path) -> None:
    modes = {"link": 0o120777, "disk": 0o060660, "tty": 0o020660, "pipe": 0o010660, "door": 0o140660, "f": 0o040755}
    entries = [(name, b"/etc/passwd") for name in modes]
    path = zipped(tmp_path / "a.zip", *entries, ("a.py", b"1"), modes=modes)
    found, notes = entries_of(path, limits=LIMITS)
    assert (list(found), notes) == (
        ["a.py"], ["Links, devices and repositories inside of the zip were left out: 6."],
    )  # fmt: skip
    refused(zipped(tmp_path / "b.zip", ("link", b"/etc/passwd"), modes=modes), "holds no file")


@pytest.mark.parametrize("cut", [0, 1, 10, 21, 22, 60])
def test_a_zip_that_is_cut_is_refused(tmp_path: Path, cut: int) -> None:
    path = zipped(tmp_path / "a.zip", ("a.py", b"1" * 100))
    path.write_bytes(path.read_bytes()[: -cut or 0])
    refused(path, "zip")


def test_a_table_that_lies_about_where_it_is_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", ("a.py", b"1"))
    data = bytearray(path.read_bytes())
    for at, value in ((-10, 10_000), (-6, 10_000), (-10, 40)):
        bad = bytearray(data)
        bad[at : at + 4] = struct.pack("<L", value)
        path.write_bytes(bad)
        refused(path, "broken|overlap")
    parts = bytearray(data)
    parts[-12:-10] = b"\x07\x00"
    path.write_bytes(parts)
    refused(path, "several parts")
