"""The current version of a package: from the registry, the database's cache or the curated file; it says which."""

from __future__ import annotations

import datetime as dt
import math
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import httpx
from packaging.utils import canonicalize_name

from autodev.lib.clock import utcnow
from autodev.lib.db import write
from projects.models import PackageVersion
from projects.research import curated, simple_api
from projects.research.errors import RegistryUnreachable, UnknownPackage
from projects.research.options import ResearchOptions

Source = Literal["registry", "cache", "curated"]
_AT_ONCE = 6
_UNFIT = frozenset({"archived", "deprecated", "quarantined"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageInfo:
    """`checked_at` is when the registry said so; `stale` marks an answer past its time, used for want of a better.
    `yanked` are the versions that their authors took back."""

    name: str
    version: str
    released_at: dt.datetime | None
    requires_python: str
    deprecated: bool
    source: Source
    checked_at: dt.datetime
    stale: bool = False
    yanked: tuple[str, ...] = ()


def current_versions(
    names: Iterable[str],
    *,
    python: str = "3.11",
    options: ResearchOptions | None = None,
    now: dt.datetime | None = None,
    client: httpx.Client | None = None,
    at_most_s: float = math.inf,
) -> dict[str, PackageInfo]:
    """Canonical name → what is current for that Python. A name that neither registry, cache nor curated file knows is
    left out. One query where all is cached. After `at_most_s` no further question is put to the registry."""
    options = options or ResearchOptions()
    now = now or utcnow()
    wanted: list[str] = sorted({canonicalize_name(n) for n in names})
    rows = {r.name: r for r in PackageVersion.objects.filter(ecosystem="python", name__in=wanted)}
    found: dict[str, PackageInfo] = {}
    ask: list[str] = []
    for name in wanted:
        row = rows.get(name)
        if row and (now - row.checked_at).total_seconds() < options.cache_ttl and _serves(row, python):
            found[name] = _from_row(row)
        else:
            ask.append(name)
    answers = _ask(ask, python=python, options=options, now=now, client=client, at_most_s=at_most_s)
    _remember(answers, python)
    for name in ask:
        info = answers.get(name) or _fallback(name, rows.get(name), python)
        if info:
            found[name] = info
    return dict(sorted(found.items()))


def current_version(name: str, *, python: str = "3.11", options: ResearchOptions | None = None) -> PackageInfo:
    """One package. Raises UnknownPackage when nobody knows it."""
    found = current_versions([name], python=python, options=options)
    if not found:
        raise UnknownPackage(f"neither the registry nor the curated file knows {name!r}")
    return next(iter(found.values()))


def _ask(
    names: list[str],
    *,
    python: str,
    options: ResearchOptions,
    now: dt.datetime,
    client: httpx.Client | None,
    at_most_s: float,
) -> dict[str, PackageInfo]:
    """What the registry answers now; names without an answer are missing. An unreachable registry ends the asking."""
    if not names:
        return {}
    found: dict[str, PackageInfo] = {}
    end = time.monotonic() + at_most_s
    own = client or httpx.Client(timeout=options.timeout)

    def one(name: str, retries: int) -> None:
        if time.monotonic() > end:
            return
        try:
            page = simple_api.fetch(own, name, retries=retries)
        except UnknownPackage:
            return
        newest = page.newest(python=python)
        if newest is not None:
            found[name] = PackageInfo(
                name=name, version=str(newest.version), released_at=newest.released_at,
                requires_python=newest.requires_python, deprecated=page.status in _UNFIT, source="registry",
                checked_at=now, yanked=tuple(str(r.version) for r in page.releases if r.yanked),
            )  # fmt: skip

    try:
        # The first alone: with the registry away, one time-out is enough to know.
        one(names[0], options.max_retries)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for future in [pool.submit(one, name, options.max_retries) for name in names[1:]]:
                future.result()
    except RegistryUnreachable:
        return found
    finally:
        if client is None:
            own.close()
    return found


def _remember(answers: Mapping[str, PackageInfo], python: str) -> None:
    if not answers:
        return
    rows = [
        PackageVersion(
            ecosystem="python", name=i.name, version=i.version, released_at=i.released_at,
            requires_python=i.requires_python[:60], deprecated=i.deprecated, source="registry",
            checked_at=i.checked_at, details={"python": python, "yanked": list(i.yanked)},
        )
        for i in answers.values()
    ]  # fmt: skip
    write(
        lambda: PackageVersion.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["ecosystem", "name"],
            update_fields=[
                "version", "released_at", "requires_python", "deprecated", "source", "checked_at", "details",
            ],
        )
    )  # fmt: skip


def _serves(row: PackageVersion, python: str) -> bool:
    """A row made for another Python may hold a version that does not run on this one."""
    return bool(row.details.get("python") == python)


def _from_row(row: PackageVersion, *, stale: bool = False) -> PackageInfo:
    return PackageInfo(
        name=row.name, version=row.version, released_at=row.released_at, requires_python=row.requires_python,
        deprecated=row.deprecated, source="cache", checked_at=row.checked_at, stale=stale,
        yanked=tuple(row.details.get("yanked", ())),
    )  # fmt: skip


def _fallback(name: str, row: PackageVersion | None, python: str) -> PackageInfo | None:
    if row is not None and _serves(row, python):
        return _from_row(row, stale=True)
    shipped = curated.load()
    package = shipped.packages.get(name)
    if package is None:
        return None
    return PackageInfo(
        name=name, version=package.version, released_at=package.released_at, requires_python=package.requires_python,
        deprecated=package.deprecated, source="curated", checked_at=shipped.date, stale=True,
    )  # fmt: skip
