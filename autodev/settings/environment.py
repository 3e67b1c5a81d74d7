"""Typed reading of environment variables. Whatever is wrong is said with the variable's name, and nothing is guessed.

Every name that is read through here is remembered in `known`, so that `autodev doctor` and the documentation's test can
tell what exists. A secret may be given as `NAME` or as `NAME_FILE`, a file whose content counts.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE = ("true", "yes", "on", "1")
FALSE = ("false", "no", "off", "0")
DATABASE_SCHEMES = ("sqlite://", "postgres://", "postgresql://")
N = TypeVar("N", int, float)

known: set[str] = set()


class Environment:
    """Reads `source` (os.environ unless a test gives another mapping). Every method raises ImproperlyConfigured."""

    def __init__(self, source: Mapping[str, str] | None = None) -> None:
        self._source = os.environ if source is None else source
        self._known = known if source is None else set()

    def text(self, name: str, default: str = "") -> str:
        return self._raw(name, default).strip()

    def flag(self, name: str, *, default: bool) -> bool:
        """true, yes, on, 1 or false, no, off, 0."""
        value = self._raw(name, str(default)).strip().lower()
        if value in TRUE:
            return True
        if value in FALSE:
            return False
        raise wrong(name, value, f"one of {', '.join((*TRUE, *FALSE))}")

    def integer(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        value = self._raw(name, str(default)).strip()
        try:
            number = int(value)
        except ValueError:
            raise wrong(name, value, "a whole number") from None
        return _within(name, number, least, most)

    def number(self, name: str, default: float, *, least: float = 0.0, most: float | None = None) -> float:
        value = self._raw(name, str(default)).strip()
        try:
            number = float(value)
        except ValueError:
            raise wrong(name, value, "a number") from None
        return _within(name, number, least, most)

    def choice(self, name: str, choices: Sequence[str], default: str) -> str:
        value = self._raw(name, default).strip()
        if value not in choices:
            raise wrong(name, value, f"one of {', '.join(choices)}")
        return value

    def listing(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """Words separated by commas."""
        return [word.strip() for word in self._raw(name, ",".join(default)).split(",") if word.strip()]

    def secret_listing(self, name: str) -> list[str]:
        """The words of NAME, or of the file NAME_FILE names, separated by commas or line ends."""
        found = (self.secret(name) or "").replace("\n", ",")
        return [word.strip() for word in found.split(",") if word.strip()]

    def path(self, name: str, default: Path) -> Path:
        return Path(self._raw(name, str(default))).expanduser().resolve()

    def secret(self, name: str) -> str | None:
        """The value of NAME, else the content of the file NAME_FILE names, else None."""
        self._known.update((name, f"{name}_FILE"))
        value, file = self._source.get(name), self._source.get(f"{name}_FILE")
        if value and file:
            raise ImproperlyConfigured(f"{name} and {name}_FILE are both set; keep one.")
        if not file:
            return value or None
        try:
            content = Path(file).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE: {error}") from error
        if not content:
            raise ImproperlyConfigured(f"{name}_FILE: {file} is empty.")
        return content

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Django's form of a database address: sqlite:///path or postgres://user:password@host:port/name."""
        address = self.secret(name) or default
        if not address.startswith(DATABASE_SCHEMES):
            raise ImproperlyConfigured(f"{name}: the address must begin with sqlite:// or postgres://.")
        try:
            return dict(environ.Env.db_url_config(address))
        except (ValueError, ImproperlyConfigured) as error:
            raise ImproperlyConfigured(f"{name}: {error}") from error

    def _raw(self, name: str, default: str) -> str:
        self._known.add(name)
        value = self._source.get(name)
        return default if value is None or not value.strip() else value


def wrong(name: str, value: str, wanted: str) -> ImproperlyConfigured:
    """The error that every reader raises: which variable, what it holds, what it may hold."""
    return ImproperlyConfigured(f"{name}={value!r} is not {wanted}.")


def _within(name: str, number: N, least: N, most: N | None) -> N:
    if number < least or (most is not None and number > most):
        bounds = f"at least {least}" if most is None else f"between {least} and {most}"
        raise wrong(name, str(number), bounds)
    return number


env = Environment()
