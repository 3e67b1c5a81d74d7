"""The transcript of a task by the page and REST."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from projects.models import Build, Step, Task
from projects.selectors.transcript import STEPS_A_PAGE
from tests.cast import Cast, build, cast, key_client, signed_in
from tests.factories.providers import call_of, lively
from tests.transcript.test_reading import TURN

__all__ = ["build", "cast"]
pytestmark = [pytest.mark.django_db, pytest.mark.feature("F2.11")]


@pytest.fixture
def task(build: Build) -> Task:
    return build.tasks.get(key="implement")


def told(task: Task, number: int) -> None:
    """So many turns with their tool answers."""
    for n in range(number):
        Step.objects.create(task=task, key=f"turn:{n}", kind="turn", epoch=1, output={**TURN, "text": f"Word {n}."})
        answers = {"answers": [{"id": "c1", "answer": "y" * 3000 if n == 0 else "short"}]}
        Step.objects.create(task=task, key=f"tools:{n}", kind="tools", epoch=1, output=answers)


def address(task: Task) -> str:
    return f"/builds/{task.build_id}/tasks/{task.pk}/transcript/"


def test_the_page_tells_it_and_folds_what_is_long(cast: Cast, task: Task) -> None:
    told(task, 2)
    text = signed_in(cast.viewer).get(address(task)).content.decode()
    assert "Word 0." in text
    assert "Show all 3000 characters" in text
    assert "900 tokens in, 20 out, $ 0.0012" in text
    assert 'data-final="false"' in text
    assert "id_message" not in text


def test_the_newest_page_comes_first_and_older_ones_are_final(cast: Cast, task: Task) -> None:
    told(task, STEPS_A_PAGE)
    client = signed_in(cast.viewer)
    newest = client.get(address(task)).content.decode()
    assert f"Word {STEPS_A_PAGE - 1}." in newest
    assert "Word 0." not in newest
    part = client.get(f"{address(task)}?part=1&page=1", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<section")
    assert 'data-final="true"' in part
    assert "part=1&amp;page=2" not in part
    assert "page=2" in part


def test_what_was_taken_back_is_not_told(cast: Cast, task: Task) -> None:
    Step.objects.create(task=task, key="rolled-back:1:turn:1", kind="turn", epoch=1, output=TURN)
    text = signed_in(cast.viewer).get(address(task)).content.decode()
    assert "I will look." not in text
    assert "Nothing to tell yet" in text


def test_an_ended_task_without_a_model_says_so(cast: Cast, task: Task) -> None:
    Task.objects.filter(pk=task.pk).update(state="succeeded")
    assert "No model worked on this task" in signed_in(cast.viewer).get(address(task)).content.decode()


def test_the_ledger_says_what_it_cost(cast: Cast, task: Task) -> None:
    call_of(lively(cast.workspace, calls=0)["gpt"], task_id=task.pk, cost_usd=Decimal("0.25"), input_tokens=7)
    assert "1 calls, 7 tokens in" in signed_in(cast.viewer).get(address(task)).content.decode()


def test_queries_do_not_grow_with_the_steps(cast: Cast, task: Task) -> None:
    client = signed_in(cast.viewer)
    counts = []
    for number in (1, 60):
        Step.objects.filter(task=task).delete()
        told(task, number)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address(task)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 16


@pytest.mark.feature("F4.6")
def test_rest_gives_the_same(cast: Cast, task: Task) -> None:
    told(task, 2)
    client = key_client(cast, cast.member, "read")
    answer = client.get(f"/api/v1/builds/{task.build_id}/tasks/{task.pk}/transcript/").json()
    assert (answer["page"], answer["pages"], answer["final"]) == (1, 1, False)
    assert [one["kind"] for one in answer["results"]] == ["said", "tool", "usage"] * 2
    assert answer["results"][1]["answer"] == "y" * 3000
    outside = key_client(cast, cast.owner, "read")
    assert outside.get(f"/api/v1/builds/{task.pk}/tasks/{task.pk}/transcript/").status_code == 404
