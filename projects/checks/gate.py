"""The gate: pure. From requirements, checks and evidence it says whether the work is done; nobody else does.

Done means that every required rung of the ladder and every acceptance check passed at exactly the head commit, and
that each requirement has at least one check. A product whose own code does not parse, install, start or pass its tests
has failed; anything else that is missing makes it degraded, and the verdict names it. An optional rung may be missing,
which only warns; where it ran and is red, it degrades like the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from autodev.sandbox.types import Isolation

Outcome = Literal["succeeded", "degraded", "failed"]
FATAL_RUNGS = frozenset({"parse", "install", "tests", "smoke"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRequirement:
    key: str
    sentence: str
    understood: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheck:
    """`requirement` is the key of the requirement it measures; None makes it a rung of the ladder. `digest` is what an
    acceptance check was frozen by. `advisory`: the user wants to be told of it, and no more, even where it is red."""

    key: str
    title: str
    requirement: str | None = None
    required: bool = True
    advisory: bool = False
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateEvidence:
    """One result. `digest` is that of the check that was run; `reason` the first line of why it is not green."""

    check: str
    commit: str
    result: Literal["passed", "failed", "not_run"]
    level: Isolation
    digest: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`degraded`: sentences for a person, one for each thing that is not met. `missing`: the keys of the checks and
    requirements behind them. `warnings`: what is advisory and not green, and what is optional and did not run."""

    outcome: Outcome
    degraded: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def decide(
    requirements: Sequence[GateRequirement],
    checks: Sequence[GateCheck],
    evidence: Iterable[GateEvidence],
    *,
    head: str,
    min_level: Isolation = Isolation.DEGRADED,
) -> Verdict:
    """The verdict at `head`. `evidence` is in order of time: the newest of a check counts."""
    newest = {e.check: e for e in evidence if head and e.commit == head}
    sentences: list[str] = []
    missing: list[str] = []
    warnings: list[str] = []
    fatal = False

    rungs = [c for c in checks if c.requirement is None]
    if not any(c.required for c in rungs):
        sentences.append("No check of the ladder was planned.")
        missing.append("ladder")
    for rung in rungs:
        shortfall = _shortfall(rung, newest.get(rung.key), min_level)
        if shortfall is None:
            continue
        result = newest.get(rung.key)
        red = result is not None and result.digest == rung.digest and result.result == "failed"
        if rung.advisory or not (rung.required or red):
            warnings.append(f"{rung.title}: {shortfall}")
            continue
        sentences.append(f"{rung.title}: {shortfall}")
        missing.append(rung.key)
        fatal = fatal or (red and rung.required and rung.key in FATAL_RUNGS)

    if not requirements:
        sentences.append("No requirement was recorded, so nothing could be shown to be met.")
        missing.append("requirements")
    for requirement in requirements:
        own = [c for c in checks if c.requirement == requirement.key]
        shortfalls = {c.key: _shortfall(c, newest.get(c.key), min_level) for c in own}
        open_checks = {key: why for key, why in shortfalls.items() if why is not None}
        if not requirement.understood:
            why = f"not understood{_because(requirement.note)}"
        elif not own:
            why = f"nothing checks it{_because(requirement.note)}"
        elif open_checks:
            titles = {c.key: c.title for c in own}
            why = "; ".join(f"{titles[key]}: {reason}" for key, reason in open_checks.items())
        else:
            continue
        sentences.append(f'"{requirement.sentence}": {why}')
        missing.extend(open_checks or [requirement.key])

    known = {r.key for r in requirements}
    for orphan in (c for c in checks if c.requirement is not None and c.requirement not in known):
        sentences.append(f"{orphan.title}: its requirement {orphan.requirement} is not recorded")
        missing.append(orphan.key)

    outcome: Outcome = "failed" if fatal else "degraded" if missing else "succeeded"
    return Verdict(outcome=outcome, degraded=tuple(sentences), missing=tuple(missing), warnings=tuple(warnings))


def _shortfall(check: GateCheck, evidence: GateEvidence | None, min_level: Isolation) -> str | None:
    """Why the check does not count as green; None when it does."""
    if evidence is None:
        return "no evidence at this commit"
    if evidence.digest != check.digest:
        return "the check that was run is not the one that was agreed"
    if evidence.result == "not_run":
        return f"not run{_because(evidence.reason)}"
    if evidence.result == "failed":
        return f"failed{_because(evidence.reason)}"
    if evidence.level < max(min_level, Isolation.DEGRADED):
        return f"ran at isolation {evidence.level.name}, below {max(min_level, Isolation.DEGRADED).name}"
    return None


def _because(reason: str) -> str:
    return f" ({reason.strip()})" if reason.strip() else ""
