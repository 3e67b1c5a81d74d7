"""Messages that no pattern knew, counted by their template; what an operator makes of them must hold to be a pattern
(`providers.services.patterns`)."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone

from autodev.lib.db import write
from autodev.lib.errors import DomainError
from providers.failures.fingerprint import fingerprint, template
from providers.failures.patterns import compiled
from providers.failures.redact import redacted
from providers.failures.signal import Signal
from providers.models import UnknownFailure

LONGEST_EXAMPLE = 4000


class PatternRefused(DomainError):
    code = "pattern_refused"
    hint = "Give a regular expression of at most 500 characters that matches the example, and a known kind."


def record_unknown(*, signal: Signal) -> UnknownFailure:
    """Counts a message that nothing knew. Workers that see it at once are all counted."""
    return write(lambda: _counted(signal))


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


def _counted(signal: Signal) -> UnknownFailure:
    key, framework = fingerprint(signal.text, signal.framework), signal.framework[:40]
    found = {"count": F("count") + 1, "last_at": timezone.now()}
    if not UnknownFailure.objects.filter(fingerprint=key).update(**found):
        row, created = UnknownFailure.objects.get_or_create(
            fingerprint=key,
            defaults={
                "framework": framework,
                "template": template(signal.text),
                "example": redacted(signal.text[: 2 * LONGEST_EXAMPLE])[:LONGEST_EXAMPLE],
            },
        )
        if created:
            return row
        UnknownFailure.objects.filter(fingerprint=key).update(**found)
    return UnknownFailure.objects.get(fingerprint=key)
