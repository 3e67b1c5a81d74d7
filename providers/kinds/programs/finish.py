"""Whether a program's run was a success: what it says of itself is the least of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autodev.contracts.job import ChangeSummary
from autodev.contracts.ports import WorkspacePort
from autodev.lib.errors import DomainError
from providers.kinds.base import ProviderFailure

# The brief asks for these words.
NOTHING = re.compile(r"\bnothing to change\b\W*(?P<why>\w.*)", re.IGNORECASE | re.DOTALL)
LEFT_OPEN = re.compile(r"^\W*left open\W*$(?P<rest>.*)", re.IGNORECASE | re.DOTALL | re.MULTILINE)
_POINT = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+(?P<what>.+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a run ended by its own word. `text` is the last thing that it said, `error` what it calls an error, `denied`
    the tools that it was not allowed to use, `cut` why it was ended before it was done (its work is kept then)."""

    text: str
    error: str = ""
    denied: Sequence[str] = ()
    cut: str = ""


def fingerprints(workspace: WorkspacePort) -> dict[str, str]:
    """Path → short hash of the content."""
    found = {}
    for path in workspace.paths():
        try:
            found[path] = hashlib.blake2b(workspace.read(path), digest_size=8).hexdigest()
        except (DomainError, OSError):
            found[path] = "unreadable"
    return found


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """The paths that came, went or have another content, sorted."""
    return tuple(sorted(path for path in {*before, *after} if before.get(path) != after.get(path)))


def judged(ended: Ended, *, title: str, paths: Sequence[str]) -> tuple[ChangeSummary, tuple[str, ...]]:
    """The summary and what was left open. A success names no error, says something, was denied nothing, and changed
    files or says why there is nothing to change. Raises ProviderFailure for what is none."""
    text = ended.text.strip()
    if ended.error:
        raise ProviderFailure("framework_error", ended.error)
    if ended.denied:
        tools = ", ".join(sorted(set(ended.denied)))
        raise ProviderFailure("framework_error", f"It was not allowed to use {tools}, so its word is not taken.")
    left_open = _left_open(text)
    if ended.cut:
        if not paths:
            raise ProviderFailure("code_error", f"{ended.cut} Nothing was changed.")
        left_open = (*left_open, ended.cut)
    elif not text:
        raise ProviderFailure("empty_answer", "It ended without a word.")
    if not paths and NOTHING.search(text) is None:
        raise ProviderFailure("code_error", f"It changed nothing and does not say why: {text[:300]}")
    return ChangeSummary(title=title, paths=tuple(paths), notes=(text[:2000],) if text else ()), left_open


def _left_open(text: str) -> tuple[str, ...]:
    found = LEFT_OPEN.search(text)
    return tuple(one["what"].strip()[:300] for one in _POINT.finditer(found["rest"])) if found else ()
