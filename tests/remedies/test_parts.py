"""Work that is too much is divided: a task for each requirement or file, one after the other."""

from __future__ import annotations

import pytest

from projects.engine import decisions
from projects.guidance import Guidance, guidance_of, with_guidance
from projects.models import Dependency, Step, Task
from projects.remedies import Nothing, remedies_for
from projects.remedies.dividing import groups
from projects.states import RECOVERY, Phase, TaskState
from tests.remedies.conftest import WISHES, Planned

pytestmark = [pytest.mark.django_db, pytest.mark.feature("F3.2")]


def test_a_part_for_each_sentence_in_a_row(planned: Planned) -> None:
    guided = Guidance(strategy="x", avoid=("a",), note="Be brief.", approach={"name": "smallest_change"}, depth=1)
    task = planned.task("extend", params=with_guidance({}, guided), priority=3)
    parts = remedies_for("extend").parts(task)
    assert [part.key for part in parts] == ["extend.e7.1", "extend.e7.2", "extend.e7.3"]
    assert [part.needs for part in parts] == [[], ["extend.e7.1"], ["extend.e7.2"]]
    assert [part.params["only"] for part in parts] == [[wish] for wish in WISHES]
    first = parts[0]
    assert (first.kind, first.phase, first.critical, first.parent) == ("extend", Phase.IMPLEMENT, False, task.pk)
    assert (first.title, first.estimate_s, first.milestone, first.priority) == (f"Add: {WISHES[0]}", 40, "Made", 3)
    assert guidance_of(first.params) == Guidance(avoid=("a",), note="Be brief.", depth=2)


def test_the_engine_takes_them(planned: Planned) -> None:
    planned.task("implement", state=TaskState.SUCCEEDED)
    task = planned.task("extend", wait_reason=RECOVERY)
    after = planned.task("validate", state=TaskState.PENDING)
    for one, needed in ((task, "implement"), (after, "extend")):
        Dependency.objects.create(task=one, needs=Task.objects.get(key=needed))
    parts = remedies_for("extend").parts(task)
    assert decisions.supersede(task_id=task.pk, epoch=7, parts=parts, reason="Too much at once.")
    states = dict(Task.objects.filter(parent=task).values_list("key", "state"))
    assert states == {"extend.e7.1": "ready", "extend.e7.2": "pending", "extend.e7.3": "pending"}
    assert list(after.needs.values_list("needs__key", flat=True)) == ["extend.e7.3"]
    part = Task.objects.get(key="extend.e7.1")
    assert guidance_of(part.params).depth == 1
    assert remedies_for("extend").parts(part) == []


def test_a_part_of_several_is_divided_once_more_and_no_further(planned: Planned) -> None:
    once = planned.task("extend", params=with_guidance({"only": list(WISHES[:2])}, Guidance(depth=1)))
    assert [part.params["only"] for part in remedies_for("extend").parts(once)] == [[WISHES[0]], [WISHES[1]]]
    twice = planned.task("extend", key="twice", params=with_guidance({}, Guidance(depth=2)))
    assert remedies_for("extend").parts(twice) == ()


def test_one_thing_is_not_divided() -> None:
    assert remedies_for("extend").parts(Planned(WISHES[0]).task("extend")) == []
    build = Planned()
    build.build.spec = None
    assert remedies_for("extend").parts(build.task("extend")) == ()


def test_many_things_make_eight_groups() -> None:
    made = groups(list(range(19)))
    assert [len(group) for group in made] == [2, 2, 3, 2, 2, 3, 2, 3]
    assert [one for group in made for one in group] == list(range(19))
    assert groups([1]) == []


def test_a_repair_is_divided_by_file_and_check(planned: Planned) -> None:
    task = planned.task("repair", phase=Phase.REFINE)
    assert remedies_for("repair").parts(task) == []
    problems = [
        {"check": "lint", "message": "x", "place": "app/one.py:3", "hint": ""},
        {"check": "types", "message": "y", "place": "app/one.py:9", "hint": ""},
        {"check": "types", "message": "z", "place": "app/two.py:1", "hint": ""},
        {"check": "motto", "message": "404", "place": "", "hint": ""},
    ]
    Step.objects.create(task=task, key="red", output={"problems": problems, "worth": [1]}, epoch=7)
    parts = remedies_for("repair").parts(task)
    assert [part.params["only"] for part in parts] == [["app/one.py"], ["app/two.py"], ["motto"]]
    assert parts[2].title == "Repair motto"
    deep = with_guidance({}, Guidance(depth=2))
    Task.objects.filter(pk=task.pk).update(params=deep)
    assert remedies_for("repair").parts(Task.objects.get(pk=task.pk)) == ()


def test_other_kinds_are_not_divided(planned: Planned) -> None:
    for kind in ("refine", "implement", "plan", "research", "validate", "deliver", "understand"):
        assert remedies_for(kind).parts(planned.task(kind)) == ()
    assert isinstance(remedies_for("deliver"), Nothing)
