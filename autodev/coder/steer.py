"""What a person may ask of a build of this machine. Imported only after `autodev.coder.local.set_up()`."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from autodev.coder.local import local_owner
from autodev.coder.types import Checkpoint, SpecSeen
from autodev.lib.errors import DomainError
from autodev.spec.editing.text import to_text
from autodev.spec.schema import Spec
from projects.models import Build
from projects.selectors.checkpoints import checkpoint_of, checkpoints_of
from projects.selectors.spec import awaits_approval, current_revision, revisions_of
from projects.services import approve_spec, edit_spec, replay_build, restore_spec, rollback_build
from projects.services.spec import UNREAD


class BuildNotFound(DomainError):
    code = "build_not_found"
    hint = "`autodev builds` lists those of this machine."


class NoSpecYet(DomainError):
    code = "no_spec_yet"
    hint = "The Spec is there once the first phase is done."


class NothingToUndo(DomainError):
    code = "nothing_to_undo"
    hint = "The Spec is what was read from the idea."


def find(build_id: uuid.UUID) -> Build:
    """Raises BuildNotFound."""
    build = Build.objects.filter(pk=build_id).select_related("created_by", "project").first()
    if build is None:
        raise BuildNotFound(f"There is no build {build_id} here.")
    return build


def see_spec(build_id: uuid.UUID) -> SpecSeen:
    """The Spec with its version. Raises BuildNotFound, NoSpecYet."""
    build = find(build_id)
    current = current_revision(build)
    if current is None:
        raise NoSpecYet(UNREAD)
    return SpecSeen(
        version=current.number,
        spec=current.spec,
        text=to_text(Spec.model_validate(current.spec)),
        awaiting_approval=awaits_approval(build),
    )


def change_spec(build_id: uuid.UUID, spec: Mapping[str, Any] | str, version: int | None) -> int:
    """The number of the new revision; without `version` the newest is replaced, whatever it is."""
    build = find(build_id)
    seen = version if version is not None else see_spec(build_id).version
    return edit_spec(build=build, actor=local_owner()[1], spec=spec, expected_version=seen).number


def undo_spec(build_id: uuid.UUID) -> int:
    """Brings the revision before the newest back, and gives the number it has then. Raises NothingToUndo."""
    build = find(build_id)
    newest = revisions_of(build)
    if len(newest) < 2:
        raise NothingToUndo("There is no earlier revision.")
    user = local_owner()[1]
    restored = restore_spec(build=build, actor=user, number=newest[1].number, expected_version=newest[0].number)
    return restored.number


def approve(build_id: uuid.UUID) -> None:
    """Raises WrongState where no approval is waited for."""
    approve_spec(build=find(build_id), actor=local_owner()[1])


def list_checkpoints(build_id: uuid.UUID) -> list[Checkpoint]:
    """Newest first."""
    return [
        Checkpoint(
            id=str(one.step.pk), commit=one.step.commit, title=one.step.title or one.step.key, task=one.step.task.key,
            created_at=one.step.created_at, undone=one.undone,
        )
        for one in checkpoints_of(find(build_id))
    ]  # fmt: skip


def roll_back(build_id: uuid.UUID, checkpoint: str) -> None:
    """To a checkpoint by its id or commit. Raises NotFound, WrongState."""
    build = find(build_id)
    rollback_build(build=build, user=local_owner()[1], to_step=checkpoint_of(build, checkpoint))


def run_again(build_id: uuid.UUID, start: str) -> None:
    """From a task or step; from the beginning where `start` is empty. Raises NoSuchStep, WrongState."""
    replay_build(build=find(build_id), user=local_owner()[1], start=start)
