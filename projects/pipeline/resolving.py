"""A set of requirements resolved to versions of today, as a stack holds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from projects.engine.context import TaskContext
from projects.engine.outcome import WorkFailed
from projects.research.errors import RegistryUnreachable, ResearchError, ResolverMissing
from projects.research.options import ResearchOptions
from projects.research.resolver import resolve


def resolved(ctx: TaskContext, wanted: Sequence[str], *, python: str, options: ResearchOptions) -> dict[str, Any]:
    """Raises RegistryUnreachable for an outage that nothing stands in for, WorkFailed for what no versions satisfy."""
    try:
        found = resolve(list(wanted), python=python, options=options, cancel=ctx.cancel)
    except ResearchError as error:
        if isinstance(error, RegistryUnreachable) and not isinstance(error, ResolverMissing):
            raise
        raise WorkFailed(str(error), kind="tool", fingerprint=f"research:{type(error).__name__}") from error
    return {
        "pins": dict(found.pins),
        "packages": dict(found.packages),
        "lock": found.lock,
        "source": found.source,
        "resolved_at": found.resolved_at.isoformat(),
        "released": {name: moment.date().isoformat() for name, moment in found.released.items()},
        "warnings": list(found.warnings),
    }
