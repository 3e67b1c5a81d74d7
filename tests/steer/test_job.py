"""People and a job that a task does: through the real ports, from the message to the transcript."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from autodev.contracts.job import ChangeSummary, Job, JobResult
from projects.checks.types import Rung
from projects.models import Message, Question, Step
from projects.selectors.transcript import transcript_page
from projects.services.steering import message_send, question_answer
from tests.pipeline.conftest import pipeline, short_ladder
from tests.pipeline.scripted import Waiting, waiting

__all__ = ["pipeline", "short_ladder", "waiting"]
pytestmark = [pytest.mark.django_db, pytest.mark.feature("F1.3", "F2.11")]


async def does_as_told(job: Job) -> JobResult:
    """Writes what a person said, and what was answered, into the product; its turn's step has the ids."""
    said: list[str] = []

    async def turn() -> dict[str, object]:
        told = await job.ports.steer.messages()
        said.extend(one.text for one in told)
        return {"text": "I heard it.", "tool_calls": [], "heard": [{"id": one.id} for one in told]}

    await job.ports.journal.once(f"{job.key}:agent:turn:1", turn, kind="turn")
    answer = await job.ports.steer.ask(f"{job.key}:q", "In which colour?", assumption="grey")
    text = f'"""{" ".join(said)} {answer}."""\n'
    job.ports.workspace.write("probe/said.py", text.encode())
    await job.ports.workspace.snapshot("Wrote it")
    return JobResult(answer=ChangeSummary(title="Done", paths=("probe/said.py",)), provider="agent")


def test_what_was_said_and_assumed_reaches_the_product_and_the_transcript(
    waiting: Waiting, short_ladder: list[Rung], settings: Settings
) -> None:
    settings.AGENT_QUESTION_WAIT_SECONDS = 0
    waiting.extending(short_ladder)
    message_send(build=waiting.build, user=None, text="Say hello")
    waiting.models.will(does_as_told)
    task = waiting.step("extend")
    assert task.result["kept"], task.last_error
    waiting.build.refresh_from_db()
    product = waiting.repository.read(waiting.build.head, "probe/said.py").decode()
    assert product == '"""Say hello grey."""\n'
    _, lines = transcript_page(task, None)
    kinds = [line.kind for line in lines]
    assert [kind for kind in kinds if kind in {"message", "said", "question", "commit"}] == [
        "message", "said", "question", "commit",
    ]  # fmt: skip
    assert Message.objects.get().taken_by == task
    question = Question.objects.get()
    question_answer(question=question, user=None, text="blue")
    assert Message.objects.filter(taken_at=None).count() == 1  # the next task that listens hears it
    assert Step.objects.filter(task=task, kind="question").count() == 1
