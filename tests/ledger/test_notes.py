"""Notes of what was asked, where who it is about is gone by now."""

from __future__ import annotations

import logging
import uuid

import pytest

from providers import ledger
from providers.models import Call, Decision
from providers.routing.choice import Choice
from providers.routing.need import Need
from providers.targets import Target
from tests.factories.accounts import WorkspaceFactory

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = Choice(chain="default", strategy="primary_secondary", candidates=())


def test_a_workspace_that_is_gone_has_no_ledger(caplog: pytest.LogCaptureFixture) -> None:
    """A request may end after its workspace; that is no error of the process."""
    gone = uuid.uuid4()
    target = Target(id=uuid.uuid4(), workspace_id=gone, name="x", kind="litellm")
    with caplog.at_level(logging.WARNING):
        ledger.decision(Need(workspace_id=gone), NOBODY)
        ledger.cache_hit(Need(workspace_id=gone), target, request_id=uuid.uuid4())
        ledger.probe(target, None, None, 5.0)
    assert not caplog.records
    assert not Call.objects.exists()
    assert not Decision.objects.exists()


def test_a_provider_that_is_gone_was_asked_all_the_same() -> None:
    workspace = WorkspaceFactory.create()
    target = Target(id=uuid.uuid4(), workspace_id=workspace.pk, name="x", kind="litellm")
    ledger.probe(target, None, None, 5.0)
    (row,) = Call.objects.all()
    assert (row.provider_id, row.provider_name, row.purpose) == (None, "x", "probe")
