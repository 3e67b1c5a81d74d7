"""The Python library: an idea in, a verified repository out, in this process."""

from autodev.coder.coder import AutonomousCoder
from autodev.coder.types import (
    BuildRequest,
    BuildResult,
    Checkpoint,
    Metrics,
    Problem,
    Progress,
    RequirementReport,
    SpecSeen,
)

__all__ = [
    "AutonomousCoder",
    "BuildRequest",
    "BuildResult",
    "Checkpoint",
    "Metrics",
    "Problem",
    "Progress",
    "RequirementReport",
    "SpecSeen",
]
