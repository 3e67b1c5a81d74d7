"""The running output of an attempt: the end of its chunk file."""

from __future__ import annotations

from projects.engine.output import output_path
from projects.models import Attempt, Build
from projects.selectors.tasks import shown_attempt

TAIL_BYTES = 24_000
LOOKED_AT = 20


def tail_of(attempt: Attempt, limit: int = TAIL_BYTES) -> str:
    """The last `limit` bytes, from the start of a line; empty where nothing was written yet."""
    path = output_path(attempt.task_id, attempt.epoch)
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - limit))
            data = file.read()
    except FileNotFoundError:
        return ""
    if size > limit:
        data = data.partition(b"\n")[2]
    return data.decode("utf-8", "replace").replace("\x00", "")


def shown_output(build: Build) -> tuple[Attempt | None, str]:
    """The attempt whose output the page shows, and the end of it: the one that runs; of a finished build the last one
    that printed something."""
    shown = shown_attempt(build)
    text = tail_of(shown) if shown is not None else ""
    if text or not build.is_final:
        return shown, text
    newest = Attempt.objects.filter(task__build=build).select_related("task").order_by("-started_at", "-id")
    for attempt in newest[:LOOKED_AT]:
        text = tail_of(attempt)
        if text:
            return attempt, text
    return shown, ""
