"""Through everything that is real: rows, the live state, the ledger, litellm, and providers of the lab that break."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal

import pytest

from providers.live import process
from providers.models import Budget, Call, Decision, Provider, UnknownFailure
from providers.routing import wiring
from providers.routing.call import complete, stream
from providers.routing.errors import BudgetRefused, NoAnswer, StreamBroken
from providers.routing.need import Answer
from providers.services.chains import chain_save
from providers.services.drills import drill_start
from providers.states import CallPurpose, CallState
from tests.providers_lab import Fault, Lab
from tests.routing.real import REQUEST, Real, real, run

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.feature("F2.8"),
    pytest.mark.xdist_group("routing_real"),
    pytest.mark.usefixtures("_warm"),
]


@pytest.fixture(autouse=True)
def _own_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0000000000000000")
    yield
    process.stop()
    wiring.forget()


def ask(here: Real, **given: object) -> Answer:
    return run(complete(REQUEST, here.need(**given)))


def test_an_answer_with_its_rows(lab: Lab) -> None:
    here = real(lab)
    lab.upstream("a").answer("Good morning.")
    answer = ask(here, task_kind="repair")
    assert (answer.completion.text, answer.provider) == ("Good morning.", "a")
    row = Call.objects.get(workspace=here.workspace)
    assert (row.state, row.outcome, row.task_kind) == (CallState.SETTLED, "succeeded", "repair")
    assert row.cost_usd == answer.cost_usd > 0
    assert row.first_token_ms is not None
    decision = Decision.objects.get(workspace=here.workspace)
    assert row.decision_id == decision.pk == answer.decision_id
    assert (decision.chosen, decision.inputs["leader"]) == ("a", "a")
    assert [one["name"] for one in decision.candidates] == ["a", "b"]


@pytest.mark.feature("F2.13")
@pytest.mark.parametrize("again", [False, True], ids=["the same process", "one that has just begun"])
def test_a_chain_that_is_turned_round_holds_for_the_next_request(lab: Lab, again: bool) -> None:
    here = real(lab)
    chain_save(workspace=here.workspace, actor=None, task_kind="default", providers=["a", "b"])
    assert [ask(here).provider for _ in range(4)] == ["a"] * 4
    chain_save(workspace=here.workspace, actor=None, task_kind="default", providers=["b", "a"])
    if again:
        process.stop()
        wiring.forget()
    else:
        process.live().poll()
    assert [ask(here).provider for _ in range(2)] == ["b"] * 2


FAULTS = [
    "401", "402", "403", "404", "context", "413", "429; retry_after_s=20", "429; retry_after_s=20; form=ms",
    "429; retry_after_s=20; form=date", "429", "500", "503", "529", "hang", "hang_first_token", "refused", "reset",
    "disconnect", "malformed", "empty_choices", "empty_content", "error_event", "stream_reset", "stream_cut",
    "stream_error", "stream_hang", "stream_close", "no_finish", "malformed_chunk", "html", "html_error", "empty_body",
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_answered_by_the_healthy_one(lab: Lab, fault: str) -> None:
    here = real(lab)
    whole = "One two three four five six seven eight nine ten eleven twelve."
    for name in "ab":
        lab.upstream(name).answer(whole)
    lab.upstream("a").fail(fault)
    answer = ask(here)
    assert answer.completion.text == whole
    assert answer.provider == "b"
    assert len(answer.calls) <= 3
    assert here.calls("a") <= 2
    assert here.rows()[-1] == ("b", "succeeded", "")
    assert all(outcome in {"failed", "partial"} for _, outcome, _ in here.rows()[:-1])


@pytest.mark.parametrize("fault", ["stream_reset", "stream_error", "stream_hang", "stream_close", "no_finish"])
def test_a_stream_goes_on_without_a_seam(lab: Lab, fault: str) -> None:
    here = real(lab)
    whole = "One two three four five six seven eight nine ten eleven twelve."
    for name in "ab":
        lab.upstream(name).answer(whole)
    lab.upstream("a").fail(fault)

    async def listen() -> str:
        return "".join([piece.text async for piece in stream(REQUEST, here.need(purpose=CallPurpose.GATEWAY))])

    assert run(listen()) == whole
    lab.upstream("b").answer("Quite something else than that.")
    with pytest.raises(StreamBroken):
        run(listen())


def test_ten_at_a_time_at_a_dead_one(lab: Lab) -> None:
    here = real(lab)
    lab.upstream("a").fail("500")
    lab.upstream("a").latency_s = 0.2

    async def many() -> list[Answer]:
        gate = asyncio.Semaphore(10)

        async def one() -> Answer:
            async with gate:
                return await complete(REQUEST, here.need())

        return await asyncio.gather(*(one() for _ in range(40)))

    assert {one.provider for one in run(many())} == {"b"}
    assert here.calls("a") <= 11


def test_money_of_the_workspace(lab: Lab) -> None:
    here = real(lab)
    Budget.objects.create(
        workspace=here.workspace, scope="workspace", subject_id=here.workspace.pk, limit_usd=Decimal("0.0001")
    )
    with pytest.raises(BudgetRefused):
        ask(here)
    assert here.calls("a") == 0
    decision = Decision.objects.get(workspace=here.workspace)
    assert decision.trigger == "nobody"


def test_a_drill_breaks_the_provider_of_this_workspace_alone(lab: Lab) -> None:
    here, other = real(lab), real(lab)
    provider = Provider.objects.get(workspace=here.workspace, name="a")
    drill_start(workspace=here.workspace, provider=provider, fault="unavailable", actor=None)
    assert ask(here).provider == "b"
    assert ask(other).provider == "a"
    assert Call.objects.filter(workspace=here.workspace, injected=True).count() >= 1
    assert here.calls("a") == 1  # the other workspace's


def test_a_kept_answer(lab: Lab) -> None:
    here = real(lab)
    assert not ask(here, cacheable=True).cache_hit
    assert ask(here, cacheable=True).cache_hit
    assert Call.objects.filter(workspace=here.workspace, cache_hit=True).count() == 1


def test_what_nobody_knows_is_counted(lab: Lab) -> None:
    here = real(lab)
    lab.upstream("a").fail(Fault(name="bad_request", text="flux capacitor out of phase 1234", times=1))
    lab.upstream("b").fail(Fault(name="bad_request", text="flux capacitor out of phase 1234", times=1))
    with pytest.raises(NoAnswer):
        ask(here)
    process.stop()
    kinds = {kind for _, _, kind in here.rows()}
    assert UnknownFailure.objects.exists() == ("unknown" in kinds)


def test_ports_are_of_a_loop() -> None:
    async def twice() -> bool:
        return wiring.ports() is wiring.ports()

    assert asyncio.run(twice())
