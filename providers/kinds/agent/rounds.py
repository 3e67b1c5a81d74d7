"""The tool calls of one turn: what only reads is done at once, the rest in its order; then the files are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from autodev.contracts.job import Job
from autodev.contracts.transcript import StepKind
from providers.kinds.agent.given import object_of
from providers.kinds.agent.steps import Json, Steps
from providers.kinds.agent.tools import READ_ONLY, SLOW, Done, Toolbox
from providers.kinds.agent.tools.arguments import BadArguments, read_arguments
from providers.kinds.agent.tools.specs import FINISH
from providers.stuck import Checks, step_hash

AT_ONCE = 8
NOTHING_DONE = step_hash([("nothing was carried out", "", "")])
CUT_OFF = (
    "(This call was cut off: the service was restarted before its result was recorded. The files are as the calls "
    "before it left them. Call it again if its result is needed.)"
)


class Rounds:
    """Carries the rounds of one job out."""

    def __init__(self, job: Job, steps: Steps, task: str) -> None:
        self._job, self._steps, self._task = job, steps, task

    async def round(self, number: int, turn: Mapping[str, Any]) -> Json:
        """As JSON: `answers` (id, name, answer, ok), `touched` (path → hash), `changed`, `commit`, `finish`, and what
        the judge of progress sees: `did`, `failed`, `checks` and the commit that they ran on. Raises Cancelled,
        Fenced."""
        calls: Sequence[Mapping[str, str]] = turn["tool_calls"]

        async def call() -> Json:
            return await self._carried_out(number, calls, cut=bool(turn.get("cut")))

        return await self._steps.once(f"tools:{number}", call, kind=StepKind.TOOLS, title=_title)

    async def _carried_out(self, number: int, calls: Sequence[Mapping[str, str]], *, cut: bool) -> Json:
        box = Toolbox(self._job.ports, task=self._task, key=f"{self._steps.prefix}ask:{number}")
        done: list[Done] = []
        for group in _groups(calls):
            made = await asyncio.gather(*(self._one(box, number, at, calls[at], cut=cut) for at in group))
            done += made
        commit = await self._kept(box, number)
        finish = next(
            (one for one, result in zip(calls, done, strict=True) if one["name"] == FINISH and result.ok), None
        )
        checked = next((one for one in reversed(done) if one.checks is not None), Done(answer=""))
        return {
            "answers": [
                {"id": one["id"], "name": one["name"], "answer": result.answer, "ok": result.ok}
                for one, result in zip(calls, done, strict=True)
            ],
            "touched": box.touched,
            "changed": sorted(box.touched),
            "commit": commit,
            "finish": object_of(finish["arguments"]) if finish is not None else None,
            "did": _did(calls, done),
            "failed": [one.failed for one in done if one.failed],
            "checks": as_json(checked.checks),
            "checked_at": checked.commit,
        }

    async def _one(self, box: Toolbox, number: int, at: int, call: Mapping[str, str], *, cut: bool) -> Done:
        name = call["name"]
        if name == FINISH:
            return _finished(call, cut=cut)
        self._job.ports.emit(_line(call))
        if name in SLOW:
            mark = f"doing:{number}:{at}"
            if self._steps.was_begun(mark) and name != "ask_person":
                return Done(answer=CUT_OFF, ok=False)
            if box.touched and name == "run_checks":
                await self._kept(box, number)
            await self._steps.begin(mark, {"tool": name}, title=_line(call))
        done = await box.use(name, call["arguments"], cut=cut, at=at)
        return replace(done, commit=self._job.ports.workspace.head) if done.checks is not None else done

    async def _kept(self, box: Toolbox, number: int) -> str:
        """The commit with all that was changed so far."""
        workspace = self._job.ports.workspace
        if not box.touched:
            return workspace.head
        return await workspace.snapshot(f"Turn {number}: {', '.join(sorted(box.touched))}"[:120])


def _did(calls: Sequence[Mapping[str, str]], done: Sequence[Done]) -> str:
    """Calls none of which could be read are one and the same step, however they differ."""
    if not any(result.understood for result in done):
        return NOTHING_DONE
    return step_hash((one["name"], one["arguments"], result.answer) for one, result in zip(calls, done, strict=True))


def _finished(call: Mapping[str, str], *, cut: bool) -> Done:
    """An end whose words cannot be read is none: what it says is left open would be lost."""
    try:
        read_arguments(FINISH, call["arguments"], cut=cut)
    except BadArguments as error:
        return Done(answer=f"error: {error}", ok=False, understood=False)
    return Done(answer="ok")


def as_json(checks: Checks | None) -> Json | None:
    if checks is None:
        return None
    return {"green": sorted(checks.green), "errors": checks.errors, "failure": checks.failure, "first": checks.first}


def checks_from(data: Mapping[str, Any] | None) -> Checks | None:
    if data is None:
        return None
    return Checks(green=frozenset(data["green"]), errors=data["errors"], failure=data["failure"], first=data["first"])


def _groups(calls: Sequence[Mapping[str, str]]) -> list[list[int]]:
    """Places of calls that are carried out together."""
    groups: list[list[int]] = []
    for at, call in enumerate(calls):
        reads = call["name"] in READ_ONLY
        if groups and reads and calls[groups[-1][-1]]["name"] in READ_ONLY and len(groups[-1]) < AT_ONCE:
            groups[-1].append(at)
        else:
            groups.append([at])
    return groups


def _title(done: Mapping[str, Any]) -> str:
    names = [one["name"] for one in done["answers"]]
    said = ", ".join(f"{name} ×{names.count(name)}" if names.count(name) > 1 else name for name in dict.fromkeys(names))
    bad = sum(not one["ok"] for one in done["answers"])
    return f"{said}{f'; {bad} refused or red' if bad else ''}"[:200]


def _line(call: Mapping[str, str]) -> str:
    values = object_of(call["arguments"])
    argv = values.get("argv")
    words = argv if isinstance(argv, list) else [argv] if argv else []
    what = values.get("path") or values.get("pattern") or values.get("question") or " ".join(map(str, words))
    return f"{call['name']} {what}".strip()[:200]
