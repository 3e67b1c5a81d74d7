"""What stands where work was left out: whether it was measured, what of it is red, and the words for it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from projects.engine.context import TaskContext
from projects.engine.outcome import WorkFailed
from projects.models import Build
from projects.selectors.evidence import evidence_of
from providers.failures.envelope import opened

REASON_SHOWN = 240
_JSON = re.compile(r"\{\s*[\"'{]")
_MESSAGE = re.compile(r'"(?:message|detail|msg)"\s*:\s*"((?:[^"\\]|\\.)+)')


def why_left_out(ctx: TaskContext) -> str:
    """The first line of the last failure, as a part of a sentence."""
    return in_words(ctx.task.last_error) or "every attempt failed"


def in_words(error: str) -> str:
    """The first line without the JSON that a provider wrapped its words in: the message inside stands for it. At most
    REASON_SHOWN characters, without a full stop. Pure."""
    error = error.strip()
    begins = _JSON.search(error)
    if begins is None:
        return _part(error)
    at = begins.start()
    inside = opened(error[at:]).messages or [json_text(found) for found in _MESSAGE.findall(error[at:])]
    before = _part(error[:at]).rstrip(" :-=(,")
    return _part(": ".join(part for part in (before, *inside[:1]) if part))


def json_text(found: str) -> str:
    """What stands between the quotation marks of a text that was cut off somewhere behind."""
    return found.replace('\\"', '"').replace("\\n", " ")


def _part(text: str) -> str:
    return next(iter(text.strip().splitlines()), "").strip()[:REASON_SHOWN].rstrip(" .")


def red_at_head(build: Build) -> list[str]:
    """The titles of the checks that are not green at the build's head. Raises WorkFailed where nothing was measured
    there: what nobody has measured cannot stand in for anything."""
    found = evidence_of(build)
    reports = [*found.ladder, *(check for report in found.requirements for check in report.checks)]
    measured = [one for one in reports if one.evidence is not None and one.at_head]
    if not measured:
        raise WorkFailed("What was made so far was not measured, so it cannot stand in.", kind="no_fallback")
    return [one.check.title for one in measured if one.evidence is not None and one.evidence.result != "passed"]


def quoted(sentences: Sequence[str]) -> str:
    """The sentences in quotation marks, in a row."""
    return "; ".join(f'"{sentence}"' for sentence in sentences)
