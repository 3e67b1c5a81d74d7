"""What recovery changed for the next attempt of a task; it stands in the task's `params` under `recovery`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

KEY = "recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """`avoid` names providers that are not asked, `forbidden` says in sentences which approaches failed, `approach` is
    what the kind's remedies offered, `summary` what was done and failed so far, `note` what a person added. `percent`
    below 100 asks for a fallback of that size. `depth` counts how often the work was decomposed already."""

    strategy: str = ""
    avoid: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    approach: Mapping[str, Any] = field(default_factory=dict)
    summary: str = ""
    note: str = ""
    percent: int = 100
    depth: int = 0

    def told(self) -> str:
        """The guidance in words, for whoever does the work; empty where there is none."""
        lines = [self.summary] if self.summary else []
        lines += [f"This failed before, do not do it again: {sentence}" for sentence in self.forbidden]
        lines += [f"A person says: {self.note}"] if self.note else []
        return "\n".join(lines)


FORM: TypeAdapter[Guidance] = TypeAdapter(Guidance)


def check(params: Mapping[str, Any]) -> None:
    """Raises pydantic's ValidationError for guidance that no attempt could read."""
    if KEY in params:
        FORM.validate_json(json.dumps(params[KEY]), strict=True)


def guidance_of(params: Mapping[str, Any]) -> Guidance:
    """What stands in a task's params; the default where nothing does. Names that this version does not know are
    passed over."""
    known = {one.name for one in dataclasses.fields(Guidance)}
    given = {name: value for name, value in dict(params.get(KEY) or {}).items() if name in known}
    for name in ("avoid", "forbidden"):
        given[name] = tuple(given.get(name, ()))
    return Guidance(**given)


def with_guidance(params: Mapping[str, Any], guidance: Guidance) -> dict[str, Any]:
    """The params with this guidance instead of what they had."""
    return {**params, KEY: {**dataclasses.asdict(guidance), "approach": dict(guidance.approach)}}


def without_guidance(params: Mapping[str, Any]) -> dict[str, Any]:
    """The params as they were before recovery changed anything."""
    return {name: value for name, value in params.items() if name != KEY}
