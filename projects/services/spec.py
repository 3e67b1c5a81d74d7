"""Changing the Spec of a build: the user's word counts, before the plan is frozen and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autodev.accounts.models import User
from autodev.blueprints import registry
from autodev.lib.db import write
from autodev.spec.editing.check import SpecRefused, spec_from, spec_from_text
from autodev.spec.editing.differences import differences
from autodev.spec.schema import Spec
from projects.engine.again import Point, begin_again
from projects.engine.plain import plain
from projects.engine.reach import head_before
from projects.engine.record import Happened, record
from projects.frozen import keep_current
from projects.models import Build, Origin, SpecRevision, Task
from projects.selectors.spec import being_read, revision_of
from projects.services.errors import SpecChanged, SpecInvalid, WrongState
from projects.services.held import held
from projects.services.refusal import refuse_harm
from projects.states import BuildState, Phase

CHANGES_MAX = 100
CHANGES_TOLD = 20
UNREAD = "The idea has not been read yet."


def edit_spec(
    *,
    build: Build,
    actor: User | None,
    spec: Spec | Mapping[str, Any] | str,
    expected_version: int,
) -> SpecRevision:
    """The build's Spec is `spec` (a document, or its text in YAML or JSON), as a new revision, which is given.

    `expected_version` is the revision that was edited. What has begun after the understanding is run again from there,
    with checks frozen anew; where nothing has, the later phases simply take it. A build that had ended runs again,
    except a cancelled one. A Spec that is the same already changes nothing. Raises SpecInvalid with every problem,
    SpecChanged where somebody else was faster, WrongState, HarmfulIdea."""
    new = checked_spec(build, spec)
    return _take(build, actor, new, expected_version, origin=Origin.EDIT)


def restore_spec(*, build: Build, actor: User | None, number: int, expected_version: int) -> SpecRevision:
    """The Spec is what it was at revision `number`, as a new revision: the undo of all edits since. Raises NotFound and
    what `edit_spec` raises."""
    new = checked_spec(build, revision_of(build, number).spec)
    return _take(build, actor, new, expected_version, origin=Origin.RESTORE, restored=number)


def checked_spec(build: Build, spec: Spec | Mapping[str, Any] | str) -> Spec:
    """The document as a Spec that a product of this build can be made of. Raises SpecInvalid, HarmfulIdea."""
    dialect = _dialect(build, spec)
    try:
        if isinstance(spec, str):
            new = spec_from_text(spec, dialect=dialect)
        else:
            new = spec_from(spec.model_dump(mode="json") if isinstance(spec, Spec) else spec, dialect=dialect)
    except SpecRefused as refused:
        raise SpecInvalid(refused.problems) from refused
    known = set(_words(build.spec))
    for words in _words(new.model_dump(mode="json")):
        if words not in known:
            refuse_harm(words)
    return new


def _words(spec: Mapping[str, Any] | None) -> list[str]:
    """What a Spec says in a person's words."""
    if spec is None:
        return []
    found = [spec.get("idea", ""), spec.get("summary", ""), spec.get("title", "")]
    for requirement in spec.get("requirements", ()):
        found += [requirement["sentence"], requirement["text"]]
    return found


def _dialect(build: Build, spec: object) -> str | None:
    """The dialect of the blueprint that was asked for by name; else the project type says it."""
    wanted = build.options.get("blueprint")
    known = {blueprint.name: blueprint.manifest.dialect for blueprint in registry.all_blueprints()}
    return known.get(wanted) if wanted else None


def _take(
    build: Build,
    actor: User | None,
    new: Spec,
    expected_version: int,
    *,
    origin: Origin,
    restored: int | None = None,
) -> SpecRevision:
    data = plain(new.model_dump(mode="json"))
    begun_at = Task.objects.filter(build=build).exclude(phase=Phase.UNDERSTAND)
    head = head_before(build, begun_at.values_list("pk", flat=True))

    def apply() -> SpecRevision:
        fresh = held(build, verb="changed")
        current = keep_current(fresh)
        if current is None:
            raise WrongState(UNREAD, hint="The Spec can be edited once the first phase is done.")
        if current.spec == data:
            return current
        if current.number != expected_version:
            raise SpecChanged(_who_was_faster(current, expected_version))
        if being_read(fresh):
            raise WrongState("The idea is being read again.", hint="Edit the Spec once that is done.")
        revision = SpecRevision(
            build=fresh, number=current.number + 1, origin=origin, spec=data, restored=restored, author=actor,
            changes=differences(current.spec, data)[:CHANGES_MAX],
        )  # fmt: skip
        _follow(fresh, revision, head, actor)
        revision.save()
        return revision

    return write(apply)


def _follow(fresh: Build, revision: SpecRevision, head: str, actor: User | None) -> None:
    """The build takes the revision: what has begun after the understanding begins again."""
    later = Task.objects.filter(build=fresh).exclude(phase=Phase.UNDERSTAND)
    payload = {
        "number": revision.number,
        "origin": revision.origin,
        "restored": revision.restored,
        "changes": revision.changes[:CHANGES_TOLD],
    }
    happened = Happened(type="spec.edited", payload=payload)
    if not later.filter(started_at__isnull=False).exists() and not fresh.is_final:
        record(fresh.pk, [happened], actor=actor, ring=True, spec=revision.spec)
        return
    tasks = list(later.values_list("pk", flat=True))
    point = Point(tasks=tasks, head=head, seen=fresh.head, phase=Phase.RESEARCH if tasks else Phase.UNDERSTAND)
    state = BuildState.PAUSED if fresh.state == BuildState.PAUSED else BuildState.RUNNING
    begin_again(fresh, point, happened=happened, actor=actor, spec=revision.spec, state=state, plan={}, tech_stack={})


def _who_was_faster(current: SpecRevision, expected: int) -> str:
    who = f" by {current.author}" if current.author is not None else ""
    return f"The Spec is at version {current.number}{who}; you edited version {expected}."
