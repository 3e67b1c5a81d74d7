"""Chooses a compatible set of versions: "latest" of each package is not a set that fits together, the resolver's is.

uv resolves for every platform at once, from wheels only, so that nothing is built or run. An answer is kept on disk by
the set of requirements; without a registry an older answer serves, else the shipped lock of the set. Either says so.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import tempfile
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from autodev.lib.clock import utcnow
from projects.research import curated
from projects.research.errors import RegistryUnreachable
from projects.research.options import ResearchOptions, cache_dir
from projects.research.resolution import Resolution, label, parse_requirements, read_lock, read_pylock
from projects.research.uv import compile_requirements

_LOWER = re.compile(r"(\d+\.\d+)")


def resolve(
    requirements: Sequence[str],
    *,
    python: str = ">=3.11",
    options: ResearchOptions | None = None,
    now: dt.datetime | None = None,
    cache: Path | None = None,
    cancel: threading.Event | None = None,
) -> Resolution:
    """A compatible set for that Python and every newer one.

    python: the lower bound, `3.11` or `>=3.11`. cache: the folder of kept answers. cancel: ends the asking (Cancelled).
    Raises ResolutionConflict, RefusedRequirement, or RegistryUnreachable where no kept answer stands in.
    """
    options = options or ResearchOptions()
    now = now or utcnow()
    asked = parse_requirements(requirements)
    version = lower_bound(python)
    digest = curated.set_digest((str(r) for r in asked), version)
    file = (cache or cache_dir()) / f"{digest}.json"
    kept = _read(file, asked)
    if kept and (now - kept.resolved_at).total_seconds() < options.cache_ttl:
        return kept
    try:
        fresh = _ask(asked, version, now, timeout_s=options.timeout * (1 + options.max_retries), cancel=cancel)
    except RegistryUnreachable as error:
        stand_in = _stale(kept, now) or _shipped(digest, asked)
        if stand_in is None:
            raise
        first = str(error).splitlines()[0]
        return _with_warning(stand_in, f"The package registry did not answer ({first}).")
    _write(file, fresh)
    return fresh


def lower_bound(python: str) -> str:
    """`3.11` of `>=3.11,<4`. Raises ValueError."""
    match = _LOWER.search(python)
    if match is None:
        raise ValueError(f"not a Python version: {python!r}")
    return match[1]


def _ask(
    asked: Sequence[Requirement], python: str, now: dt.datetime, *, timeout_s: float, cancel: threading.Event | None
) -> Resolution:
    arguments = ["--format", "pylock.toml", "--universal", "--no-header", "--python-version", python]
    text = compile_requirements(arguments, [str(r) for r in asked], timeout_s=timeout_s, cancel=cancel)
    lock, packages, released = read_pylock(text)
    return Resolution(
        pins=_pins(asked, packages), packages=packages, lock=lock, source="registry", resolved_at=now, released=released
    )


def _pins(asked: Iterable[Requirement], packages: Mapping[str, str]) -> dict[str, str]:
    """A requirement whose marker holds nowhere here is in no set, and is left out."""
    return {label(r): packages[name] for r in asked if (name := canonicalize_name(r.name)) in packages}


def _stale(kept: Resolution | None, now: dt.datetime) -> Resolution | None:
    if kept is None:
        return None
    days = (now - kept.resolved_at).days
    return _with_warning(kept, f"The versions were resolved {days} days ago and may be out of date.")


def _shipped(digest: str, asked: Sequence[Requirement]) -> Resolution | None:
    lock = curated.lock_for(digest)
    if lock is None:
        return None
    shipped, packages = curated.load(), read_lock(lock)
    released = {n: p.released_at for n, p in shipped.packages.items() if n in packages and p.released_at}
    return Resolution(
        pins=_pins(asked, packages), packages=packages, lock=lock, source="curated", resolved_at=shipped.date,
        released=released, warnings=(f"The versions are those shipped on {shipped.date:%Y-%m-%d}.",),
    )  # fmt: skip


def _with_warning(resolution: Resolution, warning: str) -> Resolution:
    return Resolution(
        pins=resolution.pins, packages=resolution.packages, lock=resolution.lock, source=resolution.source,
        resolved_at=resolution.resolved_at, released=resolution.released, warnings=(*resolution.warnings, warning),
    )  # fmt: skip


def _read(file: Path, asked: Sequence[Requirement]) -> Resolution | None:
    """A kept answer; a file that cannot be read counts as none and is written anew."""
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        packages: dict[str, str] = data["packages"]
        return Resolution(
            pins=_pins(asked, packages), packages=packages, lock=data["lock"], source="cache",
            resolved_at=dt.datetime.fromisoformat(data["resolved_at"]),
            released={n: dt.datetime.fromisoformat(d) for n, d in data["released"].items()},
        )  # fmt: skip
    except (OSError, ValueError, KeyError):
        return None


def _write(file: Path, resolution: Resolution) -> None:
    """Whole or not at all: several workers may keep the same answer at once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    data = {
        "packages": dict(resolution.packages),
        "lock": resolution.lock,
        "resolved_at": resolution.resolved_at.isoformat(),
        "released": {name: moment.isoformat() for name, moment in resolution.released.items()},
    }
    with tempfile.NamedTemporaryFile("w", dir=file.parent, suffix=".part", delete=False, encoding="utf-8") as part:
        json.dump(data, part)
    os.replace(part.name, file)
