"""One build run by the engine in this process, on a thread of its own, so that it works under any event loop.

Imported only after `autodev.coder.local.set_up()`.
"""

from __future__ import annotations

import itertools
import queue
import threading
import time
import uuid
from pathlib import Path

from autodev.coder.config import CoderConfig
from autodev.coder.local import local_owner
from autodev.coder.result import build_result, deliver_to
from autodev.coder.types import BuildRequest, BuildResult, Progress
from autodev.lib.errors import DomainError
from projects.engine.worker import Engine
from projects.models import Build
from projects.services.cancel import cancel_build
from projects.services.pause import resume_build
from projects.services.start import start_build
from projects.states import BuildState

POLL_S = 0.2


class BuildNotFound(DomainError):
    code = "build_not_found"
    hint = "`autodev builds` lists those of this machine."


class LocalRun(threading.Thread):
    """Starts the build of `request`, or goes on with `build_id`, and drives it to its end."""

    def __init__(self, request: BuildRequest | None, config: CoderConfig, *, build_id: uuid.UUID | None = None) -> None:
        super().__init__(name="autodev-build", daemon=True)
        self._request = request
        self._config = config
        self._build_id = build_id
        self._queue: queue.Queue[Progress | None] = queue.Queue()
        self._cancel = threading.Event()
        self._result: BuildResult | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._result = self._drive()
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread by result()
            self._error = error
        finally:
            self._queue.put(None)

    def next(self) -> Progress | None:
        """The next Progress; None after the last. Waits in short slices, so that Ctrl-C is heard."""
        while True:
            try:
                return self._queue.get(timeout=POLL_S)
            except queue.Empty:
                continue

    def cancel(self) -> None:
        """Asks for the end; `finish` waits for it."""
        self._cancel.set()

    def finish(self) -> None:
        """Waits until the build has ended and everything it started is gone."""
        self.join()

    def result(self) -> BuildResult:
        """The result. Raises what the build raised before it could start."""
        self.join()
        if self._error is not None:
            raise self._error
        if self._result is None:
            raise RuntimeError("the build ended without a result")
        return self._result

    def _drive(self) -> BuildResult:
        build_id = self._begin() if self._build_id is None else _go_on(self._build_id)
        engine = Engine(slots=self._config.orchestration.parallel_tasks)
        engine.start()
        try:
            build = self._follow(build_id)
        finally:
            engine.stop()
        path = deliver_to(build, self._output_path(build))
        result = build_result(build, path)
        self._queue.put(_progress(build, result))
        return result

    def _begin(self) -> uuid.UUID:
        request = self._request
        if request is None:
            raise RuntimeError("nothing to build")
        workspace, user = local_owner()
        options = self._config.build_options()
        if request.blueprint:
            options["blueprint"] = request.blueprint
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

    def _follow(self, build_id: uuid.UUID) -> Build:
        seen: tuple[object, ...] = ()
        asked = False
        while True:
            build = Build.objects.select_related("project", "created_by").get(pk=build_id)
            now = (build.progress, build.phase, build.current_task, build.state)
            if build.is_final:
                return build
            if now != seen and self._config.orchestration.progress_reporting:
                seen = now
                self._queue.put(_progress(build, None))
            if self._cancel.is_set() and not asked:
                asked = True
                cancel_build(build=build, user=build.created_by)
            time.sleep(POLL_S)

    def _output_path(self, build: Build) -> Path:
        """Where the user asked for it, else a folder of the product's name that is still free."""
        asked = self._request.output_path if self._request is not None else build.options.get("output_path")
        if asked:
            return Path(asked)
        name = str((build.spec or {}).get("name", "project")).replace("_", "-")
        candidates = (Path.cwd() / (name if n == 1 else f"{name}-{n}") for n in itertools.count(1))
        return next(path for path in candidates if not path.exists())


def _go_on(build_id: uuid.UUID) -> uuid.UUID:
    build = Build.objects.filter(pk=build_id).select_related("created_by").first()
    if build is None:
        raise BuildNotFound(f"There is no build {build_id} here.")
    if build.state == BuildState.PAUSED:
        resume_build(build=build, user=build.created_by)
    return build_id


def _progress(build: Build, result: BuildResult | None) -> Progress:
    return Progress(
        build_id=str(build.pk),
        percentage=build.progress,
        phase=build.phase,
        current_task=build.current_task,
        state=build.state,
        result=result,
    )
