"""What gets an agent stuck, or lets it lie: each way that was found, and where it ends."""

from __future__ import annotations

import itertools
import json
from textwrap import dedent

import pytest

from autodev.contracts.job import JobKind
from projects.checks.types import FindingData, LadderReport, Rung, RungResult
from projects.states import TaskState
from providers.chat import Delta, Finish, ToolCallDelta
from providers.failures.kinds import FailureKind
from providers.kinds.agent import AgentKind, digest, textual
from providers.kinds.agent.conversation import Answered, Conversation, Heard, Said
from providers.kinds.agent.tools.editing import Edit, Refused, edited
from providers.kinds.agent.tools.told import READ_LIMIT, report_told
from providers.kinds.base import ProviderFailure
from providers.money.tokens import estimate_tokens
from providers.targets import Capability
from tests.agent.conftest import GREEN, RED, Desk, Killed, calls
from tests.agent.jobs import DONE, EXTEND, REPAIR, read, write
from tests.pipeline.conftest import GOOD, pipeline, short_ladder
from tests.pipeline.scripted import Waiting, waiting, writes
from tests.routing.fakes import Say, target

__all__ = ["pipeline", "short_ladder", "waiting"]
pytestmark = pytest.mark.feature("F1.7")


def says(text: str) -> Say:
    return Say(deltas=(Delta(text=text),))


def tactics(desk: Desk) -> list[tuple[str, int]]:
    """(tactic, turn)"""
    return [
        (desk.journal.answered[key]["tactic"], int(key.rpartition(":")[2])) for key, _ in desk.journal.of_kind("tactic")
    ]


# An edit in the wrong place
USERS = dedent("""\
    def set_user(user_id):
        user = db.set(User, user_id)
        return user
    """)


def test_a_place_that_overlaps_itself_is_no_single_one() -> None:
    with pytest.raises(Refused, match="stands 2 times, at lines 1, 2"):
        edited("x\nx\nx\n", [Edit(old="x\nx\n", new="y\n")])


@pytest.mark.parametrize(
    "old",
    [
        "def get_user(user_id):\n    user = db.get(User, user_id)\n    return user",
        "def set_user(user_id):\n    user = db.set(User, user_id)\n    return users",
    ],
)
def test_what_begins_or_ends_otherwise_is_another_place_however_near(old: str) -> None:
    with pytest.raises(Refused, match="nearest are the lines from 1"):
        edited(USERS, [Edit(old=old, new="pass")])


def test_what_is_near_between_the_same_ends_is_taken() -> None:
    old = "def set_user(user_id):\n    user = db.set(Users, user_id)\n    return user"
    assert edited(USERS, [Edit(old=old, new="pass")]).text == "pass\n"


def test_numbers_of_lines_that_were_copied_along_do_not_matter() -> None:
    shown = "2:     user = db.set(User, user_id)\n3:     return user"
    there = USERS.replace("    return user\n", "    return None\n")
    assert edited(USERS, [Edit(old=shown, new="2:     user = db.set(User, user_id)\n3:     return None")]).text == there
    assert edited(USERS, [Edit(old="3:     return user", new="    return None")]).text == there
    with pytest.raises(Refused):
        edited(USERS, [Edit(old="2:     user = db.set(User, user_id)\n7:     return user", new="x")])
    assert edited("1: one\n2: two\n", [Edit(old="1: one\n2: two", new="1: x")]).text == "1: x\n"


# Calls that cannot be told apart
async def test_calls_have_ids_of_their_own_whatever_a_server_gives(desk: Desk) -> None:
    def same(name: str, values: dict[str, str]) -> Say:
        pieces = tuple(ToolCallDelta(index=at, id="", name=name, arguments=json.dumps(values)) for at in range(2))
        return Say(deltas=(Delta(tool_calls=pieces),), finish=Finish.TOOL_CALLS)

    desk.models.say("a", same("read_file", {"path": "app.py"}), calls(write("x.py")), calls(write("y.py")), calls(DONE))
    await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    messages = desk.models.requests[-1].messages
    called = [one["id"] for message in messages for one in message.get("tool_calls") or ()]
    answered = [message["tool_call_id"] for message in messages if message["role"] == "tool"]
    assert called == answered
    assert len(set(called)) == len(called) == 4
    assert all(called)


