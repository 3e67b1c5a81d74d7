"""The requests that a drill sends by itself."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from providers.chat import ChatRequest, Completion, Finish, TokenUsage
from providers.drill import traffic
from providers.drill.traffic import Tally, send
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.routing.errors import BudgetRefused, NoAnswer
from providers.routing.need import Answer, Need

pytestmark = pytest.mark.feature("F2.15")
FAILURE = Failure(kind=FailureKind.UNAVAILABLE, message="503", reason="status")


async def test_each_request_is_counted_by_who_answered_or_why_nobody_did(monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = uuid.uuid4()
    asked = under_way = most = 0

    async def complete(request: ChatRequest, need: Need) -> Answer:
        nonlocal asked, under_way, most
        assert (need.workspace_id, request.max_output_tokens) == (workspace, 16)
        asked, under_way = asked + 1, under_way + 1
        most = max(most, under_way)
        turn = asked
        await asyncio.sleep(0)
        under_way -= 1
        if turn == 1:
            raise NoAnswer("nobody", failure=FAILURE)
        if turn == 2:
            raise BudgetRefused("used up")
        completion = Completion(text="ok", finish=Finish.STOP, usage=TokenUsage(), model="m")
        return Answer(completion=completion, provider="b", request_id=uuid.uuid4())

    monkeypatch.setattr(traffic, "complete", complete)
    tally = Tally()
    await send(workspace, 9, tally=tally, at_once=3)
    assert (asked, most, tally.done) == (9, 3, 9)
    assert tally.answered == {"b": 7}
    assert tally.lost == {"unavailable": 1, "budget_exceeded": 1}
