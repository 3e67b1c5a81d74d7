"""The tables of a product that people use already: a change of them is a migration of its own, never a change of the
first one, which has run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autodev.blueprints.python.formatting import format_python
from autodev.sandbox import Owner, get_backend
from projects.checks.context import CheckContext
from projects.checks.layers import layers_of
from projects.checks.serving import filled
from projects.engine.context import TaskContext
from projects.pipeline.migration_schemes import SCHEMES, Scheme
from projects.pipeline.proof import Bench


@dataclass(frozen=True, kw_only=True)
class Tables:
    """Both renderings without the migrations; `changed`: the first migration would be another one now, `initial`
    holds it."""

    scheme: Scheme | None
    old: dict[str, str]
    new: dict[str, str]
    changed: bool = False
    initial: Mapping[str, str] = field(default_factory=dict)


def without_migrations(stack: Mapping[str, Any], old: dict[str, str], new: dict[str, str]) -> Tables:
    """The renderings without the files that say how tables came to be, for a blueprint that has such."""
    scheme = SCHEMES.get(str(stack["blueprint"]))
    if scheme is None:
        return Tables(scheme=None, old=old, new=new)
    folder = scheme.folder
    first, then = ({p: t for p, t in files.items() if p.startswith(folder)} for files in (old, new))
    rest = [{p: t for p, t in files.items() if not p.startswith(folder)} for files in (old, new)]
    return Tables(scheme=scheme, old=rest[0], new=rest[1], changed=first != then, initial=then)


def migrated(ctx: TaskContext, tables: Tables) -> list[str]:
    """Writes the migration from what is there to what the models say now, made by the framework itself in the sandbox.
    Where it cannot be made (a value that old records would need), the first migration becomes the new one, and the
    sentence that says so is given: a database that is in use has to be changed by hand then."""
    scheme = tables.scheme
    if scheme is None:
        return []
    there = [path for path in ctx.workspace.paths() if path.startswith(scheme.folder)]
    made, why = _made(ctx, scheme, there)
    for path, text in format_python(made).items():
        ctx.workspace.write(path, text.encode())
    if made:
        return []
    if not tables.initial:
        return [f"No migration could be made for it: {why}"]
    for name, initial in tables.initial.items():
        ctx.workspace.write(name, initial.encode())
    return [f"The first migration was changed, as none could be made that keeps a database in use: {why}"]


def _made(ctx: TaskContext, scheme: Scheme, there: Sequence[str]) -> tuple[dict[str, str], str]:
    """(path → text of the migrations that are new, why there is none)."""
    slug = re.sub(r"[^a-z0-9]+", "_", ctx.build.idea.lower()).strip("_")[:30].strip("_") or "change"
    words = {"number": f"{1 + _newest(there, scheme.folder):04d}", "slug": slug, "words": slug.replace("_", " ")}
    bench, backend = Bench(ctx), get_backend()
    check = CheckContext(
        root=ctx.workspace.root, manifest=bench.manifest, lock=bench.lock, backend=backend, layers=layers_of(backend),
        owner=Owner(str(ctx.task.id), ctx.task.epoch), cancel=ctx.cancel,
    )  # fmt: skip
    env = filled(bench.manifest.run.env if bench.manifest.run is not None else {})
    said = ""
    with check.workspace() as workspace:
        (workspace / "data").mkdir()
        for command in (*scheme.prepare, scheme.command):
            done = check.run(
                [word.format(**words) for word in command], workspace=workspace, phase="test", project=True, env=env,
                artefacts=[f"app/{scheme.folder}*.py"],
            )  # fmt: skip
            said = done.stderr or done.stdout
            if not done.ok:
                return {}, _last_line(said)
            files = {name.removeprefix("app/"): data for name, data in done.artefacts.items()}
    made = {path: data.decode("utf-8", "replace") for path, data in files.items() if path not in there}
    return made, "" if made else _last_line(said) or "nothing was written"


def _newest(paths: Sequence[str], folder: str) -> int:
    """The highest number of a migration that is there."""
    numbers = [re.match(r"(\d{4})", path.removeprefix(folder)) for path in paths]
    return max((int(one[1]) for one in numbers if one), default=0)


def _last_line(text: str) -> str:
    return next((line.strip()[:300] for line in reversed(text.splitlines()) if line.strip()), "")
