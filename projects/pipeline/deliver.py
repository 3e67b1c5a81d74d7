"""Phase 7: the gate says what the build is, and the result is packed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings

from autodev.sandbox import Isolation
from projects.checks.gate import Verdict
from projects.checks.gate_rows import verdict
from projects.engine.context import TaskContext
from projects.engine.outcome import Outcome, Succeeded
from projects.models import Artifact, Build, BuildOrigin, Task
from projects.pipeline.beside import LEFT_OUT
from projects.pipeline.blame import before_the_change
from projects.repository.repository import repository_of
from projects.selectors.artifacts import evidence_bytes, evidence_name
from projects.services.mainline import begin_main_line
from projects.states import TASK_BROKEN, Phase


def run(ctx: TaskContext) -> Outcome:
    """Packs the zip and the evidence, and asks the gate. Its verdict ends the build, a failed one too: asking again
    changes nothing."""
    build = ctx.build
    ctx.progress(10, "Asking the gate")
    min_level = Isolation[settings.SANDBOX_MIN_LEVEL]
    word = verdict(build, min_level=min_level)
    broken = _broken(build)
    outcome = "degraded" if broken and word.outcome == "succeeded" else word.outcome
    _pack(ctx, build)
    if outcome != "failed" and build.origin != BuildOrigin.CHANGE:
        ctx.write(lambda: begin_main_line(build))
    return Succeeded(
        result={"verdict": outcome, "missing": list(word.missing)},
        build_updates={
            "verdict": outcome,
            "degraded": [*word.degraded, *broken],
            "warnings": [*before_the_change(build, word, min_level=min_level), *_notes(word, build)],
            "metrics": {**build.metrics, "phase_s": phase_seconds(build)},
        },
        merge=False,
    )


def _broken(build: Build) -> list[str]:
    """A sentence for each task that failed and that the build went on without: green checks do not make it done."""
    tasks = Task.objects.filter(build=build, state__in=TASK_BROKEN, critical=False)
    return [f"{title}: {_first_line(error)}" for title, error in tasks.values_list("title", "last_error")]


def _left_out(build: Build) -> list[str]:
    """A sentence for each task whose work was left out, although nothing that was asked for is missing."""
    tasks = Task.objects.filter(build=build, kind__in=("test", "document")).values_list("title", "result")
    return [f"{title}: left out, wholly or in part, as {said[LEFT_OUT]}." for title, said in tasks if LEFT_OUT in said]


def _first_line(error: str) -> str:
    return next(iter(error.strip().splitlines()), "failed")[:300]


def _notes(word: Verdict, build: Build) -> list[str]:
    notes = [*word.warnings, *_left_out(build)]
    if build.sandbox_level and Isolation[build.sandbox_level.upper()] < Isolation.PROCESS:
        notes.append(f"The checks ran at isolation {build.sandbox_level}; `autodev doctor` says what is missing.")
    return notes


def phase_seconds(build: Build) -> dict[str, float]:
    """Seconds of wall time by phase, from the first start to the last end of its tasks; the running one is left out."""
    spans: dict[str, list[Any]] = {}
    for phase, begun, ended in Task.objects.filter(build=build).values_list("phase", "started_at", "finished_at"):
        if begun and ended:
            low, high = spans.get(phase, (begun, ended))
            spans[phase] = [min(low, begun), max(high, ended)]
    return {phase: round((spans[phase][1] - spans[phase][0]).total_seconds(), 2) for phase in Phase if phase in spans}


def _pack(ctx: TaskContext, build: Build) -> None:
    """The zip of the head and the evidence as JSON, each an Artifact of that commit."""
    folder = Path(settings.AUTODEV_DATA) / "artifacts" / str(build.pk)
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{build.project.slug}-{build.number}-{build.head[:12]}.zip"
    repository_of(build.project_id).zip(build.head, archive, prefix=build.project.slug)
    evidence = folder / evidence_name(build)
    evidence.write_bytes(evidence_bytes(build))
    ctx.write(lambda: _record(build, [("zip", archive), ("evidence", evidence)]))


def _record(build: Build, files: list[tuple[str, Path]]) -> None:
    data = Path(settings.AUTODEV_DATA)
    for kind, path in files:
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        Artifact.objects.update_or_create(
            build=build,
            kind=kind,
            commit=build.head,
            defaults={
                "name": path.name, "path": str(path.relative_to(data)), "sha256": sha256, "size": path.stat().st_size,
            },
        )  # fmt: skip
