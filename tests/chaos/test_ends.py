"""What is planted is found: a lost build, a stuck task, work done twice, a success that is none."""

from __future__ import annotations

import pytest

from bench.chaos.judges.ends import done_twice, lost, repeats, stuck
from bench.chaos.judges.findings import Verdict
from bench.chaos.judges.repositories import repositories
from bench.chaos.judges.success import false_success
from projects.models import Attempt, Build, Step, Task
from projects.repository.repository import repository_of
from projects.states import ROLLED_BACK
from tests.chaos.conftest import KEY, Ended
from tests.factories.projects import BuildFactory

pytestmark = [pytest.mark.feature("F3.6", "F3.11"), pytest.mark.django_db(transaction=True)]


def said(verdict: Verdict) -> str:
    assert not verdict.kept
    return " | ".join(map(str, verdict.broken))


def test_a_build_that_ended_right_breaks_nothing(ended: Ended) -> None:
    verdicts = [lost(ended.accepted), stuck(), done_twice(ended.effects), false_success(), repositories()]
    assert [verdict.broken for verdict in verdicts] == [[]] * 5
    assert all(verdict.looked for verdict in verdicts)
    assert len(ended.effects) == 10
    assert repeats(ended.effects) == 0


def test_a_build_that_was_accepted_and_is_gone_is_lost(ended: Ended) -> None:
    gone = BuildFactory.create(idempotency_key="chaos-1-2")
    accepted = {**ended.accepted, "chaos-1-2": [str(gone.pk)]}
    assert "has no task" in said(lost(accepted))
    gone.delete()
    assert "was accepted and is not there" in said(lost(accepted))


def test_two_builds_for_one_request_are_told(ended: Ended) -> None:
    other = BuildFactory.create()
    assert "made 2 builds" in said(lost({KEY: [str(ended.build.pk), str(other.pk)]}))


def test_what_has_not_ended_is_stuck(ended: Ended) -> None:
    Task.objects.filter(pk=ended.task("left").pk).update(state="waiting", wait_reason="nobody knows")
    assert "left is waiting in an ended build" in said(stuck())
    Build.objects.filter(pk=ended.build.pk).update(state="running")
    assert "left waiting nobody knows" in said(stuck())


def test_a_second_accepted_attempt_is_told(ended: Ended) -> None:
    task = ended.task("left")
    Attempt.objects.create(task=task, epoch=task.epoch + 1, owner="zombie", outcome="succeeded")
    assert "2 accepted attempts" in said(done_twice(ended.effects))


def test_an_effect_of_a_recorded_step_is_told(ended: Ended) -> None:
    late = ended.effect("left", "left-1", epoch=5)
    assert "left-1 was recorded and had its effect again at epoch 5" in said(done_twice([*ended.effects, late]))


def test_an_effect_twice_in_one_attempt_is_told(ended: Ended) -> None:
    again = ended.effect("left", "left-1", epoch=1)
    assert "twice at epoch 1" in said(done_twice([*ended.effects, again]))


def test_an_effect_that_a_crash_cut_off_may_come_again(ended: Ended) -> None:
    Step.objects.filter(task=ended.task("left"), key="left-1").update(epoch=3)
    cut = ended.effect("left", "left-1", epoch=3)
    assert done_twice([*ended.effects, cut]).kept
    assert repeats([*ended.effects, cut]) == 1


def test_an_effect_after_a_rollback_is_no_repetition(ended: Ended) -> None:
    task = ended.task("left")
    Step.objects.create(task=task, key=f"{ROLLED_BACK}:0:left-1", epoch=1)
    assert done_twice([*ended.effects, ended.effect("left", "left-1", epoch=5)]).kept


def test_a_success_without_its_files_is_false(ended: Ended) -> None:
    root = repository_of(ended.build.project_id).root()
    Build.objects.filter(pk=ended.build.pk).update(head=root)
    assert "lacks ['left-0.txt'" in said(false_success())


def test_a_success_whose_head_is_nowhere_is_false(ended: Ended) -> None:
    Build.objects.filter(pk=ended.build.pk).update(head="f" * 40)
    assert "is not in the repository" in said(false_success())


def test_a_success_that_the_gate_does_not_see_is_false(ended: Ended) -> None:
    Build.objects.filter(pk=ended.build.pk).update(preferences={})
    told = said(false_success())
    assert "the gate says degraded" in told
    assert "delivered no zip" in told


def test_a_repository_that_does_not_agree_is_told(ended: Ended) -> None:
    repository = repository_of(ended.build.project_id)
    repository.delete_ref(f"build/{ended.build.pk}")
    assert f"ref build/{ended.build.pk} is nowhere" in said(repositories())
    Step.objects.filter(task=ended.task("left"), key="left-1").update(commit="f" * 40)
    assert "of a row is not there" in said(repositories())


def test_damage_in_a_repository_is_told(ended: Ended) -> None:
    repository = repository_of(ended.build.project_id)
    objects = [path for path in (repository.git_dir / "objects").glob("??/*") if path.is_file()]
    assert objects
    for path in objects[:3]:
        path.chmod(0o600)
        path.write_bytes(b"garbage")
    assert "git" in said(repositories())
