"""The contract between projects (what is wanted) and providers (who makes it): a Job in, a JobResult out."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from autodev.contracts.ports import Ports


class JobKind(StrEnum):
    ANALYSE = "analyse"
    SELECT = "select"
    PLAN = "plan"
    IMPLEMENT = "implement"
    TEST = "test"
    DOCUMENT = "document"
    REPAIR = "repair"
    REVIEW = "review"
    EXPLAIN = "explain"


@dataclass(frozen=True, kw_only=True)
class JobGuidance:
    """What recovery changed for this attempt. `avoid` names providers, or kinds of providers, that are not asked;
    `told` is for whoever does the work: what was done before, what failed, and how to go about it now."""

    avoid: tuple[str, ...] = ()
    told: str = ""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One thing asked of a provider. `context` is typed per kind by `autodev.contracts.contexts`; `deadline` is aware
    UTC; `budget_usd` is what the job may still spend, None is no limit. `workspace_id` says whose providers, budgets
    and ledger it is; without one there is nobody but the emergency provider to ask. `key` names the
    job within its task, for the journal; empty where the task has one of this kind."""

    kind: JobKind
    task_id: str
    epoch: int
    brief: str
    context: Any
    ports: Ports
    deadline: dt.datetime | None = None
    budget_usd: Decimal | None = None
    workspace_id: uuid.UUID | None = None
    project_id: uuid.UUID | None = None
    build_id: uuid.UUID | None = None
    key: str = ""
    guidance: JobGuidance = field(default_factory=JobGuidance)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens and money of a job; the blueprint engine uses none."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class ChangeSummary:
    """What an implementing or repairing job did to the workspace. `paths` are relative, sorted."""

    title: str
    paths: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class JobResult:
    """`answer` is a Spec, a Plan or a ChangeSummary by the kind of job; `provider` the name of who made it; `emergency`
    marks the blueprint engine's work; `left_open` says what was asked for and not done."""

    answer: Any
    provider: str
    emergency: bool = False
    usage: Usage = field(default_factory=Usage)
    left_open: tuple[str, ...] = ()
