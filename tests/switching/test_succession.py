"""One worker after the other: what is kept, what is told, what is taken back, and who goes on after a kill."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from autodev.contracts.job import Job
from autodev.contracts.ports import Cancelled, Fenced
from autodev.sandbox.types import SandboxUnavailable
from projects.checks.types import LadderReport
from providers import registry
from providers.kinds.base import NotForThisJob, ProviderFailure, ProviderKind
from providers.perform import perform
from providers.workers.handover import LIMIT
from tests.switching.desk import Desk, Kind, avoiding, both, fails, nothing, raises, refuses, writes

pytestmark = pytest.mark.feature("F2.11")
Use = Callable[..., None]


class Killed(BaseException):
    """The process is gone: nothing runs any more."""


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    def chosen(*kinds: ProviderKind) -> None:
        monkeypatch.setattr(registry, "kinds", lambda: kinds)

    return chosen


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_the_next_one_gets_the_files_and_is_told(desk: Desk, use: Use) -> None:
    a, b = Kind("a", both(writes("half\n"), fails("overloaded", "try later"))), Kind("b", writes("whole\n"))
    use(a, b)
    result = await perform(desk.job())
    assert (result.provider, desk.files.files["app.py"]) == ("b", "whole\n")
    told = b.jobs[0].guidance.told
    assert "a worked on it and left (overloaded):\n> try later" in told
    assert "changed so far: app.py" in told
    assert "Make the shop sell." in told
    assert "Checks that are green and must stay so: parse, lint, tests." in told
    assert desk.files.commits["c1"] == {"app.py": "half\n"}
    began, left = desk.steps.of("began"), desk.steps.of("left")
    assert [(one["worker"], one["commit"], one["previous"]) for one in began] == [("a", "c0", ""), ("b", "c1", "a")]
    assert [(one["worker"], one["failure"], one["commit"]) for one in left] == [("a", "overloaded", "c1")]


async def test_what_recovery_told_stands_before_the_handover(desk: Desk, use: Use) -> None:
    b = Kind("b", nothing)
    use(Kind("a", fails("timeout")), b)
    await perform(desk.job(guidance=avoiding(told="Go about it backwards.")))
    assert b.jobs[0].guidance.told.startswith("Go about it backwards.\n\nYou take over")
    assert "No file was changed by them." in b.jobs[0].guidance.told
    assert "> tests at app.py:1: one fails" in b.jobs[0].guidance.told
    assert desk.ladders == 0


async def test_a_switch_that_makes_it_worse_is_taken_back_and_the_next_is_told(desk: Desk, use: Use) -> None:
    a = Kind("a", both(writes("half, no tests\n"), fails("code_error")))
    b, c = Kind("b", writes("no lint, no tests\n")), Kind("c", writes("good\n"))
    use(a, b, c)
    result = await perform(desk.job())
    assert result.provider == "c"
    assert desk.files.restored == ["c1"]
    left = desk.steps.of("left")[1]
    assert (left["worker"], left["failure"], left["lost"], left["restored"]) == ("b", "code_error", ["lint"], "c1")
    told = c.jobs[0].guidance.told
    assert "What it changed was taken back, because these checks were green before: lint." in told
    assert "> tests at app.py:1: tests is not met" in told
    assert desk.files.files["app.py"] == "good\n"


async def test_one_that_fails_worse_than_it_began_is_taken_back_too(desk: Desk, use: Use) -> None:
    use(
        Kind("a", both(writes("half\n"), fails("timeout"))),
        Kind("b", both(writes("no parse\n"), fails("overloaded", outside=True))),
    )
    with pytest.raises(ProviderFailure) as failed:
        await perform(desk.job())
    assert (failed.value.kind, failed.value.outside) == ("overloaded", True)
    assert failed.value.details["asked"] == [
        {"provider": "a", "kind": "timeout"}, {"provider": "b", "kind": "overloaded"}
    ]  # fmt: skip
    assert desk.files.files["app.py"] == "half\n"


async def test_without_a_sandbox_nothing_is_compared(desk: Desk, use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away() -> None:
        raise SandboxUnavailable(["no bubblewrap"])

    monkeypatch.setattr(desk, "check", away)
    use(Kind("a", both(writes("half\n"), fails("timeout"))), Kind("b", writes("no parse\n")))
    assert (await perform(desk.job())).provider == "b"
    assert desk.files.restored == []
    assert any("could not be run" in line for line in desk.said)


async def test_what_was_cut_off_goes_on_with_the_same_worker(desk: Desk, use: Use) -> None:
    """`kill -9` of the process while b is at work: a is not asked again, and b gets the very same words."""
    b = Kind("b", both(writes("half\n"), raises(Killed())), writes("whole\n"))
    use(Kind("a", fails("timeout")), b)
    with pytest.raises(Killed):
        await perform(desk.job())
    assert (await perform(desk.job(epoch=2))).provider == "b"
    assert [one["worker"] for one in desk.steps.of("began")] == ["a", "b"]
    assert b.jobs[0].guidance.told == b.jobs[1].guidance.told
    assert desk.files.files["app.py"] == "whole\n"


async def test_a_kill_between_leaving_and_the_next_asks_nobody_twice(
    desk: Desk, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = Kind("a", both(writes("half\n"), fails("timeout"))), Kind("b", nothing)
    use(a, b)
    whole = desk.check

    async def killed() -> None:
        raise Killed

    monkeypatch.setattr(desk, "check", killed)
    with pytest.raises(Killed):
        await perform(desk.job())
    monkeypatch.setattr(desk, "check", whole)
    assert (await perform(desk.job(epoch=2))).provider == "b"
    assert len(a.jobs) == 1
    assert "> it failed: timeout" in b.jobs[0].guidance.told


async def test_a_kill_after_work_was_taken_back_does_not_bring_it_again(desk: Desk, use: Use) -> None:
    """The row of the task still has the bad commit: nothing was snapshot after the files were put back."""
    use(
        Kind("a", both(writes("half\n"), fails("timeout"))),
        Kind("b", writes("no parse\n")),
        Kind("c", raises(Killed()), nothing),
    )
    with pytest.raises(Killed):
        await perform(desk.job())
    bad = desk.steps.of("left")[1]["commit"]
    await desk.files.restore(bad)
    assert (await perform(desk.job(epoch=2))).provider == "c"
    assert desk.files.files["app.py"] == "half\n"


async def test_a_kill_while_the_checks_run_after_a_failure_does_not_ask_it_again(
    desk: Desk, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    b, c = Kind("b", both(writes("no parse\n"), fails("code_error", "in circles"))), Kind("c", nothing)
    use(Kind("a", both(writes("half\n"), fails("timeout"))), b, c)
    whole = desk.check

    async def killed() -> LadderReport:
        if desk.ladders:
            raise Killed
        return await whole()

    monkeypatch.setattr(desk, "check", killed)
    with pytest.raises(Killed):
        await perform(desk.job())
    monkeypatch.setattr(desk, "check", whole)
    assert (await perform(desk.job(epoch=2))).provider == "c"
    assert len(b.jobs) == 1
    assert "b worked on it and left (code error):\n> in circles" in c.jobs[0].guidance.told
    assert desk.files.files["app.py"] == "half\n"


async def test_who_was_cut_off_and_cannot_be_asked_any_more_is_handed_over_too(desk: Desk, use: Use) -> None:
    """Its circuit opened meanwhile, or somebody switched it off."""
    b = Kind("b", nothing)
    use(Kind("a", both(writes("half\n"), raises(Killed()))), b)
    with pytest.raises(Killed):
        await perform(desk.job())
    use(b)
    await perform(desk.job(epoch=2))
    assert "a worked on it and was cut off." in b.jobs[0].guidance.told
    assert "changed so far: app.py" in b.jobs[0].guidance.told


async def test_what_an_earlier_round_made_is_not_made_worse(desk: Desk, use: Use) -> None:
    a = Kind("a", both(writes("half\n"), fails("overloaded", outside=True)), nothing)
    use(a)
    with pytest.raises(ProviderFailure):
        await perform(desk.job())
    use(Kind("b", writes("no parse\n")), a)
    assert (await perform(desk.job(epoch=2))).provider == "a"
    assert desk.steps.of("left")[1]["lost"] == ["parse"]
    assert desk.files.files["app.py"] == "half\n"


async def test_what_a_worker_put_back_itself_stays_so(desk: Desk, use: Use) -> None:
    """The row of the task still has what it took back before it gave up."""

    async def thinks_better_of_it(job: Job) -> None:
        good = job.ports.workspace.head
        await writes("no parse\n")(job)
        await job.ports.workspace.restore(good)

    use(Kind("a", both(writes("half\n"), thinks_better_of_it, fails("code_error"))))
    with pytest.raises(ProviderFailure):
        await perform(desk.job())
    await desk.files.restore("c2")
    use(Kind("b", nothing))
    await perform(desk.job(epoch=2))
    assert desk.files.files["app.py"] == "half\n"


async def test_a_round_in_which_all_failed_is_over_and_the_next_begins_with_the_first(desk: Desk, use: Use) -> None:
    a, b = Kind("a", fails("timeout"), nothing), Kind("b", fails("overloaded", outside=True, retry_after_s=5.0))
    use(a, b)
    with pytest.raises(ProviderFailure) as failed:
        await perform(desk.job())
    assert (failed.value.kind, failed.value.retry_after_s, failed.value.provider) == ("overloaded", 5.0, "b")
    assert (await perform(desk.job(epoch=2))).provider == "a"
    assert [(one["worker"], one["round"]) for one in desk.steps.of("began")] == [("a", 1), ("b", 1), ("a", 2)]
    assert "b worked on it and left (overloaded)" in a.jobs[1].guidance.told
    # It begins a new conversation, as b may have changed what it knew: its own part is told to it too.
    assert [one.key for one in a.jobs] == ["", "repair~3"]
    assert "a worked on it and left (timeout)" in a.jobs[1].guidance.told


async def test_who_waited_for_an_outage_goes_on_in_its_own_words(desk: Desk, use: Use) -> None:
    a = Kind("a", both(writes("half\n"), fails("overloaded", outside=True)), fails("code_error"), nothing)
    use(a, Kind("b", refuses, refuses, refuses))
    for _ in range(2):
        with pytest.raises(ProviderFailure):
            await perform(desk.job(key="extend"))
    await perform(desk.job(key="extend"))
    assert [one.key for one in a.jobs] == ["extend", "extend", "extend~5"]
    assert a.jobs[1].guidance.told == ""
    assert "it failed: code_error" in a.jobs[2].guidance.told
    assert "changed so far: app.py" in a.jobs[2].guidance.told


async def test_what_people_said_is_handed_over(desk: Desk, use: Use) -> None:
    b = Kind("b", nothing)
    use(Kind("a", fails("timeout")), b)
    await desk.steps.record("message:1", {"text": "Make it blue.", "by": "Ada"}, kind="message")
    await perform(desk.job())
    assert "People said meanwhile, which holds:\n- Ada: Make it blue." in b.jobs[0].guidance.told


async def test_what_one_heard_who_then_declined_is_told_to_the_next(desk: Desk, use: Use) -> None:
    async def hears(job: Job) -> None:
        await job.ports.journal.record("message:1", {"text": "Make it blue.", "by": "Ada"}, kind="message")
        raise NotForThisJob("no model can be asked")

    b = Kind("b", both(writes("half\n"), raises(Killed())), nothing)
    use(Kind("a", hears), b)
    with pytest.raises(Killed):
        await perform(desk.job())
    assert b.jobs[0].guidance.told == "People said meanwhile, which holds:\n- Ada: Make it blue."
    await perform(desk.job(epoch=2))
    assert b.jobs[1].guidance.told == b.jobs[0].guidance.told


async def test_an_outage_says_more_than_what_a_person_must_mend(desk: Desk, use: Use) -> None:
    use(Kind("a", fails("rate_limit", outside=True, retry_after_s=9.0)), Kind("b", fails("authentication")))
    with pytest.raises(ProviderFailure) as failed:
        await perform(desk.job())
    assert (failed.value.kind, failed.value.retry_after_s) == ("rate_limit", 9.0)


async def test_who_refuses_leaves_no_trace_for_the_next(desk: Desk, use: Use) -> None:
    b = Kind("b", nothing)
    use(Kind("a", refuses), Kind("c", kinds=()), b)
    await perform(desk.job())
    assert b.jobs[0].guidance.told == ""
    assert [one["previous"] for one in desk.steps.of("began")] == ["", ""]
    assert desk.said == []


async def test_nobody_for_it_is_said_and_who_is_avoided(desk: Desk, use: Use) -> None:
    use(Kind("a", refuses))
    with pytest.raises(NotForThisJob, match="not for me"):
        await perform(desk.job())
    a = Kind("a")
    use(a)
    with pytest.raises(NotForThisJob, match="Nobody is left to do it: a failed before") as failed:
        await perform(desk.job(guidance=avoiding("a")))
    assert failed.value.details == {"avoid": ["a"]}
    assert a.jobs == []
    assert desk.said == ["a: is not asked again, as it failed before"]


@pytest.mark.parametrize("error", [Fenced(), Cancelled(), asyncio.CancelledError()])
async def test_what_is_about_the_job_asks_nobody_else_and_leaves_the_visit_open(
    error: BaseException, desk: Desk, use: Use
) -> None:
    a, b = Kind("a", raises(error), nothing), Kind("b")
    use(a, b)
    with pytest.raises(type(error)):
        await perform(desk.job())
    assert desk.steps.of("left") == []
    assert (await perform(desk.job(epoch=2))).provider == "a"
    assert b.jobs == []


async def test_a_cancelled_job_is_handed_to_nobody(desk: Desk, use: Use) -> None:
    b = Kind("b")

    async def stopped(_: object) -> None:
        desk.cancel.set()
        raise ProviderFailure("timeout", "late")

    use(Kind("a", stopped), b)
    with pytest.raises(Cancelled):
        await perform(desk.job())
    assert b.jobs == []


async def test_what_breaks_in_a_worker_is_its_failure(desk: Desk, use: Use) -> None:
    use(Kind("a", raises(RuntimeError("a bug"))), Kind("b", nothing))
    assert (await perform(desk.job())).provider == "b"
    assert desk.steps.of("left")[0]["message"] == "RuntimeError: a bug"


async def test_two_jobs_of_a_task_know_nothing_of_each_other(desk: Desk, use: Use) -> None:
    use(Kind("a", fails("timeout"), nothing), Kind("b", nothing))
    assert (await perform(desk.job(key="repair:1"))).provider == "b"
    assert (await perform(desk.job(key="repair:2"))).provider == "a"


async def test_the_last_things_done_are_quoted_and_the_whole_is_bounded(desk: Desk, use: Use) -> None:
    async def works(job: object) -> None:
        for number in range(60):
            said = [{"kind": "said", "text": f"line {number} " + "x" * 500}]
            await desk.steps.record(f"repair:a:entries:{number}", said, kind="entries")
        turn = {"text": "", "tool_calls": [{"name": "write_file", "arguments": '{"path": "a.py"}'}]}
        await desk.steps.record("repair:a:turn:1", turn, kind="turn")
        tools = [
            {"kind": "tool", "tool": "Bash", "call": "1", "arguments": {"command": "pytest -q"}},
            {"kind": "result", "tool": "Bash", "call": "1", "text": "2 failed", "ok": False},
        ]
        await desk.steps.record("repair:a:entries:61", {"entries": tools}, kind="entries")
        desk.files.write("b.py", b"x")
        await desk.files.snapshot("x")
        raise ProviderFailure("stuck", "the same again " * 100)

    b = Kind("b", nothing)
    use(Kind("a", works), b)
    await perform(desk.job())
    told = b.jobs[0].guidance.told
    assert "> used write_file a.py\n> used Bash pytest -q\n> Bash failed: 2 failed" in told
    assert "line 59" in told
    assert "line 20" not in told
    assert len(told) <= LIMIT
    assert all(line.startswith("> ") for line in told.splitlines() if "the same again" in line)
