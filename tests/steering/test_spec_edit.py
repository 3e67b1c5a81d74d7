"""The Spec is edited: before the plan it is simply taken, afterwards what came of the old one runs again."""

from __future__ import annotations

from typing import Any

import pytest

from autodev.accounts.errors import NotFound
from autodev.accounts.models import User, Workspace
from autodev.contracts.ports import Fenced
from autodev.events.models import Event
from autodev.spec.editing.changes import add_field, not_wanted, rename_field
from autodev.spec.schema import FieldSpec
from projects.engine import finish
from projects.engine.outcome import Succeeded
from projects.models import Build, Check, Dependency, Evidence, Requirement, SpecRevision, Step, Task
from projects.repository.repository import repository_of
from projects.selectors.spec import current_revision, revision_of, revisions_of
from projects.services import cancel_build, edit_spec, pause_build, replay_build, restore_spec, rollback_build
from projects.services.errors import HarmfulIdea, SpecChanged, SpecInvalid, WrongState
from projects.states import BuildState
from tests.factories.accounts import UserFactory
from tests.steering.conftest import Run

pytestmark = pytest.mark.feature("F1.3")


def edit(run: Run, spec: Any, version: int = 1, actor: User | None = None) -> SpecRevision:
    return edit_spec(build=run.build, actor=actor or run.user, spec=spec, expected_version=version)


def with_pages(run: Run) -> Any:
    return add_field(run.spec, entity="Book", field=FieldSpec(name="pages", type="integer", required=False))


def test_before_the_plan_the_later_phases_take_it(run: Run) -> None:
    run.steps("understand")
    revision = edit(run, with_pages(run))
    assert (revision.number, revision.author) == (2, run.user)
    assert revision.changes == ["entities.Book.fields.pages: added", "requirements.books_pages: added"]
    assert run.states() == {"understand": "succeeded", "research": "ready", "plan": "pending"}
    event = Event.objects.get(type="spec.edited")
    assert (event.actor, event.payload["number"]) == (run.user, 2)
    run.steps("research", "plan", "implement")
    files = repository_of(run.build.project_id)
    assert b"pages" in files.read(run.build.head, "README.md") + b"".join(
        files.read(run.build.head, path) for path in files.files(run.build.head) if "model" in path
    )


def test_after_the_plan_the_tasks_run_again_with_checks_frozen_anew(run: Run) -> None:
    run.steps("understand", "research", "plan", "implement")
    before = dict(Check.objects.values_list("key", "digest"))
    epochs = dict(Task.objects.values_list("key", "epoch"))
    steps, commit = Step.objects.count(), run.build.head
    assert "books_isbn_unique" in Requirement.objects.values_list("key", flat=True)
    renamed = rename_field(run.spec, entity="Book", name="copies", new_name="amount")
    edit(run, not_wanted(renamed, requirement="books_isbn_unique"))

    build = Build.objects.get()
    assert (build.state, build.phase, build.head, build.progress) == (BuildState.RUNNING, "research", "", 0)
    assert (build.plan, build.tech_stack, build.metrics) == ({}, {}, {})
    assert run.states() == {
        "understand": "succeeded", "research": "ready", "plan": "pending", "implement": "pending",
        "validate": "pending", "refine": "pending", "deliver": "pending",
    }  # fmt: skip
    assert Task.objects.get(key="implement").epoch == epochs["implement"] + 1
    assert not Check.objects.exists()
    kept = SpecRevision.objects.get(number=1).evidence
    assert kept is not None
    assert {c["digest"] for r in kept["requirements"] for c in r["checks"]} == {d for d in before.values() if d}
    assert Step.objects.count() == steps
    assert repository_of(build.project_id).has(commit)

    run.steps("research", "plan", "implement")
    after = dict(Check.objects.values_list("key", "digest"))
    assert "books_isbn_unique" not in Requirement.objects.values_list("key", flat=True)
    changed = [key for key in after if key in before and before[key] != after[key]]
    assert changed
    assert run.build.head != commit


def test_a_worker_that_runs_with_the_old_spec_is_fenced(run: Run) -> None:
    run.steps("understand")
    taken = run.claim()
    assert taken.task.key == "research"
    edit(run, with_pages(run))
    with pytest.raises(Fenced):
        finish.succeed(taken, Succeeded(build_updates={"tech_stack": {"old": "1"}}))
    assert run.states()["research"] == "ready"
    run.steps("research", "plan")


def test_two_editors_do_not_overwrite_each_other(run: Run) -> None:
    run.steps("understand")
    other = UserFactory.create(name="Grace")
    first, second = with_pages(run), not_wanted(run.spec, requirement="books_isbn_unique")
    edit(run, first, actor=other)
    with pytest.raises(SpecChanged, match="version 2 by Grace; you edited version 1") as late:
        edit(run, second)
    assert "not lost" in late.value.hint
    assert run.spec == first
    assert edit(run, first).number == 2  # a repetition of what landed is no conflict
    assert edit(run, second, version=2).number == 3
    assert Event.objects.filter(type="spec.edited").count() == 2


