"""Phase 1 of an import: the repository comes into a place of its own, is looked over there, and then into the
project's."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

from autodev.lib.clock import utcnow
from autodev.spec.rules.words import split_words
from autodev.spec.schema import Requirement, Spec
from projects.engine.context import TaskContext
from projects.engine.outcome import InvalidInput, NewTask, Outcome, Succeeded, Waits
from projects.engine.record import Happened, lock_build, record
from projects.importing.address import resolved
from projects.importing.archive import entries_of
from projects.importing.errors import ImportDenied, ImportFailed, ImportRefused, ImportUnreachable
from projects.importing.fetching import REF, fetch_address, fetch_folder
from projects.importing.limits import LIMITS
from projects.importing.tidying import tidied
from projects.repository import git
from projects.repository.errors import RepositoryError
from projects.repository.repository import Repository, repository_of
from projects.repository.snapshot import store
from projects.services.importing import Source, forget_login, forget_upload, unsealed, uploads
from projects.states import Phase

KEPT = "what_was_green"
FETCH_WAITS = 3
UNREACHABLE_WAIT_S = 120.0  # a place at which nobody listens is not back within seconds; a server that starts anew is
ON = "the repository"


def run(ctx: TaskContext) -> Outcome:
    """The commit becomes the build's head. What may not be taken in ends the build with the reason."""
    ctx.progress(5, "Fetching the repository")
    build_id = ctx.task.build_id
    try:
        source = unsealed(ctx.task.params["source"], build_id=build_id)
    except ImportRefused as refused:
        raise _ended(refused) from refused
    try:
        found: dict[str, Any] = ctx.journal.once("fetched", lambda: _fetched(ctx, source), title="Fetched it")
    except (ImportRefused, ImportFailed) as error:
        if source.kind == "url" and (later := _later(error, waited=ctx.task.waits)):
            return later
        ctx.write(lambda: forget_login(ctx.task.id, source, build_id=build_id))
        raise _ended(error) from error
    commit, name = str(found["commit"]), str(ctx.task.params["name"])

    def take() -> None:
        lock_build(build_id)
        told = {"commit": commit, "commits": found["commits"]}
        record(build_id, [Happened(type="import.fetched", task_id=ctx.task.id, payload=told)], head=commit, base=commit)
        forget_login(ctx.task.id, source, build_id=build_id)

    ctx.write(take)
    forget_upload(source.where)
    spec = spec_of(name)
    return Succeeded(
        result={"provider": "git", "commit": commit, "commits": found["commits"], "open": [], "understood": []},
        build_updates={"spec": spec.model_dump(mode="json"), "warnings": found["notes"]},
        add_tasks=[
            NewTask(
                key="research", kind="import_research", phase=Phase.RESEARCH, title="Look how it is built and tested",
                needs=["understand"], estimate_s=5, milestone="Understood",
            ),
            NewTask(
                key="plan", kind="import_plan", phase=Phase.PLAN, title="Plan how it is measured", needs=["research"],
                estimate_s=1, milestone="Planned",
            ),
        ],
        merge=False,
    )  # fmt: skip


def spec_of(name: str) -> Spec:
    """What is wanted of a repository that came with its own code: that what is green stays green."""
    words = "_".join(split_words(name.lower())) or "imported"
    kept = Requirement(
        id=KEPT, sentence="What is green stays green", kind="quality",
        text="The tests of the repository that were green when it was measured last are green.",
    )  # fmt: skip
    identifier = words if words[:1].isalpha() else f"p_{words}"
    return Spec(
        name="".join(c for c in identifier if c.isalnum() or c == "_")[:63], title=name, idea="",
        project_type="unknown", summary="An imported repository.", requirements=[kept],
    )  # fmt: skip


def _later(error: ImportRefused | ImportFailed, *, waited: int) -> Waits | None:
    """The wait for a place that may answer another time; None where that mends nothing, or was tried often enough."""
    if isinstance(error, ImportRefused | ImportDenied):
        return None
    reason = f"The repository could not be fetched: {_sentence(error.message)}"
    if isinstance(error, ImportUnreachable):
        until = utcnow() + dt.timedelta(seconds=UNREACHABLE_WAIT_S)
        return None if waited else Waits(reason=f"{reason} It is tried once more.", until=until, on=ON)
    return None if waited >= FETCH_WAITS else Waits(reason=reason, on=ON)


def _ended(error: ImportRefused | ImportFailed) -> InvalidInput:
    return InvalidInput(f"{_sentence(error.message)} {error.hint}".strip(), code=error.code)


def _sentence(text: str) -> str:
    """With its full stop: what git or the system says has none."""
    text = text.rstrip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _fetched(ctx: TaskContext, source: Source) -> dict[str, Any]:
    """Raises ImportRefused, ImportFailed."""
    repository = repository_of(ctx.build.project_id)
    root = repository.init()
    uploads().mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=uploads(), prefix=f"fetch-{ctx.task.id}-") as place:
        alone = Path(place, "alone")
        try:
            commit, notes = _alone(alone, source, repository, root)
            ctx.check_alive()
            if alone.exists():
                commit, more = tidied(alone, commit, limits=LIMITS)
                notes += more
                git.call(alone, ["update-ref", REF, commit])
                arguments = [
                    "fetch",
                    "--quiet",
                    "--no-tags",
                    str(alone),
                    f"+{REF}:refs/autodev/import/{ctx.task.build_id}",
                ]
                git.call(repository.git_dir, arguments)
        except RepositoryError as error:
            raise ImportRefused(f"The repository cannot be taken in: {error.message}", hint=error.hint) from error
    count = int(git.text(repository.git_dir, ["rev-list", "--count", commit]))
    return {"commit": commit, "notes": notes, "commits": count}


def _alone(alone: Path, source: Source, repository: Repository, root: str) -> tuple[str, list[str]]:
    """(the commit, what is to be said). A history comes into the repository `alone`; files without one go to the
    project's at once."""
    kind, where, branch = source.kind, source.where, source.branch
    if kind == "url":
        return fetch_address(alone, resolved(where), branch=branch, limits=LIMITS, login=source.login), []
    if kind == "bundle" or (kind == "folder" and _is_repository(Path(where))):
        return fetch_folder(alone, Path(where), branch=branch, limits=LIMITS), []
    if kind == "folder":
        commit = repository.snapshot(Path(where), parent=root, message="Import\n", date=utcnow())
        return commit, ["It had no history: its files are the first commit."]
    entries, notes = entries_of(Path(where), limits=LIMITS)
    commit = store(repository.git_dir, entries, parents=[root], message="Import\n", date=utcnow())
    return commit, [*notes, "A zip has no history: its files are the first commit."]


def _is_repository(folder: Path) -> bool:
    return (folder / ".git").exists() or ((folder / "HEAD").is_file() and (folder / "objects").is_dir())
