"""The current time. Everything asks here, so that tests can set it."""

from datetime import UTC, date, datetime


def now() -> datetime:
    """The current moment in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The current date in UTC."""
    return now().date()
