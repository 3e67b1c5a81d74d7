"""Phase 4 of a change, by rules: what the blueprint makes otherwise of the new Spec than of the old one, laid over what
is there. What people and models changed since stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodev.blueprints import registry
from autodev.lib.words import counted
from autodev.spec.schema import Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import InvalidInput, Outcome, Succeeded
from projects.models import Task
from projects.pipeline.change_extend import want_more
from projects.pipeline.change_migrations import Tables, migrated, without_migrations
from projects.pipeline.change_understand import needs_model
from projects.pipeline.migration_schemes import SCHEMES
from projects.pipeline.results import result_of
from projects.pipeline.stacks import is_imported
from projects.repository.errors import MergeConflict
from projects.repository.three_way import differing, files_commit, merged


def run(ctx: TaskContext) -> Outcome:
    """One commit, or none where rules have nothing to make. Where what they would make does not go together with what
    is there, a model makes it; without one the build ends and names the files."""
    params = Task.objects.values_list("params", flat=True).get(build_id=ctx.task.build_id, key="understand")
    stack, read = result_of(ctx, "research"), result_of(ctx, "understand")
    ctx.progress(5, "Making the change")
    if "undo" in params and not params["undo"]["by_rules"]:
        return _undo(ctx, stack, params["undo"])
    before, after = Spec.model_validate(read["before"]), Spec.model_validate(ctx.build.spec)
    if is_imported(stack) or _same_product(before, after):
        return Succeeded(result={"paths": [], "provider": "rules"}, merge=False)
    old, new = _rendered(ctx, params["stack"], before), _rendered(ctx, stack, after)
    tables = without_migrations(stack, old, new)
    repository, base = ctx.workspace.repository, ctx.workspace.base
    try:
        commit = merged(
            repository,
            base=files_commit(repository, tables.old),
            ours=base,
            theirs=files_commit(repository, tables.new),
        )
    except MergeConflict as conflict:
        return _conflict(ctx, conflict.paths, read)
    written, gone = differing(repository, base, commit)
    _put(ctx, written, gone)
    notes: list[str] = []
    if tables.changed:
        ctx.progress(50, "Making the migration")
        notes = migrated(ctx, tables)
    return _done(ctx, sorted({*written, *gone}), notes)


def _undo(ctx: TaskContext, stack: Mapping[str, Any], undo: Mapping[str, Any]) -> Outcome:
    """The files without what that change made; migrations that have run stay, and one more takes their tables back.
    Raises InvalidInput where what came after it stands on it."""
    repository, base = ctx.workspace.repository, ctx.workspace.base
    try:
        commit = merged(repository, base=undo["merged"], ours=base, theirs=undo["base"])
    except MergeConflict as conflict:
        said = f"What came after it changed the same places: {', '.join(conflict.paths)}. Undo that first."
        raise InvalidInput(said, code="change_conflict") from conflict
    written, gone = differing(repository, base, commit)
    scheme = SCHEMES.get(str(stack["blueprint"]))
    ran = [path for path in (*written, *gone) if scheme is not None and path.startswith(scheme.folder)]
    written, gone = {p: c for p, c in written.items() if p not in ran}, [p for p in gone if p not in ran]
    _put(ctx, written, gone)
    notes = migrated(ctx, Tables(scheme=scheme, old={}, new={}, changed=True)) if ran else []
    return _done(ctx, sorted({*written, *gone}), notes)


def _conflict(ctx: TaskContext, paths: list[str], read: Mapping[str, Any]) -> Outcome:
    """Raises InvalidInput where nobody can do it otherwise."""
    if not want_more(ctx, list(read["understood"]) or [ctx.build.idea]):
        said = f"{', '.join(paths)} was changed since the blueprint made it, in the places that this changes."
        raise InvalidInput(f"{said} {needs_model(read['understood'] or [ctx.build.idea]).message}", code="needs_model")
    said = f"A model makes it, as it was changed there since: {', '.join(paths)}"
    ctx.emit("change.conflict", {"paths": paths})
    return Succeeded(result={"paths": [], "provider": "rules", "conflict": paths, "notes": [said]}, merge=False)


def _rendered(ctx: TaskContext, stack: Mapping[str, Any], spec: Spec) -> dict[str, str]:
    files = registry.get(str(stack["blueprint"])).render(spec, pins=stack["pins"], lock=stack["lock"])
    if ctx.build.options.get("generation", {}).get("documentation", True):
        return files
    return {path: text for path, text in files.items() if not path.startswith("docs/")}


def _same_product(before: Spec, after: Spec) -> bool:
    """Whether the two Specs differ in nothing that a blueprint renders of itself: a sentence that nobody has given a
    meaning to changes no file."""
    known = {r.id for r in before.requirements}
    plain = after.model_copy(
        update={"requirements": [r for r in after.requirements if r.understood or r.id in known], "risks": before.risks}
    )
    return plain == before


def _put(ctx: TaskContext, written: Mapping[str, bytes], gone: list[str]) -> None:
    """The files as they are to be; a second attempt finds some of them so already."""
    there = set(ctx.workspace.paths())
    for path, content in written.items():
        ctx.workspace.write(path, content)
    for path in gone:
        if path in there:
            ctx.workspace.delete(path)


def _done(ctx: TaskContext, paths: list[str], notes: list[str]) -> Outcome:
    ctx.workspace.snapshot(ctx.build.idea[:200])
    ctx.progress(95, f"Changed {counted(len(paths), 'file')}")
    return Succeeded(result={"provider": "rules", "paths": paths, "notes": notes}, build_updates={"warnings": notes})
