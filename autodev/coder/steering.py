"""What AutonomousCoder does with a build that is there, beside running it: its Spec, its checkpoints."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, TypeVar

from autodev.coder.local import here
from autodev.coder.types import Checkpoint, SpecSeen

T = TypeVar("T")


def _steer(what: Callable[[ModuleType], T]) -> T:
    """What is done with `autodev.coder.steer`, which can be imported only once Django is set up."""

    def run() -> T:
        from autodev.coder import steer  # noqa: PLC0415 - models can be imported only now

        return what(steer)

    return here(run)


def _key(build_id: uuid.UUID | str) -> uuid.UUID:
    return uuid.UUID(str(build_id))


class Steering:
    """Works under any event loop. An id may be a text, as Progress and BuildResult have it. Raises BuildNotFound for an
    id that is not here."""

    def spec(self, build_id: uuid.UUID | str) -> SpecSeen:
        """The build's Spec with its version. Raises NoSpecYet before the idea was read."""
        seen: SpecSeen = _steer(lambda steer: steer.see_spec(_key(build_id)))
        return seen

    def edit_spec(self, build_id: uuid.UUID | str, spec: Mapping[str, Any] | str, *, version: int | None = None) -> int:
        """Replaces the Spec by a document or its text, and gives its new version; what came of the old one is made
        again when the build goes on. With the `version` that was edited, a later one is not overwritten (SpecChanged).
        Raises SpecInvalid with every problem, WrongState, HarmfulIdea."""
        number: int = _steer(lambda steer: steer.change_spec(_key(build_id), spec, version))
        return number

    def undo_spec(self, build_id: uuid.UUID | str) -> int:
        """Brings the Spec before the newest change back, and gives its new version. Raises NothingToUndo."""
        number: int = _steer(lambda steer: steer.undo_spec(_key(build_id)))
        return number

    def approve(self, build_id: uuid.UUID | str) -> None:
        """Lets a build go on that waits for a review of its Spec; the process that runs it hears of it. Raises
        WrongState where none is waited for."""
        _steer(lambda steer: steer.approve(_key(build_id)))

    def checkpoints(self, build_id: uuid.UUID | str) -> list[Checkpoint]:
        """The commits that the build can be rolled back to, newest first."""
        found: list[Checkpoint] = _steer(lambda steer: steer.list_checkpoints(_key(build_id)))
        return found


def back_to(checkpoint: str) -> Callable[[uuid.UUID], None]:
    """Rolls a build back, in the thread that then drives it."""

    def first(build_id: uuid.UUID) -> None:
        from autodev.coder import steer  # noqa: PLC0415 - models can be imported only now

        steer.roll_back(build_id, checkpoint)

    return first


def again_from(start: str) -> Callable[[uuid.UUID], None]:
    """Sets a build back to a task or step, in the thread that then drives it."""

    def first(build_id: uuid.UUID) -> None:
        from autodev.coder import steer  # noqa: PLC0415 - models can be imported only now

        steer.run_again(build_id, start)

    return first
