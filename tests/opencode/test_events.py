"""What OpenCode's events mean, in the forms that version 1.18.33 sends them."""

from __future__ import annotations

from typing import Any

import pytest

from providers.kinds.opencode import events
from providers.kinds.opencode.events import Answer, Broken, Conversation, Retry, Seen, broken_of

pytestmark = pytest.mark.feature("F2.2")
SESSION = "ses_1"
NOW = 1_795_266_200.0


class Heard:
    """Events of one session, told to a conversation."""

    def __init__(self) -> None:
        self.conversation = Conversation(SESSION)

    def __call__(self, type_: str, **properties: Any) -> Seen:
        event = {"type": type_, "properties": {"sessionID": SESSION, **properties}}
        return self.conversation.take(event, now_s=NOW)

    def message(self, id_: str = "msg_1", **info: Any) -> Seen:
        values = {"id": id_, "role": "assistant", "time": {"created": 1}, **info}
        return self("message.updated", info=values)

    def part(self, type_: str, id_: str = "prt_1", message: str = "msg_1", **values: Any) -> Seen:
        return self("message.part.updated", part={"id": id_, "messageID": message, "type": type_, **values})

    def tool(self, status: str, tool: str = "write", **state: Any) -> Seen:
        return self.part("tool", callID="call_1", tool=tool, state={"status": status, "input": {"a": 1}, **state})

    def done(self, finish: str, **info: Any) -> Seen:
        tokens = {"input": 10, "output": 3, "reasoning": 2, "cache": {"read": 5, "write": 1}}
        return self.message(finish=finish, tokens=tokens, time={"created": 1, "completed": 2}, **info)


@pytest.fixture
def heard() -> Heard:
    found = Heard()
    found.message()
    return found


def test_a_text_is_told_once_when_it_is_whole(heard: Heard) -> None:
    assert heard.part("text", text="", time={"start": 1}).entries == ()
    assert heard("message.part.delta", messageID="msg_1", partID="prt_1", delta="Hel").alive
    (said,) = heard.part("text", text="Hello. ", time={"start": 1, "end": 2}).entries
    assert (said.kind, said.text, said.at) == ("said", "Hello.", NOW)
    assert heard.part("text", text="Hello. ", time={"start": 1, "end": 2}).entries == ()
    assert heard.conversation.text == "Hello."


def test_a_tool_is_told_when_it_runs_and_when_it_ends(heard: Heard) -> None:
    assert heard.tool("pending").entries == ()
    began = heard.tool("running")
    assert [(e.kind, e.tool, e.arguments) for e in began.entries] == [("tool", "write", {"a": 1})]
    assert (began.running, began.changed) == (1, False)
    assert heard.tool("running", metadata={"output": "…"}).entries == ()
    ended = heard.tool("completed", output="Wrote file.")
    assert [(e.kind, e.text, e.ok, e.call) for e in ended.entries] == [("result", "Wrote file.", True, "call_1")]
    assert (ended.running, ended.changed) == (0, True)
    assert heard.tool("completed", output="Wrote file.").entries == ()


def test_a_tool_that_only_looks_changes_nothing(heard: Heard) -> None:
    assert not heard.tool("completed", tool="read", output="text").changed


def test_an_answer_is_counted_once_with_its_tokens(heard: Heard) -> None:
    heard.tool("completed", output="x")
    assert heard.message(finish="tool-calls").answer is None
    seen = heard.done("tool-calls")
    assert seen.answer == Answer(finish="tool-calls", said=False, calls=1)
    assert not seen.answer.nothing
    assert [(e.kind, e.input_tokens, e.output_tokens) for e in seen.entries] == [("usage", 16, 5)]
    assert heard.done("tool-calls").answer is None


@pytest.mark.parametrize(("text", "finish"), [("", "stop"), ("", "unknown"), ("Half", "unknown"), ("Half", "")])
def test_an_answer_that_says_nothing_or_does_not_end_is_none(heard: Heard, text: str, finish: str) -> None:
    if text:
        heard.part("text", text=text, time={"start": 1, "end": 2})
    answer = heard.done(finish).answer
    assert answer is not None
    assert answer.nothing


def test_an_answer_that_broke_is_no_answer(heard: Heard) -> None:
    assert heard.done("", error={"name": "APIError"}).answer is None


def test_a_wait_before_another_try_is_told_with_its_length(heard: Heard) -> None:
    status = {"type": "retry", "attempt": 2, "message": "Overloaded", "next": (NOW + 600) * 1000}
    seen = heard("session.status", status=status)
    assert seen.retry == Retry(attempt=2, message="Overloaded", wait_s=600)
    assert [(e.kind, e.ok) for e in seen.entries] == [("retry", False)]
    assert not seen.alive
    assert heard("session.status", status={"type": "busy"}) == Seen()


def test_an_error_is_taken_apart(heard: Heard) -> None:
    data = {"message": "Bad key", "statusCode": 401, "isRetryable": False, "responseBody": "{}"}
    seen = heard("session.error", error={"name": "APIError", "data": data})
    assert seen.broken == Broken(name="APIError", message="Bad key", status=401, body="{}")
    assert broken_of(None).name == "UnknownError"
    assert broken_of({"name": "MessageAbortedError"}).message == "MessageAbortedError"


def test_what_it_was_denied_counts_until_it_changes_something(heard: Heard) -> None:
    told = "The user has specified a rule which prevents you from using this specific tool call."
    heard.tool("error", tool="bash", error=told)
    assert heard.conversation.denied == ["bash"]
    heard.part("tool", callID="call_2", tool="read", state={"status": "completed", "output": "x"})
    assert heard.conversation.denied == ["bash"]
    heard.part("tool", callID="call_3", tool="write", state={"status": "completed", "output": "x"})
    assert heard.conversation.denied == []


def test_a_question_to_a_person_is_seen(heard: Heard) -> None:
    assert heard("permission.asked", id="per_1", permission="bash").asked == "per_1"
    assert heard.conversation.denied == ["bash"]


def test_the_end_and_a_summing_up_are_seen(heard: Heard) -> None:
    assert heard("session.idle").idle
    assert [e.kind for e in heard("session.compacted").entries] == ["note"]


def test_what_is_of_another_session_or_of_nobody_says_nothing(heard: Heard) -> None:
    assert heard("session.idle", sessionID="ses_2") == Seen()
    assert heard.conversation.take({"type": "server.heartbeat", "properties": {}}, now_s=NOW) == Seen()
    assert heard.conversation.take({"type": "odd"}, now_s=NOW) == Seen()


def test_what_is_remembered_of_a_conversation_is_bounded(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    heard.part("tool", callID="c" * 10_000, tool="t" * 10_000, state={"status": "running", "input": {}})
    assert {len(one) for one in heard.conversation._running} == {events.ID_LIMIT}
    for number in range(30):
        heard.message(f"msg_{number}")
    monkeypatch.setattr(events, "KNOWN_LIMIT", 20)
    with pytest.raises(events.Flooded, match="more than 20"):
        heard.message("msg_30")


def test_a_persons_own_words_are_not_its_answer(heard: Heard) -> None:
    heard.message("msg_0", role="user")
    assert heard.part("text", message="msg_0", text="Do it.", time={"start": 1, "end": 1}) == Seen()
