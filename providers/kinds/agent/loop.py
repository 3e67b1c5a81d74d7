"""The agent's loop: a model speaks, its tool calls are carried out, their answers go back, until the checks agree that
it is done, or it goes in circles that nothing gets it out of.

Each turn, round of tools, claim and change of tactic is a step of the journal, so that a job that was cut off goes on
where it stopped: what a model said is not paid again, and what its tools did is in the snapshot made with their
answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from django.conf import settings

from autodev.contracts.job import Job
from autodev.contracts.ports import Cancelled
from providers.kinds.agent.asking import Bill, need_of
from providers.kinds.agent.claims import Claims
from providers.kinds.agent.conversation import Answered, Conversation, Heard
from providers.kinds.agent.ground import Ground, ground_of
from providers.kinds.agent.notes import notes
from providers.kinds.agent.progress import Progress
from providers.kinds.agent.rounds import NOTHING_DONE, Rounds
from providers.kinds.agent.steps import Json, Steps
from providers.kinds.agent.tactics import Tactics
from providers.kinds.agent.textual import looks_like_a_call
from providers.kinds.agent.turns import Speaker
from providers.kinds.agent.window import asked_by
from providers.prompts import Prompt
from providers.stuck import Observation

RULES = files(__package__).joinpath("rules.md").read_text(encoding="utf-8").strip()
USED_UP = "The agent's turns were used up."
UNREADABLE = "Nothing was carried out, because your answer has not the form that was described: {why}. Write it again."
MEANT_A_CALL = "it holds a call of a tool as plain words, which nobody carries out"


@dataclass(frozen=True, kw_only=True)
class Brief:
    """A job as the loop is given it. `prompt` is filled with `values`, `map` and `files` (the map too). `task` is what
    is wanted, in words; `items` its parts in their order, for when it has to be made smaller."""

    prompt: Prompt
    values: Mapping[str, str]
    task: str
    items: Sequence[str] = ()


@dataclass
class Work:
    """What came out of it. `finished` is false where the turns were used up."""

    bill: Bill
    summary: str = ""
    left_open: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    finished: bool = False


async def work(job: Job, brief: Brief) -> Work:
    """Raises ProviderFailure where no model answers or the work goes in circles, NotForThisJob, Cancelled, Fenced."""
    if job.ports.cancel.is_set():
        raise Cancelled
    steps = await Steps.of(job)
    ground = await _ground(job, steps, brief)
    system = f"{brief.prompt.render(**{**brief.values, 'map': ground.map, 'files': ground.map})}\n\n{RULES}"
    instructions = f"{ground.instructions}\n\n" if ground.instructions else ""
    conversation = Conversation(system=system, task=f"{instructions}{brief.task}{notes(job)}")
    speaker = Speaker(job, steps, conversation, brief.prompt.id)
    return await _Loop(job, brief, steps, speaker, Progress(base=ground.head)).run()


async def _ground(job: Job, steps: Steps, brief: Brief) -> Ground:
    window = (await asked_by(need_of(job, Bill()))).window

    async def look() -> Json:
        return await ground_of(job, brief.task, window)

    return Ground.from_json(await steps.once("ground", look, kind="note", title=lambda _: "Looked at the project"))


class _Loop:
    def __init__(self, job: Job, brief: Brief, steps: Steps, speaker: Speaker, progress: Progress) -> None:
        self._job, self._speaker, self._progress = job, speaker, progress
        self._conversation = speaker.conversation
        self._rounds = Rounds(job, steps, brief.task)
        self._tactics = Tactics(speaker, steps, progress, brief.items or (brief.task,))
        self._claims = Claims(job, steps, progress, speaker.conversation)
        self._done = Work(bill=speaker.bill)

    async def run(self) -> Work:
        for number in range(1, settings.AGENT_MAX_TURNS + 1):
            if self._job.ports.cancel.is_set():
                raise Cancelled
            if await self._turn(number):
                self._done.finished = True
                break
        self._done.changed = sorted(self._progress.state)
        if not self._done.finished:
            self._done.left_open = [USED_UP]
        return self._done

    async def _turn(self, number: int) -> bool:
        """Whether the work has ended."""
        turn = await self._speaker.turn(number)
        if turn["text"]:
            self._job.ports.emit(turn["text"])
        wrong = _wrong(turn)
        if wrong:
            self._speaker.tools = self._speaker.tools and not looks_like_a_call(turn["text"])
            self._conversation.add(Heard(text=UNREADABLE.format(why=wrong)))
            tokens = turn["input_tokens"] + turn["output_tokens"]
            await self._tactics.look(number, Observation(tokens=tokens, did=NOTHING_DONE), turn["provider"])
            return False
        finish: Mapping[str, object] | None = {"summary": turn["text"].strip()}
        if turn["tool_calls"]:
            done = await self._rounds.round(number, turn)
            answers = [{"id": one["id"], "name": one["name"], "answer": one["answer"]} for one in done["answers"]]
            self._conversation.add(Answered(turn=number, answers=answers))
            seen = self._progress.saw(done, turn["input_tokens"] + turn["output_tokens"])
            finish = done["finish"]
            if finish is None:
                await self._tactics.look(number, seen, turn["provider"])
        return finish is not None and await self._ended(number, finish)

    async def _ended(self, number: int, finish: Mapping[str, object]) -> bool:
        judged = await self._claims.judge(number)
        if judged.accepted:
            told = finish.get("left_open") or []
            said = [told] if isinstance(told, str) else list(told) if isinstance(told, list) else []
            self._done.summary = str(finish.get("summary", ""))[:2000]
            self._done.left_open = [*(str(one)[:300] for one in said), *judged.open]
        return judged.accepted


def _wrong(turn: Mapping[str, Any]) -> str:
    """Why an answer is neither work nor an end of it; empty where it is one."""
    if turn.get("wrong"):
        return str(turn["wrong"])
    if turn["tool_calls"]:
        return ""
    return MEANT_A_CALL if looks_like_a_call(turn["text"]) else ""
