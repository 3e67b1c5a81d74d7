"""The Python library: an idea in, a verified repository out, in this process."""

from autodev.coder.coder import AutonomousCoder
from autodev.coder.types import BuildRequest, BuildResult, Metrics, Problem, Progress, RequirementReport

__all__ = ["AutonomousCoder", "BuildRequest", "BuildResult", "Metrics", "Problem", "Progress", "RequirementReport"]
