"""TechInfo: what is known of a technology: its version and date today, and curated facts."""

from __future__ import annotations

import datetime as dt
import functools
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from projects.research.options import ResearchOptions
from projects.research.versions import PackageInfo, current_versions

FILE = Path(__file__).with_name("knowledge.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class TechInfo:
    """`compatibility`: other technology → what to know, `python` included. `source` and `checked_at`: who told the
    version, and when. `deprecated`: the index says so of the whole project; `yanked`: versions taken back."""

    name: str
    version: str
    release_date: dt.datetime | None
    deprecations: list[str]
    best_practices: list[str]
    compatibility: dict[str, str]
    documentation_url: str
    source: str
    checked_at: dt.datetime
    deprecated: bool = False
    yanked: tuple[str, ...] = ()


@functools.cache
def knowledge() -> dict[str, dict[str, Any]]:
    """Canonical name → curated facts."""
    data: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return data


def research_technologies(
    names: Iterable[str],
    *,
    python: str = "3.11",
    options: ResearchOptions | None = None,
    at_most_s: float = math.inf,
) -> dict[str, TechInfo]:
    """Canonical name → what is known; a package that nobody knows is left out. `at_most_s` bounds the asking."""
    found = current_versions(names, python=python, options=options, at_most_s=at_most_s)
    return {name: describe(info) for name, info in found.items()}


def describe(info: PackageInfo) -> TechInfo:
    """The curated facts joined to what the registry said."""
    facts: Mapping[str, Any] = knowledge().get(canonicalize_name(info.name), {})
    compatibility = dict(facts.get("compatibility", {}))
    if info.requires_python:
        compatibility.setdefault("python", f"Python {info.requires_python}")
    deprecations = list(facts.get("deprecations", []))
    if info.deprecated:
        deprecations.insert(0, f"{info.name} is marked as archived or deprecated on the index.")
    return TechInfo(
        name=info.name, version=info.version, release_date=info.released_at, deprecations=deprecations,
        best_practices=list(facts.get("best_practices", [])), compatibility=compatibility,
        documentation_url=str(facts.get("documentation_url", "")), source=info.source, checked_at=info.checked_at,
        deprecated=info.deprecated, yanked=info.yanked,
    )  # fmt: skip


def incompatible(infos: Iterable[PackageInfo], *, python: str) -> list[str]:
    """Sentences about packages whose current version does not run on that Python (`3.11`)."""
    sentences = []
    for info in infos:
        try:
            fits = not info.requires_python or SpecifierSet(info.requires_python).contains(python)
        except InvalidSpecifier:
            continue
        if not fits:
            sentences.append(f"{info.name} {info.version} needs Python {info.requires_python}, not {python}.")
    return sentences
