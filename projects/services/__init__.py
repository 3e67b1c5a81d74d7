"""What a person may ask of a build. Every write is here, in one transaction with its event."""

from projects.services.cancel import cancel_build
from projects.services.pause import pause_build, resume_build
from projects.services.rollback import rollback_build
from projects.services.start import start_build

__all__ = ["cancel_build", "pause_build", "resume_build", "rollback_build", "start_build"]
