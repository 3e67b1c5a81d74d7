"""Knowledge that nothing needs goes, and makes room for what is learned anew."""

from __future__ import annotations

import datetime as dt

import pytest

from autodev.lib.clock import utcnow
from projects.checks.types import Rung
from projects.engine import housekeeping
from projects.fixes.learned import signature_of
from projects.models import LearnedFix
from projects.pipeline.learned import OF_A_SIGNATURE_MOST
from projects.services import knowledge_forget
from projects.services.knowledge_forget import forget_learned
from tests.factories.accounts import WorkspaceFactory
from tests.knowledge.test_learning import repaired
from tests.pipeline.conftest import pipeline, short_ladder
from tests.pipeline.scripted import Waiting, waiting

__all__ = ["pipeline", "short_ladder", "waiting"]
pytestmark = [pytest.mark.django_db, pytest.mark.feature("F1.12")]


def test_what_was_long_unused_goes_and_what_failed_goes_sooner() -> None:
    workspace = WorkspaceFactory.create()
    days = {"new": 1, "old": 400, "failed": 40, "off": 40, "failed lately": 3}
    for name, ago in days.items():
        fix = LearnedFix.objects.create(
            workspace=workspace, signature=name, digest=name, check_key="lint", example=name,
            enabled=name in {"new", "old"}, failures_in_a_row=2 if "failed" in name else 0,
        )  # fmt: skip
        LearnedFix.objects.filter(pk=fix.pk).update(created_at=utcnow() - dt.timedelta(days=ago))
    LearnedFix.objects.filter(signature="failed lately").update(used_at=utcnow())
    assert forget_learned() == 2
    assert set(LearnedFix.objects.values_list("signature", flat=True)) == {"new", "off", "failed lately"}


def test_a_workspace_keeps_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowledge_forget, "MOST", 2)
    workspace, other = WorkspaceFactory.create(), WorkspaceFactory.create()
    for number in range(4):
        LearnedFix.objects.create(workspace=workspace, signature="s", digest=str(number), check_key="lint")
    LearnedFix.objects.filter(digest="0").update(used_at=utcnow() + dt.timedelta(seconds=60))
    LearnedFix.objects.create(workspace=other, signature="s", digest="0", check_key="lint")
    assert forget_learned() == 2
    assert set(LearnedFix.objects.filter(workspace=workspace).values_list("digest", flat=True)) == {"0", "3"}
    assert LearnedFix.objects.filter(workspace=other).exists()


def test_whoever_hosts_an_engine_does_it() -> None:
    assert forget_learned in [chore.do for chore in housekeeping._registered]


def test_fixes_that_are_switched_off_keep_no_place(waiting: Waiting, short_ladder: list[Rung]) -> None:
    signature = signature_of("lint", "F821", "Undefined name `undefined`")
    for number in range(OF_A_SIGNATURE_MOST):
        LearnedFix.objects.create(
            workspace=waiting.build.workspace, signature=signature, digest=str(number), check_key="lint", enabled=False
        )
    repaired(waiting, short_ladder)
    assert LearnedFix.objects.filter(signature=signature, enabled=True).count() == 1
