"""A job of 100 steps that reads ever more, with the conversation kept within a window and without. Run by
`bench.agent.run`."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from autodev.contracts.job import JobKind
from providers.chat import ChatRequest
from providers.kinds.agent import AgentKind, digest, window
from providers.money.tokens import estimate_tokens
from providers.targets import Capability
from tests.agent.conftest import Desk, calls, desk
from tests.agent.jobs import DONE, REPAIR
from tests.routing.fakes import target

__all__ = ["desk"]
STEPS = 100
ABLE = frozenset({Capability.STREAMING, Capability.TOOLS})
KINDS = {"unmanaged": 0, "window 128k": 128_000, "window 64k": 64_000, "window 32k": 32_000}


@pytest.mark.parametrize("who", KINDS)
def test_measure(desk: Desk, who: str, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    room = KINDS[who]
    settings.AGENT_MAX_TURNS = STEPS + 10
    if not room:
        monkeypatch.setattr(digest, "fit", lambda *_: False)
        monkeypatch.setattr(window, "MOST", 10**9)
    desk.here.live.targets[:] = [target("a", capabilities=ABLE, context_window=room or 10**9)]
    body = "".join(f"def part_{n}(value: int) -> int:\n    return value + {n}\n" for n in range(100))
    desk.workspace.files |= {f"src/m{n}.py": f"# module {n}\n{body}".encode() for n in range(STEPS)}
    turns = []
    for n in range(STEPS // 2):
        edit = {"path": f"src/m{n}.py", "edits": [{"old": f"# module {n}\n", "new": f"# part {n}\n"}]}
        turns += [calls(("read_file", {"path": f"src/m{n}.py"})), calls(("edit_file", edit))]
    desk.models.say("a", *turns, calls(DONE))
    asyncio.run(AgentKind().perform(desk.job(JobKind.REPAIR, REPAIR)))
    sent = [estimate_tokens(one) for one in desk.models.requests]
    same = [_shared(before, after) for before, after in pairwise(desk.models.requests)]
    row = {
        "who": who, "steps": len(sent), "tokens a step": statistics.mean(sent), "most": max(sent), "last": sent[-1],
        "all, thousands": sum(sent) / 1000, "% repeated from before": 100 * statistics.mean(same),
    }  # fmt: skip
    with Path(os.environ["AUTODEV_BENCH_AGENT"]).open("a", encoding="utf-8") as out:
        out.write(json.dumps(row) + "\n")


def _shared(before: ChatRequest, after: ChatRequest) -> float:
    """The share of a request that begins as the one before it did, which a provider's cache can hold."""
    one, other = [json.dumps(m) for m in before.messages], [json.dumps(m) for m in after.messages]
    equal = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        equal += len(theirs)
    return equal / sum(map(len, other))
