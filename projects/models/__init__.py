"""What is wanted and how far it is: projects, builds, tasks, and the evidence."""

from projects.models.build import Build, BuildOrigin, Project
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
from projects.models.knowledge import LearnedFix
from projects.models.spec_revision import Origin, SpecRevision
from projects.models.steering import Message, Question, QuestionState
from projects.models.task import Attempt, AttemptOutcome, Dependency, Incarnation, Step, Task, Turn

__all__ = [
    "Artifact",
    "Attempt",
    "AttemptOutcome",
    "Build",
    "BuildOrigin",
    "Check",
    "CheckKind",
    "CheckResult",
    "Dependency",
    "Evidence",
    "Finding",
    "Incarnation",
    "LearnedFix",
    "Message",
    "Origin",
    "PackageVersion",
    "Project",
    "Question",
    "QuestionState",
    "Requirement",
    "SpecRevision",
    "Step",
    "Task",
    "Turn",
]
