"""What is shipped for a machine without a registry: versions and locks of a real resolution, with its date.

`python -m projects.research.refresh_curated` makes `curated.yaml` and `curated/*.lock` anew.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

HERE = Path(__file__).parent
FILE = HERE / "curated.yaml"
LOCKS = HERE / "curated"


@dataclass(frozen=True, slots=True, kw_only=True)
class CuratedPackage:
    version: str
    released_at: dt.datetime | None = None
    requires_python: str = ""
    deprecated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Curated:
    """`date` is when the file was made; `packages` canonical name → package."""

    date: dt.datetime
    packages: dict[str, CuratedPackage] = field(default_factory=dict)


@functools.cache
def load(file: Path = FILE) -> Curated:
    """The shipped file."""
    data = yaml.safe_load(file.read_text(encoding="utf-8"))
    packages = {
        name: CuratedPackage(
            version=entry["version"],
            released_at=dt.datetime.fromisoformat(entry["released_at"]) if entry.get("released_at") else None,
            requires_python=entry.get("requires_python", ""),
            deprecated=entry.get("deprecated", False),
        )
        for name, entry in data["packages"].items()
    }
    return Curated(date=dt.datetime.fromisoformat(data["date"]), packages=packages)


def set_digest(requirements: Iterable[str], python: str) -> str:
    """What a set of requirements is known by: order and case do not matter. 16 hexadecimal digits."""
    text = "\n".join([python, *sorted({r.strip().lower() for r in requirements})])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def lock_for(digest: str, folder: Path = LOCKS) -> str | None:
    """The shipped lock of that set, if there is one."""
    path = folder / f"{digest}.lock"
    return path.read_text(encoding="utf-8") if path.is_file() else None
