"""The form of API keys and invitation tokens, and what is stored of them. No database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import uuid

from django.conf import settings

_FORM = re.compile(r"^ad_(?P<prefix>[0-9a-z]{12})_(?P<secret>[A-Za-z0-9_-]{40,64})$")


def new_key() -> tuple[str, str]:
    """A fresh (prefix, secret): 12 characters to look it up by, 256 bits that are never stored."""
    return secrets.token_hex(6), secrets.token_urlsafe(32)


def format_key(prefix: str, secret: str) -> str:
    return f"ad_{prefix}_{secret}"


def parse_key(text: str) -> tuple[str, str] | None:
    """(prefix, secret), or None where the text is no key."""
    found = _FORM.match(text)
    return (found["prefix"], found["secret"]) if found else None


def peppers() -> dict[int, bytes]:
    """Number → pepper. `API_KEY_PEPPERS` names them; without it, pepper 1 is derived from the secret key."""
    configured: dict[int, str] = getattr(settings, "API_KEY_PEPPERS", {})
    if configured:
        return {number: text.encode() for number, text in configured.items()}
    derived = hmac.new(settings.SECRET_KEY.encode(), b"autodev.api-key-pepper.1", hashlib.sha256)
    return {1: derived.digest()}


def current_pepper() -> int:
    """The number that new keys are made with: the highest."""
    return max(peppers())


def secret_hmac(secret: str, pepper_id: int) -> str | None:
    """HMAC-SHA256 of the secret in hex, or None where that pepper has been withdrawn."""
    pepper = peppers().get(pepper_id)
    return None if pepper is None else hmac.new(pepper, secret.encode(), hashlib.sha256).hexdigest()


def invitation_tokens(invitation_id: uuid.UUID) -> list[str]:
    """The tokens that the secret key and then each of its fallbacks give this invitation: 256 bits, which nobody knows
    without the key and nobody has to store."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hmac.digest(key.encode(), b"autodev.invitation." + invitation_id.bytes, "sha256") for key in keys)
    return [base64.urlsafe_b64encode(digest).rstrip(b"=").decode() for digest in digests]


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
