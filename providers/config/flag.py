"""LOVABLE_FALLBACK_CHAIN of seeds 001: the environment before the installation's file before the workspace."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings as django_settings

from providers.config import file
from providers.config.settings import LovablePatterns, Settings, flag_of


@dataclass(frozen=True)
class Fallback:
    """Off: only the first enabled provider of a chain is asked, then the emergency one. `said_by` is `environment`,
    `file`, `workspace` or `default`."""

    on: bool
    said_by: str


def fallback(settings: Settings, lovable: LovablePatterns) -> Fallback:
    """What holds for a workspace with these settings."""
    return resolve(
        environment=django_settings.LOVABLE_FALLBACK_CHAIN,
        in_file=file.said_by_file(),
        in_workspace=flag_of(settings, lovable),
    )


def resolve(*, environment: bool | None, in_file: bool | None, in_workspace: bool | None) -> Fallback:
    """The first that says anything; on where nobody does."""
    for on, said_by in ((environment, "environment"), (in_file, "file"), (in_workspace, "workspace")):
        if on is not None:
            return Fallback(on, said_by)
    return Fallback(on=True, said_by="default")
