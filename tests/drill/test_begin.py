"""Of two who begin a drill of the same provider at once, one does."""

from __future__ import annotations

import contextlib
import threading
import uuid
from typing import Any

import pytest

from autodev.lib.db import own_connections
from providers.config.defaults import ensure_defaults
from providers.models import Drill, Provider
from providers.services import drills
from providers.services.drills import DrillRefused, drill_start
from tests.factories.accounts import WorkspaceFactory

pytestmark = pytest.mark.feature("F2.15")


@pytest.mark.django_db(transaction=True)
def test_two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = WorkspaceFactory.create()
    ensure_defaults(workspace)
    provider = Provider.objects.get(workspace=workspace, name="gpt")
    looked, running = threading.Barrier(2), drills.running

    def seen(provider_id: uuid.UUID) -> Any:
        """Both have looked, where nothing lets one go first."""
        found = running(provider_id).exists()
        with contextlib.suppress(threading.BrokenBarrierError):
            looked.wait(timeout=1)
        return Drill.objects.all() if found else Drill.objects.none()

    monkeypatch.setattr(drills, "running", seen)
    refused: list[str] = []

    def begin() -> None:
        with own_connections():
            try:
                drill_start(workspace=workspace, provider=provider, fault="hang", actor=None)
            except DrillRefused as error:
                refused.append(error.message)

    threads = [threading.Thread(target=begin) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert refused == ["A drill of gpt is under way."]
    assert Drill.objects.count() == 1
