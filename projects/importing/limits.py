"""How much of a repository is taken in."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLimits:
    """`upload_bytes` of a file that is sent, `history_bytes` of all objects together, `commits` in the history,
    `fetch_s` until the other side has sent everything. Of a zip: `entries`, folders too, and `name_bytes` of one."""

    upload_bytes: int = 100 * MIB
    history_bytes: int = 512 * MIB
    commits: int = 200_000
    fetch_s: float = 300.0
    unpacked_bytes: int = 256 * MIB
    files: int = 20_000
    entries: int = 40_000
    name_bytes: int = 1024


LIMITS = ImportLimits()
