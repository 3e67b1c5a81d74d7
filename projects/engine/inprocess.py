"""One build, run to its end in this process: what the command line does. Needs no broker."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from autodev.events.models import Event
from projects.engine import doorbell
from projects.engine.worker import Engine
from projects.models import Build

LOOK_EVERY_S = 0.2


def run_build_in_process(
    build_id: uuid.UUID,
    *,
    on_event: Callable[[Event], None] | None = None,
    on_progress: Callable[[Build], None] | None = None,
    slots: int = 2,
) -> Build:
    """Runs the build to a final state and gives it. `on_event` gets every event once, in the order of versions;
    `on_progress` the build at each look where it changed. What a callback raises (Ctrl-C too) stops the engine in
    order and goes on up."""
    engine = Engine(slots=slots, build_id=build_id)
    engine.start()
    try:
        return _follow(build_id, on_event, on_progress)
    finally:
        engine.stop()


def _follow(
    build_id: uuid.UUID, on_event: Callable[[Event], None] | None, on_progress: Callable[[Build], None] | None
) -> Build:
    version = 0
    shown: tuple[object, ...] = ()
    while True:
        seen = doorbell.here.rings
        build = Build.objects.select_related("project", "workspace").get(pk=build_id)
        for event in Event.objects.filter(build_id=build_id, version__gt=version).order_by("version"):
            version = event.version or version
            if on_event is not None:
                on_event(event)
        now = (build.state, build.phase, build.progress, build.current_task)
        if on_progress is not None and now != shown:
            shown = now
            on_progress(build)
        if build.is_final and version >= build.version:
            return build
        doorbell.here.wait(seen, timeout_s=LOOK_EVERY_S)
