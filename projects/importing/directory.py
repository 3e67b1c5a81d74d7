"""The table at the end of a zip, looked over before anything believes it: how many entries it has, how long their
names are, and that no two of them share bytes. It is read in pieces, so that a table of millions fills no memory."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from projects.importing.errors import ImportRefused
from projects.importing.limits import ImportLimits

# APPNOTE.TXT 6.3.10, sections 4.3.7 and 4.3.12 to 4.3.16.
_END, _END_BYTES, _COMMENT_MOST = b"PK\x05\x06", 22, 65_535
_LOCATOR, _LOCATOR_BYTES = b"PK\x06\x07", 20
_END64, _END64_BYTES = b"PK\x06\x06", 56
_ENTRY, _ENTRY_BYTES, _LOCAL_BYTES = b"PK\x01\x02", 46, 30
_IN_64 = 0xFFFFFFFF
_EXTRA_MOST = 4096  # bytes of extra fields and comment of one entry
STORED, DEFLATED = 0, 8


@dataclass(frozen=True, slots=True)
class _Table:
    """Where it begins in the file, how long it is, and by how much its offsets are off (bytes before the zip)."""

    begin: int
    size: int
    shift: int


def look_over(file: BinaryIO, *, limits: ImportLimits) -> int:
    """The number of entries. Raises ImportRefused for a table that no packer of source writes: too many entries, long
    names, a packing other than deflate, entries that overlap, a number of entries that is not what it says."""
    table = _table(file)
    spans: list[tuple[int, int]] = []
    told, position, end = 0, table.begin, table.begin + table.size
    while position < end:
        if told >= limits.entries:
            raise ImportRefused(f"The zip has more than {limits.entries} entries.")
        span, length = _entry(file, position, limits)
        spans.append((span[0] + table.shift, span[1] + table.shift))
        position += length
        told += 1
    if position != end:
        raise ImportRefused("The table of the zip is broken.")
    _refuse_overlaps(spans, table.begin)
    return told


def _table(file: BinaryIO) -> _Table:
    size = file.seek(0, 2)
    tail_at = max(size - _END_BYTES - _COMMENT_MOST, 0)
    tail = _read(file, tail_at, size - tail_at)
    # As zipfile looks for it: a zip without a comment first, else the last one that could be it.
    plain = tail[-_END_BYTES:]
    found = len(tail) - _END_BYTES if plain[:4] == _END and plain[-2:] == b"\0\0" else tail.rfind(_END)
    if found < 0 or len(tail) - found < _END_BYTES:
        raise ImportRefused("The file is no zip that can be read: it has no table.")
    at = tail_at + found
    count, total, length, offset = struct.unpack("<HHLL", tail[found + 8 : found + 20])
    if count != total:
        raise ImportRefused("The zip is one of several parts.")
    end = at
    locator = _read(file, max(at - _LOCATOR_BYTES, 0), _LOCATOR_BYTES)
    if locator[:4] == _LOCATOR:
        end = at - _LOCATOR_BYTES - _END64_BYTES
        large = _read(file, max(end, 0), _END64_BYTES)
        if end < 0 or large[:4] != _END64:
            raise ImportRefused("The table of the zip is broken.")
        length, offset = struct.unpack("<QQ", large[40:56])
    begin = end - length
    if begin < 0 or begin < offset:
        raise ImportRefused("The table of the zip is broken.")
    return _Table(begin=begin, size=length, shift=begin - offset)


def _entry(file: BinaryIO, position: int, limits: ImportLimits) -> tuple[tuple[int, int], int]:
    """((where its bytes begin, where they end at least), how long its row is)."""
    row = _read(file, position, _ENTRY_BYTES)
    if len(row) < _ENTRY_BYTES or row[:4] != _ENTRY:
        raise ImportRefused("The table of the zip is broken.")
    (packing,) = struct.unpack("<H", row[10:12])
    packed, unpacked, name, extra, comment = struct.unpack("<LLHHH", row[20:34])
    (offset,) = struct.unpack("<L", row[42:46])
    if packing not in (STORED, DEFLATED):
        raise ImportRefused("The zip is packed in a way that is not read here: use deflate.")
    if name > limits.name_bytes:
        raise ImportRefused(f"The zip holds a name of more than {limits.name_bytes} bytes.")
    if extra + comment > _EXTRA_MOST:
        raise ImportRefused("The zip holds more beside its files than any packer writes.")
    if _IN_64 in (packed, unpacked, offset):
        raise ImportRefused("The zip holds a file that is too large.")
    if b"\0" in _read(file, position + _ENTRY_BYTES, name):
        raise ImportRefused("The zip holds a name that ends before its end.")
    return (offset, offset + _LOCAL_BYTES + name + packed), _ENTRY_BYTES + name + extra + comment


def _refuse_overlaps(spans: list[tuple[int, int]], table: int) -> None:
    """Entries that share their bytes make much out of little."""
    reached = 0
    for begin, end in sorted(spans):
        if begin < reached or end > table:
            raise ImportRefused("Files of the zip overlap.")
        reached = end


def _read(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(at)
    return file.read(length)
