"""Known fixes that nothing has needed for long."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from autodev.accounts.models import Workspace
from autodev.lib.clock import utcnow
from recovery.learning import forget
from recovery.models import KnownFix
from recovery.states import Strategy
from tests.factories.accounts import WorkspaceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("F3.8")]


def fix(workspace: Workspace, *, days: float) -> KnownFix:
    return KnownFix.objects.create(
        workspace=workspace, signature=uuid.uuid4().hex, failure_kind="code_error", task_kind="repair",
        strategy=Strategy.ALTERNATIVE_APPROACH, digest="d", used_at=utcnow() - dt.timedelta(days=days),
    )  # fmt: skip


def test_what_was_not_used_for_a_year_goes() -> None:
    workspace = WorkspaceFactory.create()
    old, young = fix(workspace, days=366), fix(workspace, days=364)
    assert forget.forget() == 1
    assert list(KnownFix.objects.all()) == [young]
    assert old not in KnownFix.objects.all()


def test_of_too_many_those_that_were_used_longest_ago_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forget, "MOST", 2)
    crowded, other = WorkspaceFactory.create(), WorkspaceFactory.create()
    kept = [fix(crowded, days=1), fix(crowded, days=2)]
    fix(crowded, days=3)
    elsewhere = fix(other, days=9)
    assert forget.forget() == 1
    assert set(KnownFix.objects.all()) == {*kept, elsewhere}
