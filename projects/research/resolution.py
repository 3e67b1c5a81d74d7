"""A resolved set of packages and the text of its lock."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from projects.research.errors import RefusedRequirement

_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """`pins`: each requirement as it was named (`psycopg[binary]`, without its range) → version. `packages`: the whole
    set, canonical name → version. `lock`: hashed requirements that name no index and no host. `source`: who chose, the
    registry now, a kept answer or the curated lock; `resolved_at` when. `released`: canonical name → date."""

    pins: Mapping[str, str]
    packages: Mapping[str, str]
    lock: str
    source: Literal["registry", "cache", "curated"]
    resolved_at: dt.datetime
    released: Mapping[str, dt.datetime] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def sources(self) -> dict[str, str]:
        """Pin → source and date, as the manifest of a build records it."""
        return dict.fromkeys(self.pins, f"{self.source} {self.resolved_at:%Y-%m-%d}")


def parse_requirements(lines: Iterable[str]) -> list[Requirement]:
    """Requirements in order, one a line. Raises RefusedRequirement for what is not a plain name with a range."""
    parsed: list[Requirement] = []
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement as error:
            raise RefusedRequirement(f"not a requirement: {line!r}") from error
        if requirement.url is not None:
            raise RefusedRequirement(f"{requirement.name} names a place instead of the index")
        parsed.append(requirement)
    return parsed


def label(requirement: Requirement) -> str:
    """The name as a manifest writes it, with extras and without the range."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return requirement.name + extras


def read_pylock(text: str) -> tuple[str, dict[str, str], dict[str, dt.datetime]]:
    """(lock, packages, released) of a pylock.toml (PEP 751). Only names, versions, markers and wheel hashes stay."""
    lines: list[str] = []
    packages: dict[str, str] = {}
    released: dict[str, dt.datetime] = {}
    for entry in sorted(tomllib.loads(text)["packages"], key=lambda e: (e["name"], e["version"])):
        name, version = canonicalize_name(entry["name"]), str(entry["version"])
        packages[name] = version
        files = entry.get("wheels", [])
        moments = [f["upload-time"] for f in files if isinstance(f.get("upload-time"), dt.datetime)]
        if moments:
            released[name] = min(moments)
        lines.append(_lock_entry(name, version, str(entry.get("marker", "")), files))
    return "".join(lines), packages, released


def _lock_entry(name: str, version: str, marker: str, files: Iterable[Mapping[str, Any]]) -> str:
    hashes = sorted({str(f["hashes"]["sha256"]) for f in files})
    head = f"{name}=={version}" + (f" ; {marker}" if marker else "")
    return " \\\n    ".join([head, *(f"--hash=sha256:{h}" for h in hashes)]) + "\n"


def read_lock(lock: str) -> dict[str, str]:
    """Canonical name → version of a lock's text."""
    return {str(canonicalize_name(name)): version for name, version in _PINNED.findall(lock)}
