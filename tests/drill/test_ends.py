"""A drill ends by itself, whoever began it and whatever died meanwhile, and is of one workspace."""

from __future__ import annotations

import pytest

from autodev.lib import clock
from providers.models import Drill, Provider
from providers.services.drills import DrillRefused, drill_start, drill_stop, drills_conclude
from tests.live.cast import Process, fleet

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("F2.15")]


def active(process: Process) -> bool:
    view = process.state.view(process.workspace_id)
    assert view is not None
    return view.drill("one", process.state.now()) is not None


def test_a_process_that_starts_anew_knows_the_drill_and_its_end() -> None:
    workspace, other = fleet("one", "two"), fleet("one", "two")
    here = Process(workspace)
    assert not active(here)
    provider = Provider.objects.get(workspace=workspace, name="one")
    drill_start(workspace=workspace, provider=provider, fault="unavailable", duration_s=60, actor=None)
    here.state.poll()
    assert active(here)
    assert active(Process(workspace))
    assert not active(Process(other))
    with clock.shifted(61):
        here.state.poll()
        assert not active(here)
        assert not active(Process(workspace))
        # and a second one may begin, without anybody having ended the first
        drill_start(workspace=workspace, provider=provider, fault="hang", duration_s=5, actor=None)
    with clock.shifted(61 + 5 + 121):
        assert drills_conclude() == 2
        assert drills_conclude() == 0
    assert {one.report["requests"] for one in Drill.objects.all() if one.report is not None} == {0}


def test_one_that_is_stopped_is_over_at_once() -> None:
    workspace = fleet("one", "two")
    here = Process(workspace)
    provider = Provider.objects.get(workspace=workspace, name="one")
    drill = drill_start(workspace=workspace, provider=provider, fault="unavailable", actor=None)
    here.state.poll()
    assert active(here)
    drill_stop(drill=drill, actor=None)
    here.state.poll()
    assert not active(here)


def test_a_provider_of_another_workspace_is_refused() -> None:
    workspace, other = fleet("one"), fleet("one")
    foreign = Provider.objects.get(workspace=other)
    with pytest.raises(DrillRefused, match="no provider of this workspace"):
        drill_start(workspace=workspace, provider=foreign, fault="unavailable", actor=None)
    assert not Drill.objects.exists()
