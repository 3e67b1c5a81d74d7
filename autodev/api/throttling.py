"""So many requests a minute for each caller; the rates are settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from autodev.accounts.models import ApiKey

if TYPE_CHECKING:  # the framework reads this module while it defines APIView
    from rest_framework.views import APIView


class ByCaller(SimpleRateThrottle):
    """Counts by API key, else by user, else by address. A view may name its `throttle_scope`; else reading and writing
    have one each."""

    scope = "read"

    def allow_request(self, request: Request, view: APIView) -> bool:
        named = getattr(view, "throttle_scope", None) if request.method == "POST" else None
        self.scope = named or ("read" if request.method in ("GET", "HEAD", "OPTIONS") else "write")
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return super().allow_request(request, view)

    def get_cache_key(self, request: Request, view: APIView) -> str:
        if isinstance(request.auth, ApiKey):
            ident = f"key-{request.auth.pk}"
        elif request.user.is_authenticated:
            ident = f"user-{request.user.pk}"
        else:
            ident = str(self.get_ident(request))
        return self.cache_format % {"scope": self.scope, "ident": ident}
