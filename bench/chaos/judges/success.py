"""Whether a build that says it succeeded did: its head is taken out of the repository and measured once more."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from autodev.blueprints import registry
from autodev.blueprints.manifest import Manifest
from autodev.sandbox import get_backend
from bench.chaos.judges.findings import Broken, Verdict
from bench.chaos.marks import WISH, expected_files
from projects.checks.acceptance.run import run_acceptance
from projects.checks.acceptance.types import FrozenCheck, Product
from projects.checks.gate_rows import verdict
from projects.checks.ladder import run_ladder
from projects.checks.layers import layers_of
from projects.models import Artifact, Build, CheckKind, Evidence, Task
from projects.pipeline.proof import frozen_checks
from projects.pipeline.rungs import ladder_of
from projects.repository.errors import RepositoryError
from projects.repository.repository import Repository, repository_of
from projects.states import BuildState

AT_ONCE = 2
GOOD = (BuildState.SUCCEEDED, BuildState.DEGRADED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """What a build says of itself, read from its rows. `passed`: the rungs and checks with green evidence at its head.
    `whole`: all of it is measured again, else the product's own tests."""

    build: str
    head: str
    repository: Repository
    manifest: Manifest
    options: Mapping[str, Any]
    lock: str
    passed: frozenset[str]
    frozen: Mapping[str, FrozenCheck] = field(default_factory=dict)
    succeeded: bool = True
    whole: bool = False


def false_success(*, whole: bool = True) -> Verdict:
    """Of all builds that ended well or degraded: rows agree with the gate, what was delivered is what the repository
    holds, and what was green is green again. `whole` measures also the acceptance checks, where there are some."""
    builds = list(Build.objects.filter(state__in=GOOD).select_related("project"))
    broken = [Broken("success", str(build.pk), what) for build in builds for what in _rows(build)]
    claims = [claimed for build in builds if (claimed := claim_of(build, whole=whole)) is not None]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for claimed, found in zip(claims, pool.map(measure_again, claims), strict=True):
            broken += [Broken("success", claimed.build, what) for what in found]
    return Verdict("success", "What says it succeeded did", len(builds), broken)


def _rows(build: Build) -> list[str]:
    """Without running anything."""
    repository = repository_of(build.project_id)
    wish = str(build.preferences.get(WISH) or "")
    if wish and not expected_files(wish):
        return []
    if not build.head or not repository.has(build.head):
        return [f"is {build.state} and its head {build.head[:12] or 'is empty'} is not in the repository"]
    if wish:
        missing = expected_files(wish) - set(repository.files(build.head))
        return [f"lacks {sorted(missing)}"] if missing else []
    said = verdict(build).outcome
    found = [] if said == build.state else [f"is {build.state} and the gate says {said} of its rows"]
    for artifact in Artifact.objects.filter(build=build, commit=build.head):
        path = Path(settings.AUTODEV_DATA) / artifact.path
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != artifact.sha256:
            found.append(f"{artifact.name} is not what was delivered")
    if not Artifact.objects.filter(build=build, commit=build.head, kind="zip").exists():
        found.append("delivered no zip of its head")
    return found


def claim_of(build: Build, *, whole: bool) -> Claimed | None:
    """None for the harness's own kind of work, whose files are looked at instead."""
    research = Task.objects.filter(build=build, key="research").first()
    if research is None or "blueprint" not in research.result or not build.head:
        return None
    rows = Evidence.objects.filter(check_row__build=build, commit=build.head).order_by("created_at", "id")
    newest = {(row.check_row.key, row.check_row.kind): row.result for row in rows.select_related("check_row")}
    hidden = registry.get(research.result["blueprint"]).manifest.hidden
    passed = frozenset(key for (key, _), result in newest.items() if result == "passed")
    frozen = frozen_checks(build.pk) if whole and not hidden else {}
    return Claimed(
        build=str(build.pk),
        head=build.head,
        repository=repository_of(build.project_id),
        manifest=registry.get(research.result["blueprint"]).manifest,
        options=dict(build.options),
        lock=str(research.result["lock"]),
        passed=passed if whole and not hidden else passed & {"tests"},
        frozen={key: check for key, check in frozen.items() if (key, CheckKind.ACCEPTANCE) in newest},
        succeeded=build.state == BuildState.SUCCEEDED,
        whole=whole and not hidden,
    )


def measure_again(claimed: Claimed) -> Sequence[str]:
    """What was green and is not. Touches no row."""
    backend = get_backend()
    layers = layers_of(backend)
    with tempfile.TemporaryDirectory(prefix="autodev-chaos-again-") as name:
        root = Path(name) / "product"
        try:
            claimed.repository.checkout(claimed.head, root)
        except RepositoryError as error:
            return [f"its head cannot be checked out: {error}"]
        lock = _lock(root) or claimed.lock
        rungs = ladder_of(claimed.manifest, claimed.options)
        report = run_ladder(
            root=root, manifest=claimed.manifest, lock=lock, backend=backend, layers=layers, rungs=rungs,
            only=None if claimed.whole else ["tests"],
        )  # fmt: skip
        again = {rung.key: rung.status for rung in report.rungs}
        if claimed.frozen:
            bound = {**layers.interpreter(), **layers.project(lock).ro_layers}
            product = Product(manifest=claimed.manifest, root=root, layers=bound)
            outcomes = run_acceptance(checks=list(claimed.frozen.values()), product=product, backend=backend)
            again |= dict(zip(claimed.frozen, (outcome.status for outcome in outcomes), strict=True))
    if claimed.succeeded and "tests" not in claimed.passed:
        return ["has no green evidence of its tests"]
    return [
        f"{key} was green and is {again[key]}" for key in sorted(claimed.passed) if again.get(key, "passed") != "passed"
    ]


def _lock(root: Path) -> str:
    file = root / "requirements.lock"
    return file.read_text() if file.is_file() and "==" in file.read_text() else ""
