"""API keys and sessions."""

from __future__ import annotations

from typing import cast

from rest_framework import authentication, exceptions
from rest_framework.request import Request

from autodev.accounts.access import Actor, ceiling_of
from autodev.accounts.models import ApiKey, User
from autodev.accounts.services.api_keys import api_key_use


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer ad_<prefix>_<secret>`."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = api_key_use(text.strip())
        if key is None:
            raise exceptions.AuthenticationFailed("This API key is unknown, revoked or expired.")
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="AutoDev"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with its CSRF check."""

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="AutoDev"'


def actor_of(request: Request) -> Actor:
    """Who calls. A key reaches its own workspace and no higher than its scopes. Raises PermissionDenied for a key
    without a scope."""
    user = cast("User", request.user)
    key = request.auth
    if not isinstance(key, ApiKey):
        return Actor(user=user)
    ceiling = ceiling_of(key.scopes)
    if ceiling is None:
        raise exceptions.PermissionDenied("This API key has no scope.")
    return Actor(user=user, only_workspace=key.workspace_id, ceiling=ceiling)
