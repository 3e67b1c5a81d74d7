"""All findings, in the order in which a person would mend things."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping

from django.conf import settings

from autodev.doctor import agents, programs, providers, services
from autodev.doctor.finding import Finding, bad, good, weak
from autodev.settings import environment

# Read where no settings are: by the command line, tests and fault drills.
ELSEWHERE = frozenset(
    {"AUTODEV_TEST_RUN", "AUTODEV_FAILPOINTS", "AUTODEV_FAILPOINTS_SEED", "AUTODEV_SERVER", "AUTODEV_TOKEN"}
)


def examine() -> list[Finding]:
    """Django is set up. Takes a few seconds: the sandbox proves itself by running something."""
    data = settings.AUTODEV_DATA
    parts: list[tuple[str, Callable[[], Finding]]] = [
        ("sandbox", services.sandbox),
        ("database", services.database),
        ("redis", services.broker),
        ("keys", lambda: services.keys(data)),
        ("disk", lambda: services.disk(data)),
        ("package index", services.package_index),
        ("models", providers.models),
        ("models.yaml", providers.models_file),
        *agents.parts(),
    ]
    return [variables(os.environ), *programs.programs(), *(_guarded(part, look) for part, look in parts)]


def variables(environ: Mapping[str, str]) -> Finding:
    """Whether a variable that begins with AUTODEV_ is one that is read."""
    names = environment.known | ELSEWHERE
    strange = sorted(name for name in environ if name.startswith("AUTODEV_") and name not in names)
    if not strange:
        return good("settings", f"{settings.AUTODEV_MODE}, data in {settings.AUTODEV_DATA}")
    near = difflib.get_close_matches(strange[0], names, n=1)
    remedy = f"Did you mean {near[0]}?" if near else "See docs/configuration.md for the names."
    return weak("settings", f"unknown: {', '.join(strange)}", remedy)


def _guarded(part: str, look: Callable[[], Finding]) -> Finding:
    """One part that fails in an unforeseen way must not hide the others."""
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - it is reported as this part's failure
        return bad(part, f"{type(error).__name__}: {error}", "This was not foreseen; please report it with this text.")
