"""Logs: an event name and fields; JSON in production, plain for a person elsewhere, ids from context variables."""

from __future__ import annotations

from typing import Any

from autodev.settings.base import PRODUCTION
from autodev.settings.environment import env

LOG_LEVEL = env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOG_FORMAT = env.choice("LOG_FORMAT", ("json", "plain"), "json" if PRODUCTION else "plain")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"ids": {"()": "autodev.lib.logs.ContextFilter"}},
    "formatters": {
        "json": {"()": "autodev.lib.logs.JsonFormatter"},
        "plain": {"()": "autodev.lib.logs.PlainFormatter"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["ids"]},
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": LOG_LEVEL, "propagate": False},
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
    },
}