# "Done", with nothing done
async def test_what_was_changed_and_changed_back_is_no_change(desk: Desk) -> None:
    back = ("delete_file", {"path": "x.py"})
    desk.models.say("a", calls(write("x.py")), calls(back), calls(DONE), calls(DONE))
    result = await AgentKind().perform(desk.job(JobKind.REPAIR, REPAIR))
    assert "no file was changed" in str(desk.models.requests[3].messages[-1]["content"])
    assert result.left_open == ("no translation", "No file was changed.")


@pytest.mark.django_db
def test_a_change_of_one_file_beside_one_that_stays_is_a_change(waiting: Waiting, short_ladder: list[Rung]) -> None:
    waiting.extending(short_ladder)
    waiting.models.will(writes({"probe/song.py": "A = 1\n", "probe/__init__.py": GOOD}))
    task = waiting.step("extend")
    assert (task.state, (task.result or {})["kept"]) == (TaskState.SUCCEEDED, True)


@pytest.mark.django_db
def test_a_task_whose_files_are_as_before_has_changed_nothing(waiting: Waiting, short_ladder: list[Rung]) -> None:
    waiting.extending(short_ladder)
    waiting.models.will(writes({"probe/__init__.py": f"{GOOD}\nX = 1\n", "./probe/__init__.py": GOOD}))
    task = waiting.failed("extend")
    assert task.error_kind == "empty_answer"
    assert "changed nothing" in task.last_error


# What the window must not lose
MANY = LadderReport(
    rungs=(
        RungResult(
            key="tests", status="failed", excerpt="",
            findings=tuple(FindingData(rule="E", message=f"wrong total {n}", file=f"m{n}.py") for n in range(12)),
        ),
    ),
    required=frozenset({"tests"}),
)  # fmt: skip


def talk_of(*, checks: str, after: int) -> Conversation:
    """A run of the checks, and so many long rounds after it."""
    talk = Conversation(system="rules", task="The brief")
    first = {"id": "k", "name": "run_checks", "arguments": "{}"}
    talk.add(Said(turn=0, text="", calls=[first]))
    talk.add(Answered(turn=0, answers=[{"id": "k", "name": "run_checks", "answer": checks}]))
    for turn in range(1, after + 1):
        call = {"id": f"c{turn}", "name": "read_file", "arguments": json.dumps({"path": f"m{turn}.py"})}
        talk.add(Said(turn=turn, text=f"Step {turn}.", calls=[call]))
        talk.add(Answered(turn=turn, answers=[{"id": f"c{turn}", "name": "read_file", "answer": "x" * 2000}]))
    return talk


@pytest.mark.parametrize("rounds", [6, 40, 120])
def test_open_findings_and_the_brief_outlast_whatever_is_made_short(rounds: int) -> None:
    talk = talk_of(checks=report_told(MANY), after=0)
    for turn in range(rounds):
        talk.items += talk_of(checks="", after=1).items[2:]
        digest.fit(talk, 3000, 1500)
        sent = json.dumps(talk.messages(tools=True))
        assert "The brief" in sent
        assert all(f"wrong total {n}" in sent for n in range(12)), turn
    assert talk.tokens <= 3000
    assert sent.count("wrong total 9") == 1


def test_findings_that_are_no_longer_there_are_not_kept() -> None:
    talk = talk_of(checks=report_told(MANY), after=4)
    talk.items += talk_of(checks=report_told(GREEN), after=30).items
    digest.fit(talk, 3000, 1500)
    assert "wrong total" not in json.dumps(talk.messages(tools=True))


def test_findings_of_a_claim_are_kept_and_not_told_twice() -> None:
    talk = talk_of(checks=report_told(RED), after=2)
    talk.add(Heard(text="You say that it is done, but the checks are red: wrong tax", found=True))
    talk.items += talk_of(checks="", after=40).items[2:]
    digest.fit(talk, 3000, 1500)
    sent = json.dumps(talk.messages(tools=True))
    assert sent.count("wrong tax") == 1
    assert "unused import" not in sent


