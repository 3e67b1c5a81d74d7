"""What a model writes that no database, file or other provider takes: told to it, or cleaned; nothing fails by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from autodev.contracts.contexts import AnalyseContext, PlanContext, ReviewContext
from autodev.contracts.job import Job, JobKind, JobResult
from autodev.spec.rules import analyse
from projects.checks.types import Rung
from projects.models import Question, Step
from projects.pipeline.job import do_job
from projects.states import Phase, TaskState
from providers.chat import Delta, Finish, ToolCallDelta
from providers.kinds.agent import AgentKind
from providers.kinds.agent.conversation import Conversation, Said
from providers.kinds.agent.given import loaded, object_of
from providers.kinds.agent.tools import Toolbox
from providers.live import process
from tests.agent.conftest import Desk, calls
from tests.agent.jobs import DONE, EXTEND, SPEC, write
from tests.pipeline.conftest import pipeline, short_ladder
from tests.pipeline.scripted import Waiting, waiting
from tests.routing.fakes import WORKSPACE, Say

__all__ = ["pipeline", "short_ladder", "waiting"]
pytestmark = pytest.mark.feature("F1.7")
IDEA = "Create a REST API for a todo app with authentication"
DEEP = "[" * 3000 + "]" * 3000


def said(*uses: tuple[str, str], text: str = "") -> Say:
    """A turn with calls whose arguments are written so."""
    pieces = tuple(
        ToolCallDelta(index=at, id=f"c{at}", name=name, arguments=written) for at, (name, written) in enumerate(uses)
    )
    return Say(deltas=(Delta(text=text), Delta(tool_calls=pieces)), finish=Finish.TOOL_CALLS)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ('{"first_line": NaN, "path": "app.py"}', "NaN is no number"),
        ('{"first_line": -Infinity, "path": "app.py"}', "-Infinity is no number"),
        ('{"first_line": 1e999, "path": "app.py"}', "1e999 is no number"),
        (f'{{"path": {DEEP}}}', "nested too deeply"),
        (f'{{"path": "app.py", "more": {"[" * 100_000}', "nested too deeply"),
        ('{"path": "app\\u0000.py"}', "U+0000"),
        ('{"path": "\\udc80.py"}', "U+DC80"),
        ('{"\\ud800": 1, "path": "app.py"}', "U+D800"),
        (f'{{"path": "app.py", "first_line": {"9" * 5000}}}', "the arguments are not JSON"),
    ],
)  # fmt: skip
async def test_a_call_with_it_is_refused_with_the_reason(desk: Desk, written: str, why: str) -> None:
    done = await Toolbox(desk.job(JobKind.IMPLEMENT, None).ports).use("read_file", written)
    assert not done.ok
    assert why in done.answer
    assert "read_file takes a JSON object" in done.answer


@pytest.mark.parametrize("odd", ['{"a": NaN}', '{"a": "\\ud800"}', f'{{"a": {DEEP}}}', "", "[1]"])
def test_what_goes_back_to_a_provider_is_json_that_all_read(odd: str) -> None:
    talk = Conversation(system="s", task="t")
    talk.add(Said(turn=1, text="", calls=[{"id": "c", "name": "search", "arguments": odd}]))
    (call,) = talk.messages(tools=True)[-1]["tool_calls"]

    def strictly(word: str) -> Any:
        raise AssertionError(word)

    values = json.loads(call["function"]["arguments"], parse_constant=strictly)
    json.dumps(values, ensure_ascii=False).encode()
    assert isinstance(values, dict)
    assert talk.messages(tools=False)[-1]["role"] == "assistant"


def test_plain_values_are_read_as_they_are() -> None:
    text = '{"a": [1, 2.5, true, null, "é😀\\ud83d\\ude00\\t"], "b": "x\ny"}'
    assert loaded(text) == {"a": [1, 2.5, True, None, "é😀😀\t"], "b": "x\ny"}
    assert object_of("[1]") == object_of("{") == {}


async def test_an_end_whose_words_cannot_be_read_is_none(desk: Desk) -> None:
    desk.models.say("a", calls(write("x.py")), said(("finish", '{"summary": "s", "left_open": [NaN]}')), calls(DONE))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert result.left_open == ("no translation",)
    assert "NaN is no number" in str(desk.models.requests[2].messages[-1]["content"])


ODD = "\ud800 and \0"
TURNS = (
    said(
        ("write_file", '{"path": "a\\u0000b.py", "content": "1"}'),
        ("run_command", '{"argv": ["echo", "\\u0000\\ud800"]}'),
        ("search", '{"pattern": "\\ud800"}'),
        ("read_file", '{"path": "probe/__init__.py", "first_line": Infinity}'),
        ("run\0\ud800", '{"x": NaN}'),
        text=ODD,
    ),
    said(
        ("run_command", json.dumps({"argv": ["python", "-c", "print(chr(0))"]})),
        ("ask_person", '{"question": "Which\\u0000?", "assumption": "\\ud800"}'),
        ("ask_person", '{"question": "Which?", "assumption": "this"}'),
        ("write_file", '{"path": "probe/said.py", "content": "SAID = 1\\n"}'),
    ),
    said(("finish", '{"summary": "\\ud800", "left_open": ["\\u0000"]}')),
    said(("finish", '{"summary": "Done", "left_open": []}')),
)


@pytest.fixture
def _no_thread_stays() -> Iterator[None]:
    yield
    process.stop()


async def by_our_agent(job: Job) -> JobResult:
    return await AgentKind().perform(replace(job, workspace_id=WORKSPACE))


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_thread_stays")
def test_the_journal_of_a_task_holds_all_of_it(
    waiting: Waiting, short_ladder: list[Rung], desk: Desk, settings: Any
) -> None:
    """On the database that the tests run on: PostgreSQL refuses NaN, NUL and half characters in its JSON, and NUL and
    half characters in its texts."""
    settings.AGENT_QUESTION_WAIT_SECONDS = 0
    waiting.extending(short_ladder)
    desk.models.say("a", *TURNS)
    waiting.models.will(by_our_agent)
    task = waiting.step("extend")
    assert (task.state, task.last_error) == (TaskState.SUCCEEDED, "")
    assert (task.result or {})["notes"] == ["Done"]
    assert len(desk.models.calls) == len(TURNS)
    tools = Step.objects.get(task=task, key__endswith="tools:1").output or {}
    assert [one["ok"] for one in tools["answers"]] == [False] * 5
    assert all(one["answer"].startswith("error:") for one in tools["answers"])
    turn = Step.objects.get(task=task, key__endswith="turn:1").output or {}
    assert turn["text"] == "? and \ufffd"
    assert Question.objects.get(task=task).text == "Which?"
    assert waiting.repository.read(waiting.build.head, "probe/said.py") == b"SAID = 1\n"


def _spec(value: str) -> str:
    """A reading of the idea in which a step of a scenario has this value."""
    reading = json.loads(analyse(IDEA).model_dump_json())
    entity = reading["entities"][0]["name"]
    step = {"do": "create", "entity": entity, "values": {"title": "VALUE"}}
    reading["requirements"][0]["scenarios"] = [{"id": "s1", "title": "t\0", "steps": [step]}]
    return json.dumps(reading).replace('"VALUE"', value)


def _item(title: str, touches: str) -> str:
    return f'{{"items": [{{"title": "{title}", "sentences": ["It sings."], "touches": ["{touches}"]}}]}}'


BY_ANSWER = {
    JobKind.ANALYSE: (AnalyseContext(description=IDEA), _spec("NaN"), _spec("1.5")),
    JobKind.PLAN: (
        PlanContext(spec=SPEC, blueprint="probe", open_requirements=["It sings."]),
        _item("Song\\ud800", "probe/song.py"), _item("Song\\u0000", "probe/song.py"),
    ),
    JobKind.REVIEW: (
        ReviewContext(spec=SPEC, blueprint="probe", diff="+x"),
        '{"summary": "s", "remarks": [{"message": "m", "line": NaN}]}',
        '{"summary": "\\u0000", "remarks": [{"message": "m\\u0000", "line": 3}]}',
    ),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.usefixtures("_no_thread_stays")
@pytest.mark.parametrize("kind", BY_ANSWER, ids=str)
def test_structured_answers_are_written_again_or_cleaned(waiting: Waiting, desk: Desk, kind: JobKind) -> None:
    context, refused, taken = BY_ANSWER[kind]
    waiting.task("research", Phase.RESEARCH)
    ctx = waiting.context()
    desk.models.say("a", Say(text=refused), Say(text=taken))
    waiting.models.will(by_our_agent)
    answer = do_job(ctx, kind=kind, brief="b", context=context)
    assert len(desk.models.calls) == 2
    assert "not valid" in desk.models.requests[1].messages[-1]["content"]
    kept = Step.objects.get(key=f"job:{kind}").output
    assert kept == answer
    assert "\\u0000" not in json.dumps(kept)
    assert "\\ufffd" in json.dumps(kept)
