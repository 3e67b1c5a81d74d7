"""What a model is shown of a failure. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from string import Template
from typing import Any

from projects.engine.failure import redact
from projects.engine.plain import clean_text
from providers.chat import ChatRequest
from providers.failures.redact import redacted
from recovery.situation import Situation
from recovery.states import Strategy

# The file of prompts/ that is used.
PROMPT = "v1"
TEXT_LIMIT = 2000
HISTORY_SHOWN = 10
MOST_OUTPUT_TOKENS = 400
MEANS: Mapping[Strategy, str] = {
    Strategy.RETRY_WITH_DIFFERENT_AGENT: "the same work is given to another model or agent; who failed is left out",
    Strategy.DECOMPOSE_INTO_SUBTASKS: "the work is replaced by smaller parts with the same result",
    Strategy.ALTERNATIVE_APPROACH: "the same goal by another way, stack or prompt; the failed way is forbidden",
    Strategy.CONTEXT_RECONSTRUCTION: "workspace, inputs and dependencies are made anew, then it runs again",
    Strategy.RETRY_WITH_DELAY: "the same again after a wait",
}


def question(situation: Situation, *, options: Sequence[Strategy], with_text: bool) -> ChatRequest:
    """The request. `with_text` shows the failure's text, redacted and cut to its end and beginning; without it only
    kinds and counts leave the house."""
    strategies = "\n".join(f"- `{one}`: {MEANS[one]}" for one in options)
    return ChatRequest(
        messages=(
            {"role": "system", "content": _template(PROMPT).substitute(strategies=strategies).strip()},
            {"role": "user", "content": json.dumps(known(situation, with_text=with_text), ensure_ascii=True)},
        ),
        max_output_tokens=MOST_OUTPUT_TOKENS,
        temperature=0.0,
    )


def known(situation: Situation, *, with_text: bool) -> dict[str, Any]:
    """What the model is told, as plain data."""
    found: dict[str, Any] = {
        "task_kind": situation.task_kind,
        "critical": situation.critical,
        "failure_kind": situation.failure_kind,
        "attempts": situation.attempts,
        "max_attempts": situation.max_attempts,
        "waits": situation.waits,
        "providers_left": len(set(situation.providers) - {*situation.avoid, situation.provider}),
        "parts": situation.parts,
        "other_approaches": len(situation.approaches),
        "tried": [
            {"strategy": str(one.strategy), "failure_kind": one.failure_kind}
            for one in situation.history[-HISTORY_SHOWN:]
        ],
        "learned": {
            str(strategy): {"helped": round(one.good, 1), "did_not": round(one.bad, 1)}
            for strategy, one in situation.learned.items()
        },
    }
    if with_text:
        found["changed_since_it_worked"] = [shown(one) for one in situation.changed]
        found["failure_text"] = shown(situation.message)
    return found


def shown(text: str) -> str:
    """Without secrets, and where it is long without its middle: its first and its last lines say most."""
    text = redacted(redact(clean_text(text)))
    if len(text) <= TEXT_LIMIT:
        return text
    half = TEXT_LIMIT // 2
    return f"{text[:half]}\n[…]\n{text[-half:]}"


@cache
def _template(name: str) -> Template:
    return Template(files("recovery.opinion").joinpath("prompts", f"{name}.md").read_text(encoding="utf-8"))