def test_what_is_wrong_is_told_with_its_place_and_nothing_changes(run: Run) -> None:
    run.steps("understand")
    before, version = run.spec, Build.objects.get().version
    text = run.text.replace("  title: title\n", "  title: titel\n")
    with pytest.raises(SpecInvalid) as refused:
        edit(run, text)
    (problem,) = refused.value.problems
    assert (problem.where, problem.line) == ("entities.0.title", text.splitlines().index("  title: titel") + 1)
    assert "There are: title, author, isbn, copies." in problem.hint
    assert list(refused.value.errors) == [{"field": "entities.0.title", "message": f"{problem.message} {problem.hint}"}]
    assert (run.spec, Build.objects.get().version) == (before, version)
    assert not SpecRevision.objects.exists()


def test_harm_does_not_come_in_by_an_edit(run: Run) -> None:
    run.steps("understand")
    spec = run.spec
    spec.summary = "A keylogger that sends my colleagues' passwords to me."
    with pytest.raises(HarmfulIdea):
        edit(run, spec)


def test_undo_is_a_revision_of_its_own(run: Run) -> None:
    run.steps("understand")
    before = run.spec
    edit(run, with_pages(run))
    undone = restore_spec(build=run.build, actor=run.user, number=1, expected_version=2)
    assert (undone.number, undone.origin, undone.restored) == (3, "restore", 1)
    assert undone.changes == ["entities.Book.fields.pages: removed", "requirements.books_pages: removed"]
    assert run.spec == before
    listed = revisions_of(Build.objects.get())
    assert [(r.number, r.origin) for r in listed] == [(3, "restore"), (2, "edit"), (1, "analysis")]
    assert listed[-1].created_at == Task.objects.get(key="understand").finished_at
    with pytest.raises(NotFound):
        restore_spec(build=run.build, actor=run.user, number=9, expected_version=3)


def test_an_unread_idea_a_cancelled_build_and_a_second_reading_refuse(run: Run) -> None:
    with pytest.raises(WrongState, match="not been read"):
        edit(run, {"name": "a", "title": "A", "idea": "a", "project_type": "unknown"})
    run.steps("understand")
    new = with_pages(run)
    replay_build(build=run.build, user=run.user, start="understand")
    with pytest.raises(WrongState, match="being read again"):
        edit(run, new)
    run.steps("understand")
    cancel_build(build=run.build, user=run.user)
    with pytest.raises(WrongState, match="cancelled"):
        edit(run, new)


def test_reading_the_idea_again_is_a_revision_that_an_older_editor_runs_into(run: Run) -> None:
    run.steps("understand")
    edit(run, with_pages(run))
    stale = not_wanted(run.spec, requirement="books_isbn_unique")
    replay_build(build=run.build, user=run.user)
    run.steps("understand")
    build = Build.objects.get()
    current = current_revision(build)
    assert current is not None
    assert (current.number, current.origin) == (3, "analysis")
    assert revision_of(build, 3).spec == build.spec
    assert revision_of(build, 2).author == run.user
    with pytest.raises(SpecChanged, match="version 3; you"):
        edit(run, stale, version=2)


def test_a_paused_build_stays_paused(run: Run) -> None:
    run.steps("understand", "research")
    pause_build(build=run.build, user=run.user)
    edit(run, with_pages(run))
    assert Build.objects.get().state == BuildState.PAUSED
    assert run.states()["research"] == "ready"


def test_a_finished_build_runs_again_and_its_old_checkpoints_need_the_old_spec(quick: Run) -> None:
    every = ("research", "plan", "implement", "validate", "refine", "deliver")
    quick.steps("understand", *every)
    assert quick.build.is_final
    assert Evidence.objects.exists()
    checkpoint = Step.objects.exclude(commit="").latest("created_at")
    edit(quick, with_pages(quick))
    assert Build.objects.get().state == BuildState.RUNNING
    with pytest.raises(WrongState, match="revision 1 of the Spec") as refused:
        rollback_build(build=quick.build, user=quick.user, to_step=checkpoint)
    assert "Restore" in refused.value.hint
    quick.steps(*every)
    assert quick.build.is_final
    restore_spec(build=quick.build, actor=quick.user, number=1, expected_version=2)
    assert rollback_build(build=quick.build, user=quick.user, to_step=checkpoint).head == checkpoint.commit
    first = revision_of(Build.objects.get(), 1).evidence
    assert first is not None
    assert [(check["key"], check["commit"]) for check in first["ladder"]] == [("parse", checkpoint.commit)]


def test_a_plan_that_is_made_again_leaves_out_what_only_the_old_one_had(run: Run) -> None:
    run.steps("understand", "research", "plan")
    old = Task.objects.create(build=run.build, key="implement-old", kind="implement", phase="implement", title="Old")
    Task.objects.filter(key="implement").update(title="Make it with another")
    for task, need in ((old, "plan"), (Task.objects.get(key="validate"), "implement-old")):
        Dependency.objects.create(task=task, needs=Task.objects.get(key=need))
    Dependency.objects.filter(task__key="deliver").update(needs=old)
    edit(run, with_pages(run))
    run.steps("research", "plan")
    assert run.states()["implement-old"] == "superseded"
    assert Task.objects.get(key="implement").title.startswith("Make it with FastAPI")
    needs = Dependency.objects.values_list("task__key", "needs__key")
    assert [need for task, need in needs if task == "validate"] == ["implement"]
    assert ("deliver", "refine") in needs


def test_a_build_made_before_revisions_were_kept_can_be_edited(workspace: Workspace, run: Run) -> None:
    run.steps("understand")
    Task.objects.filter(key="understand").update(finished_at=None)
    assert [r.number for r in revisions_of(run.build)] == [1]
    assert edit(run, with_pages(run)).number == 2