async def test_a_fresh_conversation_begins_with_what_is_open(desk: Desk) -> None:
    desk.here.live.targets[:] = desk.here.live.targets[:1]
    desk.report = MANY
    desk.models.say("a", calls(("run_checks", {})), *[calls(read("app.py"))] * 5, calls(write("x.py")))
    desk.models.always("a", calls(DONE))
    await AgentKind().perform(desk.job(JobKind.REPAIR, REPAIR))
    fresh = next(at for name, at in tactics(desk) if name == "fresh")
    assert "wrong total 11" in json.dumps(desk.models.requests[fresh].messages)


# An answer of a tool, or of the model, that is larger than the window
async def test_a_list_without_end_is_cut(desk: Desk) -> None:
    desk.workspace.files |= {f"{'folder/' * 20}{n}.txt": b"x" for n in range(1400)}
    desk.models.say("a", calls(("list_files", {})), calls(write("x.py")), calls(DONE))
    await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    answer = str(desk.models.requests[1].messages[-1]["content"])
    assert len(answer) < READ_LIMIT + 100
    assert "ask for less" in answer


async def test_a_call_that_is_larger_than_the_window_is_no_end(desk: Desk) -> None:
    able = frozenset({Capability.STREAMING, Capability.TOOLS})
    desk.here.live.targets[:] = [target("small", capabilities=able, context_window=8000)]
    object.__setattr__(desk.here.ports, "tokens", estimate_tokens)
    huge = "value = 1\n" * 8000
    desk.models.say("small", calls(write("huge.py", huge), text="so " * 9000), calls(DONE))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert result.answer.paths == ("huge.py",)
    assert desk.workspace.files["huge.py"] == huge.encode()
    assert estimate_tokens(desk.models.requests[1]) < 8000


# Answers that say nothing
async def test_an_empty_answer_is_no_end_but_the_provider_s_failure(desk: Desk) -> None:
    desk.models.say("a", calls(write("x.py")))
    desk.models.always("a", says("  \n"))
    desk.models.say("b", calls(write("y.py")), calls(DONE))
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert result.answer.paths == ("x.py", "y.py")
    assert result.provider == "b"


async def test_where_all_answers_are_empty_the_job_fails_with_that(desk: Desk) -> None:
    for name in "ab":
        desk.models.always(name, says(" "))
    with pytest.raises(ProviderFailure) as failed:
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert failed.value.kind == FailureKind.EMPTY_ANSWER
    assert len(desk.models.calls) <= 3


# Calls in words, fences, several at once
TOOLLESS = frozenset({Capability.STREAMING})


def test_calls_within_a_fence_and_several_of_them_are_read() -> None:
    text = "First:\n```\n@@call read_file\n@@path a.py\n@@end\n```\nthen\n```text\n@@call run_checks\n@@end\n```\n"
    spoken = textual.read(text, turn="t")
    assert (spoken.wrong, [one["name"] for one in spoken.calls]) == ("", ["read_file", "run_checks"])


@pytest.mark.parametrize(
    ("path", "given", "there"),
    [
        ("a.py", "```python\nx = 1\n```", "x = 1\n"),
        ("a.py", "```\nx = 1\n```", "x = 1\n"),
        ("a.py", "x = 1\n```", "x = 1\n```\n"),
        ("a.py", '"""\n```\nx\n```\n"""', '"""\n```\nx\n```\n"""\n'),
        ("a.md", "```python\nx = 1\n```", "```python\nx = 1\n```\n"),
        ("a.md", "```markdown\n# A\n```", "# A\n"),
        ("a.md", "```sh\nls\n```\ntext\n```sh\nls\n```", "```sh\nls\n```\ntext\n```sh\nls\n```\n"),
    ],
)
def test_a_fence_around_a_whole_value_is_the_model_s_and_not_the_file_s(path: str, given: str, there: str) -> None:
    spoken = textual.read(f"@@call write_file\n@@path {path}\n@@content\n{given}\n@@end", turn="t")
    assert json.loads(spoken.calls[0]["arguments"])["content"] == there


