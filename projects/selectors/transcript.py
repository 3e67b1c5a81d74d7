"""The transcript of a task: its journal, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet, Sum

from autodev.contracts.transcript import StepKind
from projects.engine.workspace import SNAPSHOT
from projects.models import Step, Task
from projects.states import ROLLED_BACK
from projects.transcript import Happening, happenings
from providers.models import Call

STEPS_A_PAGE = 40
KINDS = (*StepKind, SNAPSHOT)


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What the ledger has of the task: calls, tokens, US dollars."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)


def transcript_steps(task: Task) -> QuerySet[Step]:
    """The steps that are told, oldest first; what a rollback has taken back is not."""
    steps = task.steps.filter(kind__in=[str(kind) for kind in KINDS])
    return steps.exclude(key__startswith=f"{ROLLED_BACK}:").order_by("created_at", "id")


def transcript_page(task: Task, number: str | int | None) -> tuple[Page[Step], list[Happening]]:
    """A page of steps and what happened in them; the last page without a number. Two queries."""
    pages = Paginator(transcript_steps(task), STEPS_A_PAGE)
    page = pages.get_page(number or pages.num_pages)
    return page, happenings(page.object_list)


def spent_of(task: Task) -> Spent:
    """One query."""
    found = Call.objects.filter(task_id=task.pk).aggregate(
        n=Count("pk"), tin=Sum("input_tokens"), tout=Sum("output_tokens"), usd=Sum("cost_usd")
    )
    return Spent(
        calls=found["n"], input_tokens=found["tin"] or 0, output_tokens=found["tout"] or 0,
        cost_usd=found["usd"] or Decimal(0),
    )  # fmt: skip
