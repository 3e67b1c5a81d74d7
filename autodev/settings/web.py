"""What pages, API, sockets and admin need: policies, limits, schema, look of the admin."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy

from autodev.settings.environment import env


def peppers(listed: list[str]) -> dict[int, str]:
    """`["1=…", "2=…"]` by number. Raises ImproperlyConfigured."""
    found = {}
    for item in listed:
        number, _, text = item.partition("=")
        if not number.isdecimal() or len(text) < 32:
            raise ImproperlyConfigured("API_KEY_PEPPERS: write number=text, with at least 32 characters of text each.")
        found[int(number)] = text
    return found


LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
ALLOW_SIGNUP = env.flag("ALLOW_SIGNUP", default=False)
# number → pepper of API keys, "1=…,2=…"; the highest makes new keys. Empty: one derived from SECRET_KEY.
API_KEY_PEPPERS = peppers(env.secret_listing("API_KEY_PEPPERS"))
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "autodev.pages.errors.csrf_failure"

# Nothing inline, nothing from elsewhere. The admin's Alpine needs more and gets it for its own pages (autodev.admin).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"

WEB_APPS = ["unfold.apps.BasicAppConfig", "autodev.pages.admin_config.AutoDevAdminConfig"]
ASGI_APPLICATION = "autodev.asgi.application"


def channel_layers(redis_url: str | None) -> dict[str, Any]:
    """Redis where there is one; else in the memory of this process, which serves one machine's web process."""
    if not redis_url:
        return {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    # The layer waits five seconds at a time for a message; the connection's own time-out must be longer.
    host = {"address": redis_url, "socket_timeout": 30, "socket_connect_timeout": 2}
    return {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [host]}}}


# How often a socket authorises its topics again and looks for versions that no hint told. Without Redis the worker's
# hints do not reach the web process, so that the look is what keeps pages current.
LIVE_RECHECK_S = env.integer("LIVE_RECHECK_S", 15 if env.secret("REDIS_URL") else 2, least=1, most=300)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "autodev.api.authentication.ApiKeyAuthentication",
        "autodev.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "autodev.api.pagination.NewestFirst",
    "DEFAULT_SCHEMA_CLASS": "autodev.api.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["autodev.api.throttling.ByCaller"],
    "DEFAULT_THROTTLE_RATES": {
        "read": env.text("API_RATE_READ", "1200/min"),
        "write": env.text("API_RATE_WRITE", "120/min"),
        "build": env.text("API_RATE_BUILD", "30/min"),
    },
    "EXCEPTION_HANDLER": "autodev.api.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "AutoDev",
    "DESCRIPTION": "Ideas become verified repositories. Errors are RFC 9457 problem documents.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": None,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "BuildStateEnum": "projects.states.BuildState",
        "TaskStateEnum": "projects.states.TaskState",
        "PhaseEnum": "projects.states.Phase",
        "RoleEnum": "autodev.accounts.models.Role",
        "CheckKindEnum": "projects.models.CheckKind",
        "CheckResultEnum": "projects.models.CheckResult",
        "WorkspaceStateEnum": "autodev.accounts.models.WorkspaceState",
        "OriginEnum": "projects.models.spec_revision.Origin",
        "StrategyEnum": "providers.states.Strategy",
        "RecoveryStrategyEnum": "recovery.states.Strategy",
        "RecoveryStateEnum": "recovery.states.RecoveryState",
        "RecoveryOriginEnum": "recovery.states.Origin",
        "RequestStateEnum": "recovery.states.RequestState",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "autodev.api.schema.add_problem_responses",
    ],
}
UNFOLD = {
    "SITE_TITLE": "AutoDev",
    "SITE_HEADER": "AutoDev",
    "SITE_SUBHEADER": "Operations",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("icon.svg")}],
    "COLORS": {
        "primary": {
            "50": "#eef1ff",
            "100": "#dfe5ff",
            "200": "#c4ceff",
            "300": "#a0b0ff",
            "400": "#7387f5",
            "500": "#5068e4",
            "600": "#3451d1",
            "700": "#2b43ae",
            "800": "#25388c",
            "900": "#1f2f70",
            "950": "#141d47",
        }
    },
    "SHOW_HISTORY": False,
    "LOGIN": {"redirect_after": lambda _request: reverse_lazy("admin:index")},
}
