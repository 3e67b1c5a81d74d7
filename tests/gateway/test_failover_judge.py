"""The judge of the sixteen faults: it finds out a gateway that does nothing, and the defaults fit the full profile."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from providers.config.settings import Settings, for_calls
from tests.gateway.failover.recipe import FAST, recipe
from tests.gateway.failover.running import Outcome, play
from tests.gateway.failover.scenarios import FULL, MODELS, SCENARIOS, SHORT, Scenario
from tests.gateway.failover.wall import TEXT, Wall
from tests.providers_lab import Lab

pytestmark = pytest.mark.feature("F2.16")
BY_ID = {one.id: one for one in SCENARIOS}


def played(scenario: Scenario, lab: Lab) -> Outcome:
    """By a client that calls the wall itself, without any gateway."""
    wall = Wall(lab.upstream("wall"), SHORT)

    async def through() -> Outcome:
        async with httpx.AsyncClient(base_url=wall.upstream.base_url) as client:
            return await play(scenario, client, wall)

    return asyncio.run(through())


@pytest.mark.parametrize("id_", ["S01", "S02", "S03", "S04", "S05", "S07", "S08", "S10", "S12", "S14", "S16"])
def test_who_does_nothing_is_found_out(id_: str, lab: Lab) -> None:
    assert played(BY_ID[id_], lab).faults


@pytest.mark.parametrize("id_", ["S11", "S13"])
def test_what_needs_nothing_passes(id_: str, lab: Lab) -> None:
    assert played(BY_ID[id_], lab).faults == ()


def test_a_refusal_must_not_be_routed_around(lab: Lab) -> None:
    wall = Wall(lab.upstream("wall"), SHORT)

    def kind(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text='data: {"choices": [{"delta": {"content": "Well."}}]}\n\ndata: [DONE]\n\n')

    async def through() -> Outcome:
        async with httpx.AsyncClient(base_url="http://gateway", transport=httpx.MockTransport(kind)) as client:
            return await play(BY_ID["S13"], client, wall)

    assert "answered by routing around the refusal" in asyncio.run(through()).faults


def test_the_answer_has_sixty_words() -> None:
    assert len(TEXT.split()) == 60


def test_the_recipe_names_every_model() -> None:
    text = recipe("http://127.0.0.1:1/v1")
    assert all(f"  {name}: {{kind: litellm" in text and f"  {name}: {{providers: [" in text for name in MODELS)


def test_the_recipe_for_short_outages_looks_often_enough() -> None:
    settings = for_calls(Settings(**FAST))
    assert settings["max_open_s"] <= 10.8 - 6.0
    assert '"max_open_s": 4.0' in recipe("http://127.0.0.1:1/v1", settings=FAST)


def test_the_defaults_fit_the_full_profile() -> None:
    settings = for_calls(Settings())
    assert settings["first_token_patience_s"] <= FULL.answered_in_s - 3
    assert settings["deadlines"]["stall_s"] <= FULL.stalled_in_s / 2
    # The last request of the sequence must still find the primary closed.
    left_s = (FULL.requests - 1) * FULL.interval_s - FULL.down_s
    probes_s = settings["good_probes_to_close"] * settings["probe_pause_s"]
    assert settings["max_open_s"] + probes_s + FULL.interval_s <= left_s
