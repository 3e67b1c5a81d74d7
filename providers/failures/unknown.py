"""Messages that no pattern knew: counted by their template, and made a pattern by an operator."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone

from autodev.lib.db import write
from autodev.lib.errors import DomainError
from providers.failures.fingerprint import fingerprint, proposed_pattern, template
from providers.failures.kinds import FailureKind
from providers.failures.patterns import PatternSet, compiled, with_operators
from providers.failures.redact import redacted
from providers.failures.signal import Signal
from providers.live.versions import raise_config
from providers.models import FailurePattern, UnknownFailure

LONGEST_EXAMPLE = 4000


class PatternRefused(DomainError):
    code = "pattern_refused"
    hint = "Give a regular expression of at most 500 characters that matches the example, and a known kind."


def record_unknown(*, signal: Signal) -> UnknownFailure:
    """Counts a message that nothing knew. Workers that see it at once are all counted."""
    return write(lambda: _counted(signal))


def promote(*, unknown: UnknownFailure, name: str, kind: FailureKind, pattern: str = "") -> FailurePattern:
    """Makes a pattern of a message; without `pattern` the one that its template proposes. It holds in all workers when
    they next read the configuration. Raises PatternRefused where the expression does not match the example."""
    source = pattern or proposed_pattern(unknown.example)
    check_pattern(source, example=unknown.example)

    def work() -> FailurePattern:
        row = FailurePattern.objects.create(name=name, framework=unknown.framework, pattern=source, kind=kind.value)
        UnknownFailure.objects.filter(pk=unknown.pk).update(pattern=row)
        raise_config()
        return row

    return write(work)


def check_pattern(pattern: str, *, example: str = "") -> None:
    """Raises PatternRefused where a pattern cannot be used, or does not match its example."""
    try:
        regex = compiled(pattern)
    except ValueError as error:
        raise PatternRefused(str(error)) from error
    if not 3 <= len(pattern) <= 500:
        raise PatternRefused("a pattern has 3 to 500 characters")
    if regex.search("") is not None:
        raise PatternRefused("it matches every message")
    if example and regex.search(example) is None:
        raise PatternRefused("it does not match the example")


def database_patterns() -> PatternSet:
    """The patterns of the data files with those of the database, read now. Rows that no longer compile are left out of
    use; the admin shows them."""
    usable = []
    for row in FailurePattern.objects.filter(enabled=True):
        try:
            check_pattern(row.pattern)
            FailureKind(row.kind)
        except (PatternRefused, ValueError):
            continue
        usable.append(row)
    return with_operators(usable)


def _counted(signal: Signal) -> UnknownFailure:
    key, framework = fingerprint(signal.text, signal.framework), signal.framework[:40]
    found = {"count": F("count") + 1, "last_at": timezone.now()}
    if not UnknownFailure.objects.filter(fingerprint=key).update(**found):
        row, created = UnknownFailure.objects.get_or_create(
            fingerprint=key,
            defaults={
                "framework": framework,
                "template": template(signal.text),
                "example": redacted(signal.text)[:LONGEST_EXAMPLE],
            },
        )
        if created:
            return row
        UnknownFailure.objects.filter(fingerprint=key).update(**found)
    return UnknownFailure.objects.get(fingerprint=key)
