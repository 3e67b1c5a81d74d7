"""Cookies and headers. Behind TLS (production, unless AUTODEV_INSECURE_HTTP) everything is bound to it."""

from __future__ import annotations

from autodev.settings.base import PRODUCTION
from autodev.settings.environment import env

# For a trial of the production mode without TLS in front; the deployment check complains about it.
INSECURE_HTTP = env.flag("AUTODEV_INSECURE_HTTP", default=False)
TLS = PRODUCTION and not INSECURE_HTTP

SECURE_SSL_REDIRECT = TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000) if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
SECURE_HSTS_PRELOAD = TLS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = TLS
CSRF_COOKIE_SECURE = TLS
CSRF_COOKIE_HTTPONLY = False  # htmx sends the token from the cookie's page as a header
