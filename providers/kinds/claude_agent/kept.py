"""What the program itself keeps of a conversation, in its home."""

from __future__ import annotations

from pathlib import Path

from autodev.sandbox.collect import collect
from providers.kinds.programs.told import Said


def has(home: Path, session: str, said: Said, name: str) -> bool:
    """Whether the session has the message, by its id there (`name`) or by its words. What was written by a program is
    read as such: no link is followed, and what is too large is not read."""
    found = collect(home, [f".claude/projects/*/{session}.jsonl"]) if home.is_dir() else None
    kept = b"\n".join(found.files.values()).decode(errors="replace") if found is not None else ""
    return name in kept or _as_kept(said.words) in kept


def _as_kept(words: str) -> str:
    """As JSON, without what no two writers of it put alike."""
    return words.partition("\n")[0].replace("\\", "\\\\").replace('"', '\\"')
