"""The sixteen faults of FailoverBench, through everything that is real: key, gateway, routing, live state, ledger,
litellm, and a provider that breaks. Every check must hold, those that the benchmark only advises too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from autodev.accounts.services.api_keys import api_key_create
from providers.config.transfer import import_config
from providers.gateway.app import make_app
from providers.live import process
from providers.models import Call
from providers.routing import wiring
from providers.states import CallOutcome
from tests.cast import Cast
from tests.gateway.failover.recipe import recipe
from tests.gateway.failover.running import Outcome, play
from tests.gateway.failover.scenarios import SCENARIOS, SHORT, Scenario
from tests.gateway.failover.wall import Wall, prefilled
from tests.providers_lab import Lab
from tests.routing.real import run

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.feature("F2.16", "F2.8"),
    pytest.mark.xdist_group("routing_real"),
    pytest.mark.usefixtures("_warm"),
]
# The defaults in small: their proportions stay.
SETTINGS: dict[str, Any] = {
    "deadlines": {"first_token_s": 3.0, "stall_s": 1.5},
    "routing": {"first_token_patience_s": 1.5},
    "health": {"first_open_s": 0.5, "max_open_s": 1.0, "probe_pause_s": 0.1, "minimum_stay_s": 1.0},
}


@pytest.fixture(autouse=True)
def _own_process() -> Iterator[None]:
    yield
    process.stop()
    wiring.forget()


def played(scenario: Scenario, cast: Cast, wall: Wall) -> Outcome:
    """The scenario at a gateway of a fresh process, in a workspace that knows nothing of it yet."""
    import_config(workspace=cast.workspace, text=recipe(wall.upstream.openai_url, settings=SETTINGS), actor=None)
    _, key = api_key_create(access=cast.access(cast.owner), user=cast.owner, name="tool", scopes=["build"])
    headers = {"Authorization": f"Bearer {key}"}

    async def through() -> Outcome:
        transport = httpx.ASGITransport(app=make_app())
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway", headers=headers) as client:
            return await play(scenario, client, wall)

    return run(through())


def test_a_second_round_in_the_same_process_is_survived_too(cast: Cast, lab: Lab) -> None:
    """What the first round broke is remembered then: open circuits, tries that were spent, probes that are due."""
    wall = Wall(lab.upstream("wall"), SHORT)
    import_config(workspace=cast.workspace, text=recipe(wall.upstream.openai_url, settings=SETTINGS), actor=None)
    _, key = api_key_create(access=cast.access(cast.owner), user=cast.owner, name="tool", scopes=["build"])

    async def both() -> dict[tuple[int, str], tuple[str, ...]]:
        transport = httpx.ASGITransport(app=make_app())
        async with httpx.AsyncClient(
            transport=transport, base_url="http://gateway", headers={"Authorization": f"Bearer {key}"}
        ) as client:
            rounds = [(number, scenario) for number in (1, 2) for scenario in SCENARIOS]
            return {(number, one.id): (await play(one, client, wall)).faults for number, one in rounds}

    assert {one: faults for one, faults in run(both()).items() if faults} == {}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.id)
def test_every_fault_is_survived_as_it_should_be(scenario: Scenario, cast: Cast, lab: Lab) -> None:
    wall = Wall(lab.upstream("wall"), SHORT)
    outcome = played(scenario, cast, wall)
    assert outcome.faults == ()
    assert not any(prefilled(one) for one in wall.upstream.requests if one.wire)
    rows = Call.objects.filter(workspace=cast.workspace).exclude(purpose="probe")
    reached = {row.provider_name for row in rows.filter(outcome=CallOutcome.SUCCEEDED)}
    assert rows.count() >= 1
    assert (scenario.model in reached) == (scenario.id in {"S01", "S03", "S05", "S11", "S15"})
