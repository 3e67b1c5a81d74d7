"""Learned fixes: what made a finding go away, as the smallest edits, applied elsewhere only where they fit. Pure."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from projects.checks.types import FindingData
from projects.fixes.types import Files
from providers.failures.fingerprint import fingerprint
from providers.failures.redact import redacted

EDIT_LONGEST = 4_000  # characters of `before` and of `after`
EDITS_MOST = 12
CONTEXT_MOST = 10  # lines on each side until `before` stands once
NEAR = 3  # lines from the finding to a change that answers it


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """`before` is the text that must stand in the file once; empty where the file is made. `own`: it is in the file
    that the finding is in, whichever that is elsewhere."""

    path: str
    before: str
    after: str
    own: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Edit:
        return cls(
            path=str(data["path"]), before=str(data["before"]), after=str(data["after"]),
            own=bool(data.get("own", False)),
        )  # fmt: skip


def signature_of(rung: str, rule: str, message: str) -> str:
    """64 hexadecimal digits, equal for findings of one rung and rule that differ only in numbers, paths and ids."""
    return fingerprint(message, f"{rung}:{rule}")


def digest_of(edits: Iterable[Edit]) -> str:
    """Equal for the same change; in the finding's own file its path does not count."""
    parts = [["" if e.own else e.path, e.before, e.after] for e in edits]
    return hashlib.sha256(json.dumps(sorted(parts)).encode()).hexdigest()


def edits_for(finding: FindingData, old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Edit, ...]:
    """The smallest edits of a change that answer the finding: those near its line, else all of its file, else (where
    its file stays as it is) all. `old` and `new` are the texts of the changed files, by path; what is not in `new` was
    deleted. Empty where nothing can be learned: a deletion, too much, or a secret."""
    if finding.file in old and finding.file in new:
        hunks = _hunks(finding.file, old[finding.file], new[finding.file], own=True)
        near = [edit for edit, lines in hunks if _near(finding.line, lines)]
        edits = near or [edit for edit, _ in hunks]
    else:
        if not set(old) <= set(new):
            return ()
        edits = [edit for path in sorted(new) for edit, _ in _hunks(path, old.get(path, ""), new[path], own=False)]
    fits = 0 < len(edits) <= EDITS_MOST and all(len(e.before) <= EDIT_LONGEST >= len(e.after) for e in edits)
    clean = all(redacted(text) == text for e in edits for text in (e.before, e.after))
    return tuple(edits) if fits and clean else ()


def applied(edits: Sequence[Edit], places: Sequence[str], files: Files) -> dict[str, str]:
    """Path → new text where the fix is carried out for findings in the files `places`; empty where it does not fit in
    any. A file is made only where there is none."""
    texts: dict[str, str] = {}
    for place in dict.fromkeys(places) if any(edit.own for edit in edits) else [""]:
        found = _for_one(edits, place, files, texts)
        if found is not None:
            texts |= found
    return {path: text for path, text in texts.items() if not files.is_file(path) or files.read(path) != text}


def _for_one(edits: Sequence[Edit], place: str, files: Files, texts: Mapping[str, str]) -> dict[str, str] | None:
    made: dict[str, str] = {}
    for edit in edits:
        path = place if edit.own else edit.path
        if not edit.before:
            if files.is_file(path) or path in texts or path in made:
                return None
            made[path] = edit.after
            continue
        text = made.get(path, texts.get(path, files.read(path)))
        if text.count(edit.before) != 1:
            return None
        made[path] = text.replace(edit.before, edit.after)
    return made


def _near(line: int | None, lines: range) -> bool:
    return line is not None and lines.start - NEAR <= line <= lines.stop + NEAR


def _hunks(path: str, old: str, new: str, *, own: bool) -> list[tuple[Edit, range]]:
    """Each change of the file with as many lines around it as make `before` stand once, and the lines (from 1) that it
    replaces."""
    if not old:
        return [(Edit(path=path, before="", after=new, own=own), range(1, 2))] if new else []
    a, b = old.splitlines(keepends=True), new.splitlines(keepends=True)
    found: list[tuple[Edit, range]] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        edit = _with_context(path, a, (i1, i2), b[j1:j2], old, own=own)
        if edit is not None:
            found.append((edit, range(i1 + 1, i2 + 1)))
    return found


def _with_context(
    path: str, a: Sequence[str], at: tuple[int, int], put: Sequence[str], old: str, *, own: bool
) -> Edit | None:
    for width in range(1, CONTEXT_MOST + 1):
        start, end = max(0, at[0] - width), min(len(a), at[1] + width)
        before = "".join(a[start:end])
        if old.count(before) == 1:
            after = "".join([*a[start : at[0]], *put, *a[at[1] : end]])
            return Edit(path=path, before=before, after=after, own=own)
    return None
