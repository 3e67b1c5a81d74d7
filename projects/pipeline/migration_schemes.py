"""How the frameworks of the blueprints make a migration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """How a framework makes a migration: where they lie, and the command that writes one from the models."""

    folder: str
    prepare: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]


SCHEMES = {
    "fastapi-service": Scheme(
        folder="alembic/versions/",
        prepare=(("python", "-m", "alembic", "upgrade", "head"),),
        command=("python", "-m", "alembic", "revision", "--autogenerate", "--rev-id", "{number}", "-m", "{words}"),
    ),
    "django-web": Scheme(
        folder="app/core/migrations/",
        prepare=(),
        command=("python", "manage.py", "makemigrations", "core", "--no-input", "--name", "{slug}"),
    ),
}


def migrations_of(stack: Mapping[str, Any]) -> str:
    """The folder of a stack's migrations; empty where it has none."""
    scheme = SCHEMES.get(str(stack.get("blueprint")))
    return scheme.folder if scheme is not None else ""
