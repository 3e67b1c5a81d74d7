"""Drives a build to its end with the engine in this process. Imported only after `autodev.coder.local.set_up()`."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from autodev.coder.config import CoderConfig
from autodev.coder.local import local_owner
from autodev.coder.result import build_result
from autodev.coder.steer import BuildNotFound, find
from autodev.coder.types import BuildRequest, BuildResult, Problem, Progress
from autodev.contracts.options import read_options
from autodev.lib.db import own_connections
from autodev.lib.errors import DomainError
from projects import repository, review
from projects.engine import doorbell
from projects.engine.worker import Engine
from projects.models import Build
from projects.services.cancel import cancel_build
from projects.services.pause import resume_build
from projects.services.start import start_build
from projects.states import BuildState
from providers.kinds.programs import checkpoints

LOOK_EVERY_S = 0.2


class EngineStuck(DomainError):
    code = "engine_stuck"
    hint = "`autodev resume` goes on from its last step."


def drive(
    request: BuildRequest | None,
    config: CoderConfig,
    *,
    build_id: uuid.UUID | None,
    output_path: Path | None,
    told: Callable[[Progress], None],
    cancel: threading.Event,
    first: Callable[[uuid.UUID], None] | None = None,
    make: Callable[[CoderConfig], uuid.UUID] | None = None,
) -> BuildResult:
    """The result of the build; `told` gets its progress, the last with the result. Only this build's tasks are run, by
    as many slots as `orchestration.parallel_tasks` says. `first` is done with a build that is there before it goes on;
    `make` queues one. Raises BuildNotFound, EngineStuck and what a start, `first` or `make` raises."""
    with own_connections():
        if build_id is not None and first is not None:
            first(build_id)
        if make is not None:
            build_id = make(config)
        build_id = _begin(request, config) if build_id is None else _go_on(build_id)
        stuck = threading.Event()
        engine = Engine(slots=config.orchestration.parallel_tasks, build_id=build_id, on_stuck=stuck.set)
        engine.start()
        try:
            with checkpoints.each(config.orchestration.checkpoint_interval):
                build = _follow(build_id, told if config.orchestration.progress_reporting else _quiet, cancel, stuck)
        finally:
            engine.stop()
        result = _delivered(build, output_path or _free_path(build))
        told(_progress(build, result))
        return result


def _begin(request: BuildRequest | None, config: CoderConfig) -> uuid.UUID:
    if request is None:
        raise BuildNotFound("There is nothing to build.")
    workspace, user = local_owner()
    options = config.build_options()
    if request.blueprint:
        options["blueprint"] = request.blueprint
    if request.review_spec:
        options[review.OPTION] = True
    if request.patience_s is not None:
        options = {**options, **read_options({"patience_s": request.patience_s})}
    if request.output_path:
        options["output_path"] = str(request.output_path.resolve())
    build = start_build(
        workspace=workspace,
        user=user,
        idea=request.description,
        constraints=request.constraints or {},
        preferences=request.preferences or {},
        options=options,
        deadline=request.deadline,
        budget=request.budget_usd,
    )
    return build.pk


def _go_on(build_id: uuid.UUID) -> uuid.UUID:
    build = find(build_id)
    if build.state == BuildState.PAUSED:
        resume_build(build=build, user=build.created_by)
    return build_id


def _follow(
    build_id: uuid.UUID, told: Callable[[Progress], None], cancel: threading.Event, stuck: threading.Event
) -> Build:
    seen: tuple[object, ...] = ()
    asked = False
    while True:
        rings = doorbell.here.rings
        build = Build.objects.select_related("project", "created_by").get(pk=build_id)
        if build.is_final:
            return build
        now = (build.progress, build.phase, build.current_task, build.state)
        if now != seen:
            seen = now
            told(_progress(build, None))
        if cancel.is_set() and not asked:
            asked = True
            cancel_build(build=build, user=build.created_by)
        if stuck.is_set():
            raise EngineStuck(f"A task of build {build_id} did not stop when it was told to.")
        doorbell.here.wait(rings, timeout_s=LOOK_EVERY_S)


def _quiet(_progress: Progress) -> None:
    """For `progress_reporting: false`."""


def _delivered(build: Build, path: Path) -> BuildResult:
    """The result, with the repository at `path` where something was made. A folder that cannot be written to takes
    nothing
    from the build: the repository is kept, and a warning says how to get it."""
    if not build.head:
        return build_result(build, None)
    try:
        repository.clone_out(project_id=build.project_id, commit=build.head, directory=path)
    except (DomainError, OSError) as error:
        hint = f"`autodev resume {build.pk} --out DIR` delivers it elsewhere."
        result = build_result(build, None)
        return replace(
            result, warnings=[*result.warnings, Problem(code="not_delivered", message=str(error), hint=hint)]
        )
    return build_result(build, path)


def _free_path(build: Build) -> Path:
    """Where the build was asked to go, else a folder of the product's name that is still free."""
    if asked := build.options.get("output_path"):
        return Path(asked)
    name = str((build.spec or {}).get("name", "project")).replace("_", "-")
    candidates = (Path.cwd() / (name if n == 1 else f"{name}-{n}") for n in itertools.count(1))
    return next(path for path in candidates if not path.exists())


def _progress(build: Build, result: BuildResult | None) -> Progress:
    return Progress(
        build_id=str(build.pk),
        percentage=build.progress,
        phase=build.phase,
        current_task=build.current_task,
        state=build.state,
        result=result,
        awaiting_approval=build.current_task == review.REASON and not build.is_final,
    )
