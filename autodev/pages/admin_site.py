"""The operators' admin: one sign-in page for the whole site, and the policy that its Alpine build needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from unfold.sites import UnfoldAdminSite

# unfold evaluates Alpine expressions and sets its accent colours in a style element
_POLICY = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}


class AutoDevAdminSite(UnfoldAdminSite):
    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:  # noqa: FBT001, FBT002 - Django's signature
        wrapped: Callable[..., Any] = csp_update(_POLICY)(super().admin_view(view, cacheable))
        return wrapped

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The site's own page, with its limit of tries; whoever is signed in but no operator goes home."""
        if request.user.is_authenticated:
            target = reverse("admin:index") if self.has_permission(request) else "/"
            return HttpResponseRedirect(target)
        answer: HttpResponseBase = redirect_to_login(request.GET.get("next") or reverse("admin:index"))
        return answer