def test_a_fenced_edit_finds_its_place() -> None:
    text = "@@call edit_file\n@@path a.py\n@@old\n```py\nx = 1\n```\n@@new\n```py\nx = 2\n```\n@@end"
    assert json.loads(textual.read(text, turn="t").calls[0]["arguments"])["edits"] == [{"old": "x = 1", "new": "x = 2"}]


@pytest.mark.parametrize(
    "words",
    [
        'I write it.\n{"name": "write_file", "arguments": {"path": "x.py", "content": "1"}}',
        '<tool_call>\n{"name": "write_file"}\n</tool_call>',
        "<function=write_file><parameter=path>x.py</parameter></function>",
        "@@call write_file\n@@path x.py\n@@content\n1\n@@end",
    ],
)
async def test_a_call_in_words_is_no_end_and_the_next_request_describes_calls_in_words(desk: Desk, words: str) -> None:
    desk.models.say(
        "a", calls(write("first.py")), says(words), says("@@call write_file\n@@path x.py\n@@content\n1\n@@end"),
        says("@@call finish\n@@summary Done.\n@@end"),
    )  # fmt: skip
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert result.answer.paths == ("first.py", "x.py")
    assert desk.models.requests[1].tools
    assert not desk.models.requests[2].tools
    assert "as plain words" in str(desk.models.requests[2].messages[-1]["content"])


def test_words_about_tools_are_no_call() -> None:
    assert not textual.looks_like_a_call('I used edit_file and run_checks; `@@end` ends a call. "name": "shop"')


async def test_a_wrong_form_for_ever_is_a_circle(desk: Desk) -> None:
    desk.here.live.targets[:] = [target("plain", capabilities=TOOLLESS)]
    numbers = itertools.count()
    desk.models.always("plain", lambda: says(f"@@call fly\n@@to {next(numbers)}\n@@end"))
    with pytest.raises(ProviderFailure, match="goes in circles"):
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert tactics(desk)[0] == ("smaller", 3)
    assert len(desk.models.calls) <= 12


# Tools that there are not
async def test_unknown_tools_for_ever_are_a_circle_however_they_differ(desk: Desk) -> None:
    numbers = itertools.count()
    for name in "ab":
        desk.models.always(name, lambda: calls((f"fly_{next(numbers)}", {"to": next(numbers)})))
    with pytest.raises(ProviderFailure, match="goes in circles") as failed:
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert failed.value.kind == FailureKind.CODE_ERROR
    assert [name for name, _ in tactics(desk)] == ["smaller", "other_model", "fresh", ""]
    assert len(desk.models.calls) <= 12
    assert "the tools are list_files" in str(desk.models.requests[1].messages[-1]["content"])


async def test_one_call_that_is_none_among_good_ones_is_told_and_no_circle(desk: Desk) -> None:
    looks = [calls(("fly", {"to": n}), read(f"m{n}.py")) for n in range(6)]
    desk.workspace.files |= {f"m{n}.py": f"{n}\n".encode() for n in range(6)}
    desk.models.say("a", *looks, calls(write("x.py")), calls(DONE))
    await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert tactics(desk) == []


async def test_a_circle_of_unreadable_answers_is_replayed_after_a_kill(desk: Desk) -> None:
    desk.here.live.targets[:] = [target("plain", capabilities=TOOLLESS)]
    work = (says("@@call write_file\n@@path x.py\n@@content\n1\n@@end"), says("@@call finish\n@@summary s\n@@end"))
    desk.models.say("plain", *[says("@@call fly\n@@end")] * 3, *work)
    desk.journal.dies_at = "turn:4"
    with pytest.raises(Killed):
        await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    desk.models.say("plain", *work)
    result = await AgentKind().perform(desk.job(JobKind.IMPLEMENT, EXTEND))
    assert result.answer.paths == ("x.py",)
    assert desk.models.requests[3].messages == desk.models.requests[4].messages
    assert [name for name, _ in tactics(desk)] == ["smaller"]
