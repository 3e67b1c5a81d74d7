"""The prompts that are there, and the version that holds."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from providers.prompts.prompt import Prompt, examples_in

ROOT = Path(__file__).parent
log = logging.getLogger(__name__)


class UnknownPrompt(LookupError):
    """There is no prompt of that name, or no such version of it."""


@cache
def names() -> tuple[str, ...]:
    """All prompts, by name."""
    return tuple(sorted(folder.name for folder in ROOT.iterdir() if (folder / "1" / "meta.yaml").is_file()))


@cache
def versions(name: str) -> tuple[int, ...]:
    """The versions of a prompt, the oldest first. Raises UnknownPrompt."""
    if name not in names():
        raise UnknownPrompt(f"there is no prompt {name!r}")
    return tuple(sorted(int(folder.name) for folder in (ROOT / name).iterdir() if folder.name.isdecimal()))


def newest(name: str) -> int:
    """Raises UnknownPrompt."""
    return versions(name)[-1]


@cache
def version(name: str, number: int) -> Prompt:
    """Raises UnknownPrompt."""
    if number not in versions(name):
        raise UnknownPrompt(f"there is no version {number} of the prompt {name!r}")
    folder = ROOT / name / str(number)
    meta = yaml.safe_load((folder / "meta.yaml").read_text(encoding="utf-8"))
    return Prompt(
        name=name, version=number, kind=meta["kind"], form=meta["form"], note=meta["note"],
        text=(folder / "prompt.md").read_text(encoding="utf-8"),
        schema=json.loads((folder / "schema.json").read_text(encoding="utf-8")),
        examples=examples_in((folder / "examples.yaml").read_text(encoding="utf-8")),
    )  # fmt: skip


def get(name: str, settings: Mapping[str, Any] | None = None) -> Prompt:
    """The version that the workspace's settings pin (`prompts: {repair: 1}`), else the newest. A pin on a version that
    this installation does not have is logged, and the newest holds. Raises UnknownPrompt."""
    pins: Mapping[str, int] = (settings or {}).get("prompts") or {}
    pinned = pins.get(name)
    if pinned is None or pinned not in versions(name):
        if pinned is not None:
            log.warning("prompt.pin_unknown", extra={"prompt": name, "version": pinned})
        return version(name, newest(name))
    return version(name, pinned)
