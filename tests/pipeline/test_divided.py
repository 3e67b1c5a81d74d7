"""The work beyond the blueprint as tasks: what touches the same is done in a row, the rest side by side."""

from __future__ import annotations

import pytest

from autodev.contracts.answers import WorkItem
from autodev.contracts.job import Job, JobResult
from projects.models import Build
from projects.pipeline import divided
from projects.pipeline.divided import TOUCHES, items_by_model, overlap, tasks_of
from projects.pipeline.wanted import ONLY
from projects.states import Phase
from providers.kinds.agent.jobs.plan import faults_of
from tests.pipeline.conftest import SPEC
from tests.pipeline.scripted import Step, Waiting, breaks, waiting

__all__ = ["waiting"]
pytestmark = pytest.mark.feature("F2.2")
WISHES = ["It sings.", "It counts.", "It greets."]


def item(sentences: list[str], touches: list[str], after: list[int] | None = None) -> WorkItem:
    return WorkItem(title=sentences[0], sentences=sentences, touches=touches, after=after or [])


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (["app/a.py"], ["app/b.py"], False),
        (["app/a.py"], ["./app/a.py"], True),
        (["app/"], ["app/a.py"], True),
        (["app/a.py"], ["app/"], True),
        (["app"], ["app/a.py"], False),
        (["app/views/"], ["app/"], True),
        (["."], ["anything"], True),
        (["app/models.py"], ["app/migrations/"], True),
        (["shop/models/cart.py"], ["billing/models.py"], True),
        (["docs/x.md", "app/a.py"], ["docs/y.md", "app/c.py"], False),
    ],
)
def test_paths_that_meet(one: list[str], other: list[str], *, meet: bool) -> None:
    assert overlap(one, other) is meet
    assert overlap(other, one) is meet


def test_overlaps_are_in_a_row_and_the_rest_side_by_side() -> None:
    items = [item(WISHES[:1], ["app/song.py"]), item(WISHES[1:2], ["app/"]), item(WISHES[2:], ["docs/"], after=[0])]
    tasks = tasks_of(items, needs="implement")
    assert [task.key for task in tasks] == ["extend.1", "extend.2", "extend.3"]
    assert [list(task.needs) for task in tasks] == [
        ["implement"], ["implement", "extend.1"], ["implement", "extend.1"]
    ]  # fmt: skip
    assert {task.kind for task in tasks} == {"extend"}
    assert not any(task.critical for task in tasks)
    assert tasks[1].params == {ONLY: ["It counts."], TOUCHES: ["app/"]}


def test_without_a_division_one_task_does_it() -> None:
    for items in ([], [item(WISHES, ["app/"])]):
        (task,) = tasks_of(items, needs="implement")
        assert (task.key, task.params, list(task.needs)) == ("extend", {}, ["implement"])


@pytest.mark.parametrize(
    ("items", "fault"),
    [
        ([item(WISHES, ["a"])], ""),
        ([item(WISHES[:2], ["a"])], "no item has the sentence 'It greets.'"),
        ([item(WISHES, ["a"]), item(WISHES[:1], ["b"])], "'It sings.' stands 2 times"),
        ([item([*WISHES, "It flies."], ["a"])], "'It flies.' was not asked for"),
        ([item(WISHES[:1], ["a"], after=[1]), item(WISHES[1:], ["b"])], "item 0 cannot be after item 1"),
        ([item(WISHES, ["/etc/passwd"])], "no path of the project"),
        ([item(WISHES, ["app/../../x"])], "no path of the project"),
    ],
)
def test_what_is_wrong_with_a_plan(items: list[WorkItem], fault: str) -> None:
    found = "; ".join(faults_of(items, WISHES))
    assert fault in found
    assert bool(found) == bool(fault)


def test_nine_items_are_too_many() -> None:
    wishes = [f"Wish {number}." for number in range(9)]
    assert "at most 8" in faults_of([item([wish], ["a"]) for wish in wishes], wishes)[0]


def plans(*items: WorkItem) -> Step:
    async def step(job: Job) -> JobResult:
        answer = {"items": [one.model_dump() for one in items], "risks": ["It may be loud."]}
        return JobResult(answer=answer, provider="p")

    return step


def divide(waiting: Waiting, *steps: Step) -> tuple[list[WorkItem], dict[str, object]]:
    waiting.task("plan", Phase.PLAN)
    waiting.models.will(*steps)
    return items_by_model(waiting.context(), SPEC, "probe", WISHES, ["probe/__init__.py"])


@pytest.mark.django_db
def test_a_model_divides_it(waiting: Waiting) -> None:
    items, told = divide(waiting, plans(item(WISHES[:2], ["a"]), item(WISHES[2:], ["b"])))
    assert [one.sentences for one in items] == [WISHES[:2], WISHES[2:]]
    assert told == {"divided_by": "p", "risks": ["It may be loud."]}
    (job,) = waiting.models.jobs
    assert (list(job.context.open_requirements), list(job.context.files)) == (WISHES, ["probe/__init__.py"])


@pytest.mark.django_db
def test_a_plan_that_loses_a_sentence_is_refused(waiting: Waiting) -> None:
    items, told = divide(waiting, plans(item(WISHES[:2], ["a"])))
    assert items == []
    assert "It greets." in str(told["undivided"])


async def nonsense(job: Job) -> JobResult:
    return JobResult(answer={"items": "all of it"}, provider="p")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("step", "word"), [(breaks("quota", outside=True), "it failed: quota"), (nonsense, "not the form")]
)
def test_where_no_plan_comes_one_task_does_it(waiting: Waiting, step: Step, word: str) -> None:
    items, told = divide(waiting, step)
    assert items == []
    assert word in str(told["undivided"])


@pytest.mark.django_db
def test_one_sentence_needs_no_plan(waiting: Waiting) -> None:
    waiting.task("plan", Phase.PLAN)
    assert items_by_model(waiting.context(), SPEC, "probe", WISHES[:1], []) == ([], {})
    assert waiting.models.jobs == []
    assert Build.objects.get().plan == {}
    assert divided.KEY == "extend"
