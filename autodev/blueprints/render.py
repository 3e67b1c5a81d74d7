"""Renders a folder of Jinja templates to files in memory.

`<blueprint>/files/` mirrors the project that comes out. A `*.j2` file is a template, any other is copied. In a path,
`__package__` is replaced by a name, and `__entity__` makes one file for each entity. `<blueprint>/parts/` and
`python/parts/` hold pieces for `{% include "parts/…" %}` and `{% include "shared/…" %}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import FileSystemLoader, PrefixLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from autodev.blueprints.text import FILTERS

SHARED_PARTS = Path(__file__).parent / "python" / "parts"
_PLACEHOLDER = re.compile(r"__([a-z]+)__")


class BlueprintError(Exception):
    """A blueprint that cannot be read or rendered; the message names the file."""


def _never(path: str) -> bool:
    return False


@dataclass(frozen=True)
class Rendering:
    """What a blueprint's `context.rendering(spec)` gives.

    `variables` are what templates see. `names` replaces placeholders of a path (`{"package": "csvstat"}`); `each`
    repeats a file: `{"entity": [("todo", view), …]}` writes `__entity__.py` once a pair, the variable `entity` set to
    the view. `skip(path)` is asked with the template's path below `files/`, without `.j2`, and leaves the file out.
    """

    variables: Mapping[str, Any]
    names: Mapping[str, str] = field(default_factory=dict)
    each: Mapping[str, Sequence[tuple[str, Any]]] = field(default_factory=dict)
    skip: Callable[[str], bool] = _never


@lru_cache(maxsize=64)
def environment(folder: Path) -> ImmutableSandboxedEnvironment:
    """The sandboxed environment of a blueprint's folder; templates are read again when their file has changed."""
    environment = ImmutableSandboxedEnvironment(
        loader=PrefixLoader(
            {
                "files": FileSystemLoader(folder / "files"),
                "parts": FileSystemLoader(folder / "parts"),
                "shared": FileSystemLoader(SHARED_PARTS),
            }
        ),
        undefined=StrictUndefined,
        # The output is code: the Spec's text passes the filters of `text` instead.
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=True,
    )
    environment.filters.update(FILTERS)
    return environment


def contained(path: str) -> str:
    """The path, normalised and relative. Raises BlueprintError where it would leave the project or hide in `.git`."""
    pure = PurePosixPath(path)
    if pure.is_absolute() or "\\" in path or "\0" in path or not pure.parts:
        raise BlueprintError(f"{path!r} is not a path inside the project")
    if any(part in {"..", ".git"} for part in pure.parts):
        raise BlueprintError(f"{path!r} is not a path inside the project")
    return str(pure)


def render_folder(folder: Path, rendering: Rendering) -> dict[str, str]:
    """Path → text of everything under `folder/files`, sorted by path.

    Raises BlueprintError for a template that fails, a path that leaves the project, and two templates with one path.
    """
    files = folder / "files"
    output: dict[str, str] = {}
    for source in sorted(files.rglob("*")):
        if not source.is_file() or "__pycache__" in source.parts:
            continue
        relative = source.relative_to(files).as_posix()
        if rendering.skip(relative.removesuffix(".j2")):
            continue
        for path, variables in _targets(relative.removesuffix(".j2"), rendering):
            target = contained(path)
            if target in output:
                raise BlueprintError(f"{folder.name}: two templates give {target}")
            output[target] = _text(folder, source, relative, {**rendering.variables, **variables})
    return dict(sorted(output.items()))


def _targets(path: str, rendering: Rendering) -> list[tuple[str, dict[str, Any]]]:
    """The output paths of one template, each with the variables that are set for it alone."""
    found = [name for name in _PLACEHOLDER.findall(path) if name in rendering.each]
    for name, value in rendering.names.items():
        path = path.replace(f"__{name}__", value)
    if not found:
        return [(path, {})]
    (name,) = set(found)
    return [(path.replace(f"__{name}__", value), {name: view}) for value, view in rendering.each[name]]


def _text(folder: Path, source: Path, relative: str, variables: Mapping[str, Any]) -> str:
    try:
        if not relative.endswith(".j2"):
            return source.read_text(encoding="utf-8")
        return environment(folder).get_template(f"files/{relative}").render(variables)
    except (TemplateError, TypeError, UnicodeDecodeError) as error:
        raise BlueprintError(f"{folder.name}/files/{relative}: {type(error).__name__}: {error}") from error
