"""Slows down guessing of passwords: after too many failures an address has to wait.

The count is in the cache; with Django's default, each process counts for itself.
"""

import hashlib

from django.core.cache import cache

MAX_FAILURES = 10
WINDOW_S = 15 * 60


def blocked(email: str) -> bool:
    """Whether the address has failed too often."""
    return int(cache.get(_key(email), 0)) >= MAX_FAILURES


def failed(email: str) -> None:
    """Counts a failure."""
    key = _key(email)
    if not cache.add(key, 1, WINDOW_S):
        cache.incr(key)


def succeeded(email: str) -> None:
    """Forgets the failures of the address."""
    cache.delete(_key(email))


def _key(email: str) -> str:
    return f"sign-in-failures:{hashlib.sha256(email.strip().lower().encode()).hexdigest()}"
