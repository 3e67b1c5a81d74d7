"""Agent programs: whether they are installed in the version that goes with AutoDev, and start."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.db import Error

from autodev.doctor.finding import Finding, bad, good, weak
from autodev.lib.errors import DomainError
from autodev.programs import known, opencode
from autodev.programs.known import AgentProgram
from providers.models import Provider


def parts() -> list[tuple[str, Callable[[], Finding]]]:
    return [(agent.title, partial(look, agent)) for agent in known.AGENTS.values()]


def look(agent: AgentProgram) -> Finding:
    """Missing is a warning only where a provider of some workspace wants it; builds then go on with the others."""
    try:
        found = agent.find(known.home())
    except DomainError as error:
        if not _wanted(agent):
            return good(agent.title, f"not installed, and nobody uses it (autodev agents install {agent.name})")
        return weak(agent.title, f"{error.message} A provider of the kind {agent.kind} is passed over.", error.hint)
    if agent.name == opencode.NAME:
        said = opencode.ask(found.program)
        if said != found.version:
            hint = f"Install it again: rm -r {found.folder}; autodev agents install {agent.name}"
            return bad(agent.title, f"{found.program} does not start: {said}", hint)
    return good(agent.title, f"{found.version}, {found.program}")


def _wanted(agent: AgentProgram) -> bool:
    try:
        return Provider.objects.filter(kind=agent.kind, enabled=True).exists()
    except Error:
        return False  # the database's own line says what is wrong with it
