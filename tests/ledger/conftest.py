"""A workspace with a provider and a budget, and calls of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from autodev.accounts.models import Workspace
from autodev.lib.ids import new_id
from providers.chat import TokenUsage
from providers.health.matrix import Score
from providers.models import Budget, Provider
from providers.models.money import BudgetScope
from providers.routing.choice import Candidate, Choice, Excluded
from providers.routing.need import Need
from providers.routing.ports import Reservation, Settlement
from providers.states import CallOutcome
from providers.targets import Key, Secret, Target
from tests.factories.accounts import WorkspaceFactory

KEY = Key(id=None, name="env:OPENAI_API_KEY", secret=Secret("sk-test"))
Reserving = Callable[..., Reservation]


@pytest.fixture
def workspace(db: None) -> Workspace:
    return WorkspaceFactory.create()


@pytest.fixture
def target(workspace: Workspace) -> Target:
    row = Provider.objects.create(workspace=workspace, name="one", kind="litellm", model="openai/one")
    return Target(id=row.pk, workspace_id=workspace.pk, name="one", kind="litellm", model="openai/one", keys=(KEY,))


@pytest.fixture
def need(workspace: Workspace) -> Need:
    return Need(workspace_id=workspace.pk, task_kind="analyse", build_id=new_id(), task_id=new_id())


@pytest.fixture
def reserving(target: Target, need: Need) -> Reserving:
    """`reserving(…)` is a reservation of ten cents, with its decision unless `choice` is None."""

    def make(**changes: Any) -> Reservation:
        values: dict[str, Any] = {
            "need": need,
            "request_id": new_id(),
            "attempt": 1,
            "target": target,
            "key": KEY,
            "estimate_usd": Decimal("0.10"),
            "input_tokens": 120,
            "choice": choice(target),
            "decision_id": None,
        }
        return Reservation(**{**values, **changes})

    return make


@pytest.fixture
def budget(workspace: Workspace) -> Budget:
    return Budget.objects.create(
        workspace=workspace, scope=BudgetScope.WORKSPACE, subject_id=workspace.pk, limit_usd=Decimal("0.15")
    )


def choice(target: Target, **changes: Any) -> Choice:
    score = Score(
        total=0.9, api_availability=1.0, recent_success_rate=1.0, response_time=0.5, error_severity=1.0, samples=4
    )
    values: dict[str, Any] = {
        "chain": "default",
        "strategy": "primary_secondary",
        "candidates": (Candidate(target=target, key=KEY, score=score, reason="first of the chain"),),
        "excluded": (Excluded(name="two", gate="breaker", reason="open: 401", until=1.5),),
        "leader": target.name,
        "inputs": {"need": {"task_kind": "analyse"}},
    }
    return Choice(**{**values, **changes})


def settlement(outcome: CallOutcome = CallOutcome.SUCCEEDED, **changes: Any) -> Settlement:
    values: dict[str, Any] = {
        "outcome": outcome,
        "usage": TokenUsage(input_tokens=100, output_tokens=20, cached_tokens=5),
        "cost_usd": Decimal("0.04"),
        "total_ms": 812.4,
        "first_token_ms": 99.6,
        "model": "one-2026",
    }
    return Settlement(**{**values, **changes})


def some_id() -> uuid.UUID:
    return new_id()
