"""The database's clock is set back, and results that are written late."""

from __future__ import annotations

import pytest

from autodev.lib import clock
from providers.failures.kinds import FailureKind as K
from providers.health import probes
from providers.live import reservations
from providers.models import Breaker
from providers.states import BreakerState
from tests.live.cast import Process, fleet

pytestmark = pytest.mark.feature("F2.9")


@pytest.mark.django_db(transaction=True)
def test_all_processes_go_by_the_clock_that_is_now() -> None:
    workspace = fleet("one", "two")
    with clock.shifted(3600):
        here = Process(workspace)
        here.fails("one")
        here.share()
        reservations.reserve(
            (here.target("one").id, ""), owner="dead", settings=here.state.workspaces()[0].snapshot.health
        )
        here.share()
        place = here.target("one").id, ""
    assert not here.circuit("one").closed
    here.state.poll()
    until = here.circuit("one").until
    assert until is not None
    assert until <= here.state.now()
    assert probes.probe_due(here.state.workspaces()[0].local[place], here.state.moment())
    assert reservations.reserve(place, owner="me", settings=here.state.workspaces()[0].snapshot.health)
    row = Breaker.objects.get()
    assert (row.probe_owner, row.state) == ("me", BreakerState.HALF_OPEN)


@pytest.mark.django_db(transaction=True)
def test_a_result_that_is_written_late_shortens_nothing() -> None:
    workspace = fleet("one", "two")
    late, other = Process(workspace), Process(workspace)
    late.fails("one", K.TIMEOUT)
    with clock.shifted(30):
        other.state.poll()
        other.fails("one", K.RATE_LIMIT, retry_after_s=600)
        other.share()
        until = Breaker.objects.get().until
        late.state.write_failures()
        assert Breaker.objects.get().until == until
