"""What is wanted and how far it is: projects, builds, tasks, and the evidence."""

from projects.models.build import Build, Project
from projects.models.evidence import (
    Artifact,
    Check,
    CheckKind,
    CheckResult,
    Evidence,
    Finding,
    PackageVersion,
    Requirement,
)
from projects.models.spec_revision import Origin, SpecRevision
from projects.models.task import Attempt, AttemptOutcome, Dependency, Incarnation, Step, Task, Turn

__all__ = [
    "Artifact",
    "Attempt",
    "AttemptOutcome",
    "Build",
    "Check",
    "CheckKind",
    "CheckResult",
    "Dependency",
    "Evidence",
    "Finding",
    "Incarnation",
    "Origin",
    "PackageVersion",
    "Project",
    "Requirement",
    "SpecRevision",
    "Step",
    "Task",
    "Turn",
]
