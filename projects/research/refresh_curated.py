"""`python -m projects.research.refresh_curated`: resolve every blueprint's requirements now and ship the answer."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import yaml

from autodev.blueprints.manifest import Manifest
from projects.research import curated, simple_api
from projects.research.options import ResearchOptions
from projects.research.resolution import parse_requirements
from projects.research.resolver import lower_bound, resolve


def requirement_sets(manifest: Manifest) -> Iterator[list[str]]:
    """The sets that a build of this blueprint may ask for: without a database choice, and with each."""
    common = [*manifest.requirements.runtime, *manifest.requirements.dev]
    if common:
        yield common
    for extra in manifest.requirements.by_database.values():
        if extra:
            yield [*common, *extra]


def refresh(manifests: list[Manifest], *, folder: Path, now: dt.datetime) -> int:
    """Write `curated.yaml` and the locks below `folder`; the number of locks. Raises what `resolve` raises."""
    (folder / "curated").mkdir(parents=True, exist_ok=True)
    packages: dict[str, str] = {}
    locks: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as empty:
        for manifest in manifests:
            for wanted in requirement_sets(manifest):
                found = resolve(wanted, python=manifest.python, now=now, cache=Path(empty))
                if found.source != "registry":
                    raise RuntimeError(f"{manifest.name}: the registry did not answer: {found.warnings}")
                names = (str(r) for r in parse_requirements(wanted))
                locks[curated.set_digest(names, lower_bound(manifest.python))] = found.lock
                packages |= found.packages
    for old in (folder / "curated").glob("*.lock"):
        if old.stem not in locks:
            old.unlink()
    for digest, lock in locks.items():
        (folder / "curated" / f"{digest}.lock").write_text(lock, encoding="utf-8")
    entries = _entries(packages)
    text = yaml.safe_dump({"date": now.isoformat(), "packages": entries}, sort_keys=True)
    (folder / "curated.yaml").write_text(text, encoding="utf-8")
    return len(locks)


def _entries(packages: dict[str, str]) -> dict[str, dict[str, object]]:
    entries: dict[str, dict[str, object]] = {}
    with httpx.Client(timeout=ResearchOptions().timeout) as client:
        for name, version in sorted(packages.items()):
            page = simple_api.fetch(client, name, retries=2)
            release = next(r for r in page.releases if str(r.version) == version)
            entries[name] = {"version": version, "requires_python": release.requires_python}
            if release.released_at:
                entries[name]["released_at"] = release.released_at.isoformat()
            if page.status == "deprecated":
                entries[name]["deprecated"] = True
    return entries


if __name__ == "__main__":
    from autodev.blueprints.registry import all_blueprints

    refresh([b.manifest for b in all_blueprints()], folder=curated.HERE, now=dt.datetime.now(tz=dt.UTC))
