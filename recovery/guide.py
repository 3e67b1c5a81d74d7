"""What the next attempt of a task is told: its guidance as the chosen strategy changes it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from projects.guidance import Guidance, guidance_of, with_guidance
from projects.remedies import Approach
from recovery.situation import Option
from recovery.states import Strategy

SHORT = 300
WHOLE = 100
FIRST_WAY = "the way it was done first"


def guided(
    params: Mapping[str, Any],
    option: Option,
    *,
    message: str = "",
    approach: Approach | None = None,
    summary: str = "",
    note: str = "",
) -> dict[str, Any]:
    """The task's params with the guidance of the option; what is no fallback asks for the whole again. `avoid` of the
    option replaces what was avoided before. An `approach` forbids the one that failed with this `message`; `summary` is
    what was done so far, `note` a person's word."""
    before = guidance_of(params)
    fallback = option.strategy == Strategy.SKIP_WITH_FALLBACK
    percent = int(option.params.get("percent", WHOLE)) if fallback else WHOLE
    changed = replace(before, strategy=str(option.strategy), percent=percent)
    if "avoid" in option.params:
        changed = replace(changed, avoid=tuple(map(str, option.params["avoid"])))
    if approach is not None:
        forbidden = tuple(dict.fromkeys([*before.forbidden, failed_way(before, message)]))
        way = {**approach.params, "name": approach.name, "told": approach.told}
        changed = replace(changed, approach=way, forbidden=forbidden)
    if summary:
        changed = replace(changed, summary=summary)
    if note:
        changed = replace(changed, note=note)
    return with_guidance(params, changed)


def failed_way(guidance: Guidance, message: str) -> str:
    """The way that failed, in words."""
    way = str(guidance.approach.get("told") or guidance.approach.get("name") or FIRST_WAY).rstrip(".")
    return f"{way} ({first_line(message)})" if message else way


def first_line(text: str, limit: int = SHORT) -> str:
    """The first line that says something, cut to `limit` characters."""
    line = next((one.strip() for one in text.splitlines() if one.strip()), "")
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
