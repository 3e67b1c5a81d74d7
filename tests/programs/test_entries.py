"""The transcript of a program: batches in the journal, and snapshots before they are told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autodev.contracts.transcript import Entry, EntryKind
from autodev.lib import aio
from autodev.lib.errors import DomainError
from providers.kinds.base import ProviderFailure
from providers.kinds.programs import checkpoints, entries
from providers.kinds.programs.begun import begun, over
from providers.kinds.programs.entries import BATCH, EVERY_S, Transcript
from tests.programs.conftest import Here
from tests.programs.test_watch import Clock

SAID = Entry(kind=EntryKind.SAID, text="I begin.\nAnd go on.", at=1.0)
TOOL = Entry(kind=EntryKind.TOOL, tool="Write", call="c1", arguments={"file_path": "/workspace/app/a"}, at=2.0)


def test_batches_go_on_where_another_process_ended(here: Here) -> None:
    time, job = Clock(), here.job()

    async def work() -> None:
        transcript = Transcript(job, "program", now=time)
        before = await aio.in_caller(lambda: len(here.steps("entries")))
        await transcript.add(SAID, TOOL)
        assert await aio.in_caller(lambda: len(here.steps("entries"))) == before
        time.now += EVERY_S
        await transcript.tick()
        await transcript.add(*[SAID] * BATCH)
        await transcript.close()

    aio.run(work())
    aio.run(work())
    steps = here.steps("entries")
    assert [step.key for step in steps] == [f"extend:program:entries:{number}" for number in (1, 2, 3, 4)]
    assert [len(step.output or ()) for step in steps] == [2, BATCH, 2, BATCH]
    assert steps[0].title == "Write"
    assert steps[1].title.startswith("I begin.")
    assert Entry.from_json(list(steps[0].output or ())[1]) == TOOL


def test_what_a_program_tells_is_bounded(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    job = here.job()
    large = replace(
        TOOL, tool="W" * 5000, call="c" * 5000, arguments={"file_path": "/workspace/app/a", "content": "x" * 10**6}
    )
    monkeypatch.setattr(entries, "RUN_LIMIT", 30_000)

    async def work() -> None:
        transcript = Transcript(job, "program")
        await transcript.add(large, replace(SAID, text="y" * 10**6), SAID)
        await transcript.add(SAID)
        await transcript.close()

    aio.run(work())
    (step,) = here.steps("entries")
    first, second, last = map(Entry.from_json, step.output or ())
    assert first.arguments["file_path"] == "/workspace/app/a"
    assert len(str(first)) < 25_000
    assert len(second.text) == entries.TEXT_LIMIT
    assert (last.kind, last.text) == (EntryKind.NOTE, entries.FULL)


def test_files_are_kept_before_they_are_told(here: Here) -> None:
    time, job = Clock(), here.job()

    async def work() -> str:
        transcript = Transcript(job, "program", now=time)
        here.ctx.workspace.write("one.txt", b"1")
        await transcript.add(TOOL, changed=True)
        first = here.ctx.workspace.head
        time.now += EVERY_S
        await transcript.tick()
        assert here.ctx.workspace.head != first
        return await transcript.close()

    head = aio.run(work())
    assert head == here.ctx.workspace.head
    kinds = [step.kind for step in here.row.steps.order_by("created_at", "pk")]
    assert kinds == ["snapshot", "entries"]


def test_files_that_cannot_be_stored_are_a_note_and_then_a_failure(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    time, job = Clock(), here.job()

    def refuse(_: str) -> str:
        raise DomainError("A repository lies inside.", hint="Remove it.")

    monkeypatch.setattr(here.ctx.workspace, "snapshot", refuse)

    async def work() -> None:
        transcript = Transcript(job, "program", now=time)
        for _ in range(2):
            time.now += EVERY_S
            await transcript.add(TOOL, changed=True)
        await transcript.close()

    with pytest.raises(ProviderFailure, match=r"A repository lies inside\. Remove it\."):
        aio.run(work())
    assert [one["text"] for one in here.entries() if one["kind"] == "note"] == ["A repository lies inside."]


def test_while_a_tool_runs_on_a_checkpoint_is_made_as_often_as_was_chosen(here: Here) -> None:
    time, job = Clock(), here.job()
    assert checkpoints.every_s() == 300

    async def work(transcript: Transcript) -> list[bool]:
        made = []
        for number in range(3):
            here.ctx.workspace.write("probe/growing.py", f"STEP = {number}\n".encode())
            before = here.ctx.workspace.head
            time.now += 20
            await transcript.tick()
            made.append(here.ctx.workspace.head != before)
        return made

    with checkpoints.each(40):
        chosen = Transcript(job, "program", now=time)
    assert aio.run(work(chosen)) == [False, True, False]
    assert aio.run(work(Transcript(job, "program", now=time))) == [False, False, False]


def test_a_conversation_goes_on_until_it_is_over(here: Here) -> None:
    job = here.job()

    async def first() -> tuple[str, str, str]:
        one = await begun(job, "program")
        two = await begun(job, "program")
        assert (one.again, two.again) == (False, True)
        assert set(one.files) == {"README.md", "probe/__init__.py"}
        await over(job, "program", two, "it broke")
        three = await begun(job, "program")
        assert not three.again
        return one.session, two.session, three.session

    one, two, three = aio.run(first())
    assert one == two != three
