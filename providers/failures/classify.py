"""From a signal to a failure: what an operator said of it, then types, codes and classes, then words, then the status.

A status bounds what words may make of it (a 400 may be a full context window, but never an outage), and what looks like
the output of generated code is none of the provider's. What nothing knows is UNKNOWN, never the nearest guess.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from autodev.lib import clock
from providers.failures.kinds import TRAITS, FailureKind
from providers.failures.patterns import PatternSet, shipped
from providers.failures.redact import message
from providers.failures.retry_after import retry_after_s
from providers.failures.seen import Seen, seen
from providers.failures.signal import Failure, Signal
from providers.failures.tables import StatusRule, Tables, tables

WAITS = {
    FailureKind.RATE_LIMIT,
    FailureKind.OVERLOADED,
    FailureKind.UNAVAILABLE,
    FailureKind.QUOTA,
    FailureKind.TIMEOUT,
}
# Frameworks whose words may stand around the message; what anybody says counts only in the message itself.
FRAMES = {"litellm", "celery", "claude", "opencode"}
NAMED = {kind.value for kind in FailureKind} - {FailureKind.UNKNOWN}
LIMITS = {FailureKind.RATE_LIMIT, FailureKind.OVERLOADED, FailureKind.QUOTA}


@dataclass(frozen=True)
class Reading:
    kind: FailureKind
    reason: str


def classify(signal: Signal, patterns: PatternSet | None = None, *, now: dt.datetime | None = None) -> Failure:
    """The failure that a signal means. `patterns` are the workspace-wide ones with the operators' own before them; by
    default those of the data files. `now` dates a named moment (by default the host's)."""
    found = seen(signal)
    reading = _named(signal) or _read(found, patterns or shipped(), tables())
    wait_s = None
    if reading.kind in WAITS:
        wait_s = retry_after_s(
            found.headers,
            found.whole,
            now=now or clock.utcnow(),
            fields=found.fields,
            limited=reading.kind in LIMITS,
        )
    return Failure(
        kind=reading.kind,
        message=message(found.text or found.whole) or reading.kind.value.replace("_", " "),
        reason=reading.reason,
        http_status=signal.http_status,
        retry_after_s=wait_s,
    )


def _named(signal: Signal) -> Reading | None:
    """A provider kind that sees by itself what is wrong (an answer without content, a stream without an end) names the
    kind as the signal's type. Codes of the same spelling inside a text are the providers' own and not meant here."""
    if signal.error_type in NAMED and (signal.http_status is None or signal.http_status < 400):
        return Reading(FailureKind(signal.error_type), f"kind:{signal.error_type}")
    return None


def _read(found: Seen, patterns: PatternSet, table: Tables) -> Reading:
    rule = _rule(found, table)
    for pattern in patterns.operators:
        if (
            not pattern.framework or pattern.framework.lower() in {*found.frameworks, *found.said_by}
        ) and pattern.match(found.whole):
            return Reading(pattern.kind, f"operator:{pattern.name}")
    certain = _certain(found, table, rule)
    return (
        (_worded(found, patterns, rule, over=certain.kind) if certain else None)
        or certain
        or _worded(found, patterns, rule)
        or _by_status(rule)
        or _vague(found, table)
        or Reading(FailureKind.UNKNOWN, "unknown")
    )


def _rule(found: Seen, table: Tables) -> StatusRule | None:
    """The rule of the status; where there is none, or only a weak one, of the status that the class stands for."""
    given = table.status(found.status)
    if given is not None and not given.weak:
        return given
    for name in found.classes:
        implied = table.status(table.status_of_class.get(name))
        if implied is not None and not implied.weak:
            return implied
    return given or next(
        (rule for name in found.classes if (rule := table.status(table.status_of_class.get(name)))), None
    )


def _certain(found: Seen, table: Tables, rule: StatusRule | None) -> Reading | None:
    for entry in table.modules:
        if any(name.startswith(entry.module) for name in found.modules) and (
            not entry.framework or entry.framework in found.frameworks
        ):
            return Reading(entry.kind, f"module:{entry.module.rstrip('.')}")
    for kind, reason in (
        *((table.certain[name], f"type:{name}") for name in found.types if name in table.certain),
        *((table.final[name], f"class:{name}") for name in found.classes if name in table.final),
    ):
        if rule is None or rule.weak or rule.allows(kind) or kind is FailureKind.FRAMEWORK_ERROR:
            return Reading(kind, reason)
    return None


def _worded(
    found: Seen, patterns: PatternSet, rule: StatusRule | None, *, over: FailureKind | None = None
) -> Reading | None:
    """What the words say; with `over` only those that correct this kind."""
    for pattern in patterns.for_frameworks(found.frameworks, typed=found.typed):
        if (rule is not None and not rule.allows(pattern.kind)) or (over is not None and over not in pattern.over):
            continue
        # In a program's log "connection refused" is more often its own database's.
        if found.agent and not found.typed and pattern.kind is FailureKind.CONNECTION:
            continue
        leading = not found.typed and TRAITS[pattern.kind].immediate
        text = found.whole if pattern.framework in FRAMES else found.text
        if pattern.match(text, leading=leading) or (text is found.whole and pattern.match(found.text, leading=leading)):
            return Reading(pattern.kind, f"pattern:{pattern.name}")
    return None


def _by_status(rule: StatusRule | None) -> Reading | None:
    if rule is None or rule.weak:
        return None
    return Reading(rule.kind, f"status:{rule.status}")


def _vague(found: Seen, table: Tables) -> Reading | None:
    for name in found.types:
        if name in table.vague:
            return Reading(table.vague[name], f"type:{name}")
    for name in found.classes:
        if name in table.otherwise:
            return Reading(table.otherwise[name], f"class:{name}")
    rule = _rule(found, table)
    return Reading(rule.kind, f"status:{rule.status}") if rule is not None else None
