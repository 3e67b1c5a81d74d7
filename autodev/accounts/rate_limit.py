"""Fixed-window limits in the cache, for what is tried without being signed in."""

from __future__ import annotations

import hashlib

from django.core.cache import cache
from django.http import HttpRequest

WINDOW_S = 15 * 60
SIGN_IN_BY_ACCOUNT = 10
SIGN_IN_BY_ADDRESS = 100


def _key(name: str, identity: str) -> str:
    # hashed, so that no e-mail address lies in the cache
    return f"rate:{name}:{hashlib.sha256(identity.encode()).hexdigest()[:32]}"


def hit(name: str, identity: str, *, limit: int, window_s: int = WINDOW_S) -> bool:
    """Counts one try; False once more than `limit` were made within the window."""
    key = _key(name, identity)
    if cache.add(key, 1, timeout=window_s):
        return True
    try:
        return cache.incr(key) <= limit
    except ValueError:
        # the window ended between the two calls: this is the first try of the next one
        cache.set(key, 1, timeout=window_s)
        return True


def forget(name: str, identity: str) -> None:
    cache.delete(_key(name, identity))


def client_address(request: HttpRequest) -> str:
    """The peer's address. Forwarded headers are the ASGI server's business (its `--forwarded-allow-ips`)."""
    return str(request.META.get("REMOTE_ADDR") or "unknown")
