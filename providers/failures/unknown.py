"""Messages that no pattern knew, counted by their template; what an operator makes of them must hold to be a pattern
(`providers.services.patterns`)."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone

from autodev.lib.db import write
from autodev.lib.errors import DomainError
from autodev.lib.plain import storable
from providers.failures.fingerprint import fingerprint, template
from providers.failures.patterns import compiled
from providers.failures.redact import redacted
from providers.failures.signal import Signal
from providers.models import UnknownFailure

LONGEST_EXAMPLE = 4000
KEPT = 5000  # more than anybody reads; whoever runs an endpoint can make as many as its workspace makes calls
AT_ONCE = 1000


class PatternRefused(DomainError):
    code = "pattern_refused"
    hint = "Give a regular expression of at most 500 characters that matches the example, and a known kind."


def record_unknown(*, signal: Signal) -> UnknownFailure:
    """Counts a message that nothing knew. Workers that see it at once are all counted."""
    return write(lambda: _counted(signal))


def sweep(*, kept: int = KEPT) -> int:
    """Of the messages that nobody made a pattern of, removes those beyond `kept` that came least often and longest ago;
    how many."""
    rows = UnknownFailure.objects.filter(pattern=None).order_by("-count", "-last_at")
    beyond = list(rows.values_list("pk", flat=True)[kept : kept + AT_ONCE])
    return write(lambda: UnknownFailure.objects.filter(pk__in=beyond, pattern=None).delete()[0]) if beyond else 0


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
    text, framework = storable(signal.text), signal.framework[:40]
    key = fingerprint(text, signal.framework)
    found = {"count": F("count") + 1, "last_at": timezone.now()}
    if not UnknownFailure.objects.filter(fingerprint=key).update(**found):
        row, created = UnknownFailure.objects.get_or_create(
            fingerprint=key,
            defaults={
                "framework": framework,
                "template": template(text),
                "example": redacted(text[: 2 * LONGEST_EXAMPLE])[:LONGEST_EXAMPLE],
            },
        )
        if created:
            return row
        UnknownFailure.objects.filter(fingerprint=key).update(**found)
    return UnknownFailure.objects.get(fingerprint=key)
