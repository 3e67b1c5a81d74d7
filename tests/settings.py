"""Settings of the tests: data in a temporary folder, services that tests/services.py starts, fast password hashing.

TEST_DATABASE is `postgresql` (the default) or `sqlite`. All processes of a test run share the folder AUTODEV_TEST_RUN.
"""

# ruff: noqa: F403, F405, E402 - the environment must be set before the settings are read

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any


def _begin_run() -> str:
    """The run's folder, which goes when this process ends; its children find it in the environment."""
    folder, owner = tempfile.mkdtemp(prefix="autodev-test-"), os.getpid()

    def end_run() -> None:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end_run)
    os.environ["AUTODEV_TEST_RUN"] = folder
    return folder


TEST_RUN = Path(os.environ.get("AUTODEV_TEST_RUN") or _begin_run())
os.environ["AUTODEV_DATA"] = str(TEST_RUN / "data")
# Agent programs are large: one installation serves all test runs of this machine.
_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
os.environ.setdefault("AUTODEV_PROGRAMS", str(_cache / "autodev" / "programs"))
os.environ.setdefault("LOG_LEVEL", "WARNING")

from django.core.exceptions import ImproperlyConfigured

from autodev.settings import *
from autodev.settings.broker import caches
from autodev.settings.databases import configured
from autodev.settings.environment import env
from autodev.settings.web import channel_layers

_address: dict[str, Any]
TEST_DATABASE = env.choice("TEST_DATABASE", ("postgresql", "sqlite"), "postgresql")
if TEST_DATABASE == "sqlite":
    _address = {"ENGINE": "django.db.backends.sqlite3", "NAME": TEST_RUN / "data" / "autodev.sqlite3"}
    # A file, not the memory, because threads and child processes share it.
    _address["TEST"] = {"NAME": TEST_RUN / "data" / "test.sqlite3"}
elif os.environ.get("DATABASE_URL"):
    _address = env.database("DATABASE_URL", "")
    if "postgresql" not in _address["ENGINE"]:
        raise ImproperlyConfigured(
            "DATABASE_URL does not begin with postgres://, which TEST_DATABASE=postgresql wants."
        )
else:
    _address = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "autodev",
        "USER": "postgres",
        "HOST": str(TEST_RUN / "postgres"),
    }
DATABASES = {"default": configured(_address, slots=4, pool=False)}

# Tests that are about Redis ask for it (fixture `redis_url`); the others pass without.
REDIS_URL = None
CHANNEL_LAYERS = channel_layers(None)
CACHES = caches(None)
CELERY_BROKER_URL = "memory://"

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
