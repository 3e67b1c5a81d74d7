"""How a request without an answer is told to a task: whose fault, and whether time alone may heal it."""

from __future__ import annotations

import uuid

import pytest

from autodev.contracts.contexts import ExtendContext
from autodev.contracts.job import JobKind
from autodev.spec.rules import analyse
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.kinds.agent import AgentKind
from providers.kinds.agent.failing import failure_of
from providers.kinds.base import NotForThisJob, ProviderFailure
from providers.routing.errors import BudgetRefused, NoAnswer
from providers.routing.need import Attempt
from providers.states import CallOutcome
from tests.agent.conftest import Desk
from tests.routing.fakes import target

pytestmark = pytest.mark.feature("F3.2")
SPEC = analyse("Create a REST API for a todo app with authentication", constraints={}, preferences={})
EXTEND = ExtendContext(spec=SPEC, blueprint="fastapi-service", open_requirements=["The shop greets"])
K = FailureKind


def no_answer(*failed: tuple[str, FailureKind], telling: int = -1, retry_after_s: float | None = None) -> NoAnswer:
    """Nobody answered; `telling` is the place of the failure that the routing names."""
    calls = tuple(
        Attempt(
            call_id=uuid.uuid4(), provider=name, key_name="one", outcome=CallOutcome.FAILED,
            failure=Failure(kind=kind, message=f"{kind} it said", reason="test"),
        )
        for name, kind in failed
    )  # fmt: skip
    return NoAnswer("No provider answered.", failure=calls[telling].failure, calls=calls, retry_after_s=retry_after_s)


@pytest.mark.parametrize("kind", [K.QUOTA, K.RATE_LIMIT, K.OVERLOADED, K.UNAVAILABLE, K.CONNECTION, K.TIMEOUT])
def test_a_limit_or_an_outage_is_outside(kind: FailureKind) -> None:
    failure = failure_of(no_answer(("a", kind), retry_after_s=90.0))
    assert (failure.kind, failure.outside, failure.retry_after_s, failure.provider) == (str(kind), True, 90.0, "a")
    assert failure.details["asked"] == [{"provider": "a", "kind": str(kind)}]


@pytest.mark.parametrize("kind", [K.AUTHENTICATION, K.BUDGET, K.CONTEXT_WINDOW, K.MALFORMED_ANSWER, K.BAD_REQUEST])
def test_what_waiting_does_not_help_is_not_outside(kind: FailureKind) -> None:
    failure = failure_of(no_answer(("a", kind), retry_after_s=90.0))
    assert (failure.kind, failure.outside, failure.retry_after_s) == (str(kind), False, None)


def test_an_outage_says_more_than_a_bad_key() -> None:
    failure = failure_of(no_answer(("a", K.UNAVAILABLE), ("b", K.AUTHENTICATION)))
    assert (failure.kind, failure.provider, failure.outside) == ("unavailable", "a", True)


def test_what_is_about_the_request_says_more_than_an_outage() -> None:
    failure = failure_of(no_answer(("a", K.CONTEXT_WINDOW), ("b", K.UNAVAILABLE), telling=0))
    assert (failure.kind, failure.provider, failure.outside) == ("context_window", "a", False)


@pytest.mark.parametrize(
    ("error", "kind", "outside"),
    [
        (BudgetRefused("used up"), "budget", False),
        (NoAnswer("busy", gates=frozenset({"busy"})), "overloaded", True),
        (NoAnswer("too long", gates=frozenset({"context", "rule"})), "context_window", False),
        (NoAnswer("open", away=(("a", "authentication"), ("b", "quota")), retry_after_s=5.0), "quota", True),
        (NoAnswer("open", away=(("a", "authentication"),), retry_after_s=5.0), "authentication", False),
        (NoAnswer("open", away=(("a", ""),), retry_after_s=5.0), "unavailable", True),
    ],
)
def test_nobody_could_be_asked(error: NoAnswer, kind: str, outside: bool) -> None:
    failure = failure_of(error)
    assert (failure.kind, failure.outside) == (kind, outside)
    assert failure.retry_after_s == (5.0 if outside and error.away else None)


def test_no_model_at_all_is_no_failure() -> None:
    failure = failure_of(NoAnswer("nobody", excluded=(("blueprint", "makes work, not messages"),)))
    assert isinstance(failure, NotForThisJob)
    assert "blueprint: makes work" in str(failure)


async def test_open_breakers_are_an_outage_and_not_a_chain_that_is_not_set_up(desk: Desk) -> None:
    for name in ("a", "b"):
        desk.here.live.open(name, kind="quota", until=3600.0)
    with pytest.raises(ProviderFailure) as failed:
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert not desk.models.calls
    assert (failed.value.kind, failed.value.provider, failed.value.outside) == ("quota", "a", True)
    assert "a open: quota" in str(failed.value)
    assert failed.value.retry_after_s == pytest.approx(3600, abs=5)


async def test_a_conversation_that_fits_into_nobody_s_window_is_said_so(desk: Desk) -> None:
    small = target("a", capabilities=desk.here.live.targets[0].capabilities, context_window=10)
    desk.here.live.targets[:] = [small]
    with pytest.raises(ProviderFailure) as refused:
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert (refused.value.kind, refused.value.outside) == ("context_window", False)
    assert not desk.models.calls
