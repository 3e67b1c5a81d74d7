"""What makes two failures, two states of files or two steps the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Protocol

from providers.failures.fingerprint import template
from providers.stuck.types import Checks

MOST_FINDINGS = 200
LAST_LINES = 5
HEX = 24


class Finding(Protocol):
    @property
    def rule(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def file(self) -> str: ...


class Rung(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def findings(self) -> Sequence[Finding]: ...
    @property
    def excerpt(self) -> str: ...
    @property
    def reason(self) -> str: ...


class Report(Protocol):
    """A ladder's report, as far as it is looked at here."""

    @property
    def ok(self) -> bool: ...
    @property
    def rungs(self) -> Sequence[Rung]: ...


def checks_of(report: Report) -> Checks:
    """What a ladder's report says about progress. A report that is ok has no failure, whatever else is red in it."""
    green = frozenset(rung.key for rung in report.rungs if rung.status == "passed")
    errors = sum(finding.severity == "error" for rung in report.rungs for finding in rung.findings)
    if report.ok:
        return Checks(green=green, errors=errors)
    red = list(_red(report.rungs)) or ["nothing passed"]
    return Checks(green=green, errors=errors, failure=failure_signature(red), first=red[0][:200])


def failure_signature(messages: Iterable[str]) -> str:
    """Equal for failures that differ in times, numbers, ids, paths or order only."""
    seen = sorted({template(message).lower() for message in messages})
    return _hash("\n".join(seen))


def diff_hash(diff: str | bytes) -> str:
    """Of a diff, or of anything else that says how the files are."""
    return _hash(diff)


def step_hash(calls: Iterable[tuple[str, str, str]]) -> str:
    """Of (tool, arguments, answer); empty for no call. An answer counts without its changing parts, so that the same
    command that fails in the same way at another second is the same step."""
    said = [f"{name}\0{arguments}\0{template(answer)}\0{len(answer) // 1000}" for name, arguments, answer in calls]
    return _hash("\n".join(said)) if said else ""


def _red(rungs: Sequence[Rung]) -> Iterable[str]:
    for rung in rungs:
        if rung.status == "passed":
            continue
        errors = [one for one in rung.findings if one.severity == "error"][:MOST_FINDINGS]
        if errors:
            yield from (f"{rung.key} {one.file} {one.rule}: {one.message}" for one in errors)
        elif rung.status == "failed":
            said = [line for line in rung.excerpt.splitlines() if line.strip()][-LAST_LINES:]
            yield f"{rung.key}: {rung.reason or ' '.join(said) or 'not green'}"


def _hash(text: str | bytes) -> str:
    raw = text.encode(errors="replace") if isinstance(text, str) else text
    return hashlib.sha256(raw).hexdigest()[:HEX]
