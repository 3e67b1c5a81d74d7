"""The agent's loop: a model speaks, its tool calls are carried out, their answers go back, until it is done.

Each turn and each round of tools is a step of the journal, so that a job that was cut off goes on where it stopped:
what a model said is not paid again, and what the tools did is in the snapshot that was made with their answers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from autodev.contracts.job import Job
from autodev.contracts.ports import Cancelled
from providers.chat import ChatRequest
from providers.kinds.agent.asking import Bill, ask
from providers.kinds.agent.tools import Toolbox, tools

MAX_TURNS = 40
SAME_CALL_LIMIT = 3
# Characters of old tool answers that stay in the conversation; the newest ones stay whole.
HISTORY_LIMIT = 160_000
WHOLE_ANSWERS = 6
CUT = "(This answer was long and is left out by now; call the tool again if it is needed.)"


@dataclass
class Work:
    """What came out of it. `finished` is false where the turns were used up."""

    bill: Bill
    summary: str = ""
    left_open: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    finished: bool = False


async def work(job: Job, *, system: str, task: str) -> Work:
    """Raises ProviderFailure where no model answers, Cancelled, Fenced."""
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}, {"role": "user", "content": task}]
    done = Work(bill=Bill())
    changed: set[str] = set()
    seen: Counter[str] = Counter()
    journal, name = job.ports.journal, job.key or str(job.kind)
    for number in range(1, MAX_TURNS + 1):
        if job.ports.cancel.is_set():
            raise Cancelled
        _shorten(messages)
        request = ChatRequest(messages=tuple(messages), tools=tools())
        turn = await journal.once(f"{name}:turn:{number}", partial(ask, job, request, done.bill))
        done.bill.add(turn)
        messages.append(_said(turn))
        if turn["text"]:
            job.ports.emit(turn["text"])
        if not turn["tool_calls"]:
            done.summary, done.finished = turn["text"].strip()[:2000], True
            break
        use = partial(_use, job, turn["tool_calls"], seen, number)
        round_ = await journal.once(f"{name}:tools:{number}", use)
        seen.update(round_["fingerprints"])
        changed.update(round_["changed"])
        messages += [{"role": "tool", "tool_call_id": a["id"], "content": a["answer"]} for a in round_["answers"]]
        if round_["finish"] is not None:
            done.summary = str(round_["finish"].get("summary", ""))[:2000]
            done.left_open = [str(one)[:300] for one in round_["finish"].get("left_open") or []]
            done.finished = True
            break
    done.changed = sorted(changed)
    return done


async def _use(job: Job, calls: list[dict[str, Any]], seen: Counter[str], number: int) -> dict[str, Any]:
    """Carries the calls of one turn out, in their order, and keeps what they did."""
    box = Toolbox(job.ports)
    answers: list[dict[str, str]] = []
    fingerprints: list[str] = []
    finish: dict[str, Any] | None = None
    for call in calls:
        fingerprint = f"{call['name']} {call['arguments']}"
        fingerprints.append(fingerprint)
        if call["name"] == "finish":
            finish = _arguments(call["arguments"])
            answer = "ok"
        elif seen[fingerprint] >= SAME_CALL_LIMIT:
            answer = f"error: this very call was made {SAME_CALL_LIMIT} times; do something else, or finish"
        else:
            job.ports.emit(_line(call))
            answer = await box.use(call["name"], call["arguments"])
        answers.append({"id": call["id"], "answer": answer})
    if box.changed:
        await job.ports.workspace.snapshot(f"Turn {number}: {', '.join(sorted(box.changed))}"[:120])
    return {"answers": answers, "fingerprints": fingerprints, "changed": sorted(box.changed), "finish": finish}


def _said(turn: Mapping[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": turn["text"] or None}
    if turn["tool_calls"]:
        message["tool_calls"] = [
            {"id": c["id"], "type": "function", "function": {"name": c["name"], "arguments": c["arguments"]}}
            for c in turn["tool_calls"]
        ]
    return message


def _shorten(messages: list[dict[str, Any]]) -> None:
    """Leaves old tool answers out once the conversation is long; every call keeps an answer, as the formats demand."""
    answers = [m for m in messages if m["role"] == "tool"]
    size = sum(len(m["content"]) for m in answers)
    for message in answers[:-WHOLE_ANSWERS]:
        if size <= HISTORY_LIMIT:
            return
        if len(message["content"]) > len(CUT):
            size -= len(message["content"]) - len(CUT)
            message["content"] = CUT


def _line(call: Mapping[str, str]) -> str:
    values = _arguments(call["arguments"])
    what = values.get("path") or " ".join(map(str, values.get("argv") or []))
    return f"{call['name']} {what}".strip()[:200]


def _arguments(text: str) -> dict[str, Any]:
    try:
        values = json.loads(text or "{}")
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
