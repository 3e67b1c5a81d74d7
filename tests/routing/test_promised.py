"""Words where JSON was asked for are no answer, unless the caller checks that itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from providers.chat import Completion, Delta, Finish, TokenUsage, ToolCall, ToolCallDelta
from providers.routing.call import complete
from providers.routing.errors import NoAnswer
from providers.routing.promised import keeps_promise
from providers.states import CallOutcome
from providers.targets import Capability
from tests.routing.fakes import REQUEST, Say, need, target, world

pytestmark = pytest.mark.feature("F2.1")
SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
ASKED = replace(REQUEST, response_format=SCHEMA)
ABLE = frozenset(Capability)


def said(text: str, *, finish: Finish = Finish.STOP, calls: tuple[ToolCall, ...] = ()) -> Completion:
    return Completion(text=text, finish=finish, usage=TokenUsage(), model="m", tool_calls=calls)


@pytest.mark.parametrize(
    "text", ['{"a": 1}', "[]", "null", '```json\n{"a": 1}\n```', 'Here: {"a": 1}.', "<think>x</think> {}"]
)
def test_json_keeps_it_with_what_models_put_around_it(text: str) -> None:
    assert keeps_promise(ASKED, said(text))


@pytest.mark.parametrize("text", ["Hello.", '{"a": 1', "{a: 1}", "I cannot {help} with that."])
def test_words_do_not(text: str) -> None:
    assert not keeps_promise(ASKED, said(text))
    assert not keeps_promise(replace(ASKED, response_format={"type": "json_object"}), said(text))


def test_who_asked_for_words_or_got_a_call_or_a_part_has_them() -> None:
    assert keeps_promise(REQUEST, said("Hello."))
    assert keeps_promise(replace(ASKED, response_format={"type": "text"}), said("Hello."))
    assert keeps_promise(ASKED, said("", calls=(ToolCall(id="c", name="look", arguments="{}"),)))
    assert keeps_promise(ASKED, said('{"a": ', finish=Finish.LENGTH))


async def test_the_next_one_answers() -> None:
    here = world([target("a", capabilities=ABLE), target("b", capabilities=ABLE)])
    here.kind.say("a", Say(text="Well, hello."))
    here.kind.say("b", Say(text='{"a": 1}'))
    answer = await complete(ASKED, need(), ports=here.ports)
    assert (answer.provider, answer.completion.text) == ("b", '{"a": 1}')
    assert here.ledger.outcomes == [("a", CallOutcome.PARTIAL), ("b", CallOutcome.SUCCEEDED)]


async def test_where_nobody_keeps_it_the_caller_is_told() -> None:
    here = world([target("a", capabilities=ABLE)])
    here.kind.always("a", Say(text="Well, hello."))
    with pytest.raises(NoAnswer, match="not the JSON that was asked for"):
        await complete(ASKED, need(attempts=1), ports=here.ports)


async def test_who_checks_the_form_has_it_as_it_is() -> None:
    here = world([target("a")])
    here.kind.always("a", Say(text="Well, hello."))
    answer = await complete(ASKED, need(validated=True), ports=here.ports)
    assert answer.completion.text == "Well, hello."


async def test_a_call_beside_words_is_an_answer() -> None:
    here = world([target("a", capabilities=ABLE)])
    call = ToolCallDelta(index=0, id="c", name="look", arguments="{}")
    here.kind.always("a", Say(deltas=(Delta(text="I look."), Delta(tool_calls=(call,))), finish=Finish.TOOL_CALLS))
    answer = await complete(ASKED, need(), ports=here.ports)
    assert answer.completion.tool_calls[0].name == "look"
