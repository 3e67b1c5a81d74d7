"""What a person may ask of a build. Every write is here, in one transaction with its event."""

from projects.services.approve import approve_spec
from projects.services.cancel import cancel_build
from projects.services.change import change_start, change_undo
from projects.services.dead_letters import accept_degraded, replay_dead, retry_now
from projects.services.merge import discard_change, merge_change
from projects.services.pause import pause_build, resume_build
from projects.services.replay import replay_build
from projects.services.rollback import rollback_build
from projects.services.spec import edit_spec, restore_spec
from projects.services.start import start_build

__all__ = [
    "accept_degraded", "approve_spec", "cancel_build", "change_start", "change_undo", "discard_change", "edit_spec",
    "merge_change", "pause_build", "replay_build", "replay_dead", "restore_spec", "resume_build", "retry_now",
    "rollback_build", "start_build",
]  # fmt: skip
