"""Where things lie, in which mode this runs, and what Django is made of."""

from __future__ import annotations

import os
from pathlib import Path

from autodev.settings.environment import env
from autodev.settings.web import WEB_APPS

BASE_DIR = Path(__file__).resolve().parent.parent.parent
IN_CHECKOUT = (BASE_DIR / "manage.py").is_file()


def _default_data() -> Path:
    """`.autodev` beside the checkout; for an installed package the user's data directory (XDG)."""
    if IN_CHECKOUT:
        return BASE_DIR / ".autodev"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "autodev"


AUTODEV_MODE = env.choice("AUTODEV_MODE", ("one-machine", "production"), "one-machine")
PRODUCTION = AUTODEV_MODE == "production"
# Database, repositories, layers, keys: all that a backup must hold. Nobody else on the machine looks in.
AUTODEV_DATA = env.path("AUTODEV_DATA", _default_data())
AUTODEV_DATA.mkdir(parents=True, exist_ok=True, mode=0o700)

DEBUG = env.flag("DEBUG", default=False)
ALLOWED_HOSTS = env.listing("ALLOWED_HOSTS", () if PRODUCTION else ("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS = env.listing("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    *WEB_APPS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "autodev.pages",
    "autodev.accounts",
    "autodev.events",
    "providers",
    "projects",
    "recovery",
    "monitoring",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "autodev.pages.static.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "autodev.pages.errors.DomainErrorMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "autodev.pages.context.navigation",
            ]
        },
    }
]
AUTH_USER_MODEL = "accounts.User"
ROOT_URLCONF = "autodev.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"

STATIC_URL = "/static/"
STATICFILES_DIRS = [folder for folder in [BASE_DIR / "static" / "dist"] if folder.is_dir()]
STATIC_ROOT = env.path("STATIC_ROOT", AUTODEV_DATA / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Before anything was collected (`autodev up` does), names stay as they are and files come from their sources.
WHITENOISE_MANIFEST_STRICT = False
WHITENOISE_USE_FINDERS = not PRODUCTION
