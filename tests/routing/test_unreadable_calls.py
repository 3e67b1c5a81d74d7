"""Calls that nobody can read fail the attempt, but where the caller deals with them itself."""

from __future__ import annotations

import pytest

from providers.chat import Delta, Finish, ToolCallDelta
from providers.routing.call import complete
from providers.routing.errors import NoAnswer
from tests.routing.fakes import REQUEST, Say, need, target, world

pytestmark = pytest.mark.feature("F2.1")
BROKEN = Say(
    deltas=(Delta(tool_calls=(ToolCallDelta(index=0, id="c", name="write", arguments='{"a'),)),),
    finish=Finish.TOOL_CALLS,
)


async def test_they_are_a_failure_for_whoever_trusts_them() -> None:
    here = world([target("a")])
    here.kind.always("a", BROKEN)
    with pytest.raises(NoAnswer, match="are not JSON"):
        await complete(REQUEST, need(attempts=1), ports=here.ports)


async def test_they_come_back_as_they_are_to_whoever_checks_them() -> None:
    here = world([target("a")])
    here.kind.always("a", BROKEN)
    answer = await complete(REQUEST, need(validated=True), ports=here.ports)
    assert [one.arguments for one in answer.completion.tool_calls] == ['{"a']
    assert here.live.successes == ["a"]
