"""What is known of the packages that a product asks for: today's version, dates, deprecations, good practice."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from projects.research.errors import ResearchError
from projects.research.options import ResearchOptions
from projects.research.technology import TechInfo, research_technologies

# For the first build of a day; then the answers are kept and cost one query.
AT_MOST_S = 5.0
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Technologies:
    """`facts` one entry a package, as JSON; `warnings` sentences for a person."""

    facts: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def look_up(
    pins: Mapping[str, str], *, python: str, options: ResearchOptions, released: Mapping[str, str]
) -> Technologies:
    """The facts about the pinned packages (`psycopg[binary]` → version); `released` is canonical name → date of the
    pinned version. Never raises for what a registry does: an answer that is missing is a warning."""
    named = {str(canonicalize_name(Requirement(label).name)): version for label, version in pins.items()}
    quick = ResearchOptions(cache_ttl=options.cache_ttl, max_retries=0, timeout=min(options.timeout, AT_MOST_S))
    try:
        found = research_technologies(named, python=python, options=quick, at_most_s=AT_MOST_S)
    except ResearchError as error:
        log.warning("technologies_unknown", extra={"error": str(error)})
        return Technologies(warnings=[f"Nothing could be learned about the packages today: {error}"])
    facts = [_fact(info, named[name], released.get(name)) for name, info in found.items()]
    return Technologies(facts=facts, warnings=[w for name, info in found.items() for w in _warnings(info, named[name])])


def _fact(info: TechInfo, pinned: str, released: str | None) -> dict[str, Any]:
    return {
        "name": info.name,
        "pinned": pinned,
        "released": released,
        "current": info.version,
        "current_released": info.release_date.date().isoformat() if info.release_date else None,
        "deprecations": info.deprecations,
        "best_practices": info.best_practices,
        "compatibility": info.compatibility,
        "documentation_url": info.documentation_url,
        "source": info.source,
        "checked_at": info.checked_at.isoformat(),
    }


def _warnings(info: TechInfo, pinned: str) -> list[str]:
    said = []
    if info.deprecated:
        said.append(f"{info.name} is marked as archived or deprecated on the index.")
    if pinned in info.yanked:
        said.append(f"{info.name} {pinned} was taken back by its authors; resolve the versions anew.")
    return said
