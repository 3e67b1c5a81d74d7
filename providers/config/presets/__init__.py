"""The three files of seeds 000, by their names there."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from autodev.lib.errors import DomainError

FOLDER = Path(__file__).parent
SUFFIX = "_config.json"


class UnknownPreset(DomainError):
    code: ClassVar[str] = "unknown_preset"
    status: ClassVar[int] = 404


def names() -> list[str]:
    """`claude_primary`, `default_fallback`, `opencode_primary`."""
    return sorted(path.name.removesuffix(SUFFIX) for path in FOLDER.glob(f"*{SUFFIX}"))


def text(name: str) -> str:
    """The JSON of a preset; `import_config` takes it. Raises UnknownPreset."""
    if name not in names():
        raise UnknownPreset(f"There is no preset {name!r}.", hint=f"There are: {', '.join(names())}.")
    return (FOLDER / f"{name}{SUFFIX}").read_text()
