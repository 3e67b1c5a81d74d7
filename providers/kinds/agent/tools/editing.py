"""Search and replace as models write it: exact first, then without regard to white space, then nearly equal between a
first and a last line that are the same. Pure.

A place is taken only where it is the only one; a refused edit says why and shows the nearest lines.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

NEAR = 0.9  # of the letters of all lines together
AHEAD = 0.05  # of the next best place
SHOWN = 12  # lines
_NUMBERED = re.compile(r"^(\d{1,6}): ?(.*)$", re.MULTILINE)  # as `read_file` and a refused edit show lines
COMPARED = 400_000  # lines compared with lines; beyond it no near place is looked for


@dataclass(frozen=True, kw_only=True)
class Edit:
    old: str
    new: str
    all: bool = False


class Refused(ValueError):
    """An edit that was not made; the message is for whoever wrote it."""


@dataclass(frozen=True, kw_only=True)
class Edited:
    """The text after all edits; `notes` say of each one how its place was found."""

    text: str
    notes: tuple[str, ...]


def edited(text: str, edits: Sequence[Edit]) -> Edited:
    """Each edit sees what those before it made. Raises Refused with the number of the edit; nothing is made then."""
    notes: list[str] = []
    for number, edit in enumerate(edits, start=1):
        try:
            text, note = _one(text, edit)
        except Refused as error:
            which = f"edit {number} of {len(edits)}: " if len(edits) > 1 else ""
            raise Refused(f"{which}{error}") from None
        notes.append(note)
    return Edited(text=text, notes=tuple(notes))


def _one(text: str, edit: Edit) -> tuple[str, str]:
    if not edit.old.strip():
        raise Refused("`old` is empty; copy the lines that are to be replaced, or use write_file")
    count = len(_found(text, edit.old))
    if count == 1 or (count and edit.all):
        line = text[: text.index(edit.old)].count("\n") + 1
        return text.replace(edit.old, edit.new), f"line {line}" if count == 1 else f"{text.count(edit.old)} places"
    if count:
        raise Refused(f"`old` stands {count} times, at lines {_places(text, edit.old)}; take more lines around it")
    return _loose(text, edit)


def _loose(text: str, edit: Edit) -> tuple[str, str]:
    bare_edit = _unnumbered(edit)
    if bare_edit is not None:
        return _one(text, bare_edit)
    lines, old = text.splitlines(keepends=True), _trimmed(edit.old.splitlines())
    bare, wanted = ["".join(line.split()) for line in lines], ["".join(line.split()) for line in old]
    found = [at for at in range(len(bare) - len(wanted) + 1) if bare[at : at + len(wanted)] == wanted]
    if len(found) == 1:
        return _replaced(lines, found[0], old, edit.new), f"line {found[0] + 1}, but for white space"
    if found:
        told = ", ".join(str(at + 1) for at in found[:10])
        raise Refused(
            f"`old` stands {len(found)} times but for white space, at lines {told}; take more lines around it"
        )
    near = _near(bare, wanted)
    if not near:
        raise Refused(f"`old` does not stand in the file, nor anything like it\n{_shown(lines, 0)}")
    (best, at), rest = near[0], near[1:]
    apart = [share for share, other in rest if abs(other - at) >= len(wanted)]
    ends = bare[at] == wanted[0] and bare[at + len(wanted) - 1] == wanted[-1]
    if best >= NEAR and len(wanted) > 2 and ends and not any(share > best - AHEAD for share in apart):
        return _replaced(lines, at, old, edit.new), f"line {at + 1}, as nearly equal ({best:.0%})"
    raise Refused(
        f"`old` does not stand in the file; nearest are the lines from {at + 1}:\n{_shown(lines, at, len(old))}"
    )


def _unnumbered(edit: Edit) -> Edit | None:
    """The edit without the numbers of lines, where they were copied with them; None where they were not."""
    old = _NUMBERED.findall(edit.old)
    numbers = [int(number) for number, _ in old]
    if len(old) != len(edit.old.splitlines()) or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return None
    new = _NUMBERED.findall(edit.new)
    whole = len(new) == len(edit.new.splitlines())
    return Edit(
        old="\n".join(line for _, line in old), new="\n".join(line for _, line in new) if whole else edit.new,
        all=edit.all,
    )  # fmt: skip


def _near(bare: Sequence[str], wanted: Sequence[str]) -> list[tuple[float, int]]:
    """(share of equal letters, line) of all places, the best first."""
    if not wanted or len(bare) * len(wanted) > COMPARED:
        return []
    whole = "\n".join(wanted)
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(whole)
    places: list[tuple[float, int]] = []
    for at in range(max(1, len(bare) - len(wanted) + 1)):
        here = "\n".join(bare[at : at + len(wanted)])
        matcher.set_seq1(here)
        # The quick bounds spare the dear comparison of places that cannot win.
        if matcher.real_quick_ratio() > 0.5 and matcher.quick_ratio() > 0.6:
            places.append((matcher.ratio() if len(here) < 4000 else matcher.quick_ratio() * 0.85, at))
    return sorted(places, key=lambda one: (-one[0], one[1]))[:5]


def _replaced(lines: Sequence[str], at: int, old: Sequence[str], new: str) -> str:
    """With `new` moved to the indentation that the place has."""
    there = lines[at : at + len(old)]
    wanted = _trimmed(new.splitlines()) if new.strip() else []
    moved = _moved(wanted, _indent(old), _indent([line.rstrip("\r\n") for line in there]))
    ending = "\r\n" if there[0].endswith("\r\n") else "\n"
    text = ending.join(moved)
    last = "" if not moved or not there[-1].endswith("\n") else ending
    return "".join([*lines[:at], text + last, *lines[at + len(old) :]])


def _moved(lines: Sequence[str], written: str, there: str) -> list[str]:
    if written == there:
        return list(lines)
    if there.startswith(written):
        more = there[len(written) :]
        return [f"{more}{line}" if line.strip() else line for line in lines]
    if written.startswith(there):
        less = written[len(there) :]
        return [line.removeprefix(less) for line in lines]
    return [f"{there}{line.removeprefix(written)}" if line.startswith(written) else line for line in lines]


def _indent(lines: Sequence[str]) -> str:
    first = next((line for line in lines if line.strip()), "")
    return first[: len(first) - len(first.lstrip())]


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Without empty lines at both ends."""
    found = list(lines)
    while found and not found[0].strip():
        found.pop(0)
    while found and not found[-1].strip():
        found.pop()
    return found


def _found(text: str, old: str) -> list[int]:
    """Where it stands, also where it overlaps itself."""
    found, at = list[int](), text.find(old)
    while at >= 0:
        found.append(at)
        at = text.find(old, at + 1)
    return found


def _places(text: str, old: str) -> str:
    return ", ".join(str(text[:at].count("\n") + 1) for at in _found(text, old)[:10])


def _shown(lines: Sequence[str], at: int, count: int = SHOWN) -> str:
    first, last = max(0, at - 2), min(len(lines), at + min(count, SHOWN) + 2)
    return "\n".join(f"{number + 1}: {lines[number].rstrip()[:200]}" for number in range(first, last))
