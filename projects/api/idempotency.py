"""The Idempotency-Key of requests that start something."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

KEY_MAX = 200
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER,
    description="Any text up to 200 characters. The same key with the same body gives the first build again; with "
    "another body, 409.",
)  # fmt: skip


def idempotency_key(request: Request) -> str | None:
    """The key, or None without one. Raises ValidationError."""
    key = request.headers.get("Idempotency-Key") or None
    if key is not None and (len(key) > KEY_MAX or not key.isprintable()):
        raise ValidationError({"Idempotency-Key": f"Printable text of at most {KEY_MAX} characters."})
    return key
