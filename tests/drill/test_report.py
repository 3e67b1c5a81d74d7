"""What a drill's report says of each request that met it."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from autodev.lib.clock import utcnow
from providers.drill.report import report_of
from providers.models import Call, Drill, Provider
from providers.states import CallOutcome, CallState
from tests.factories.accounts import WorkspaceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("F2.15")]


def test_whoever_left_was_not_lost() -> None:
    workspace = WorkspaceFactory.create()
    row = Provider.objects.create(workspace=workspace, name="a", kind="litellm")
    until = utcnow() + dt.timedelta(minutes=1)
    drill = Drill.objects.create(workspace=workspace, provider=row, fault="unavailable", until=until)
    outcomes = {
        "rescued": [CallOutcome.FAILED, CallOutcome.SUCCEEDED],
        "lost": [CallOutcome.FAILED, CallOutcome.FAILED],
        "left": [CallOutcome.FAILED, CallOutcome.ABANDONED],
    }
    for ends in outcomes.values():
        request = uuid.uuid4()
        for attempt, outcome in enumerate(ends, start=1):
            Call.objects.create(
                workspace=workspace, provider=row if attempt == 1 else None, provider_name="a", request_id=request,
                attempt=attempt, state=CallState.SETTLED, outcome=outcome, injected=attempt == 1,
            )  # fmt: skip
    report = report_of(drill, until=until)
    assert (report["requests"], report["rescued"], report["lost"]) == (3, 1, 1)
