"""A question costs one answer, wherever the process that asked for it dies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.utils import timezone

from autodev.contracts.ports import Fenced
from projects.models import Build
from projects.pipeline import explain as answering
from projects.pipeline.explain import answer
from projects.repository.repository import repository_of
from projects.selectors.explained import Explained, Heard, explained_one, heard_of
from projects.services.explain import explain_ask, explain_begin, explain_end, explain_heard
from providers import registry
from providers.kinds.agent import AgentKind
from tests.agent.conftest import Desk, desk
from tests.factories.projects import BuildFactory
from tests.pipeline.conftest import SPEC
from tests.routing.fakes import Say

__all__ = ["desk"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("F1.3")]
SAID = Say(text=json.dumps({"text": "After five.", "paths": ["limits.py", "not_there.py"]}))


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def build(data_dir: Path, tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Build:
    monkeypatch.setattr(registry, "kinds", lambda: (AgentKind(),))
    made: Build = BuildFactory.create(spec=SPEC.model_dump(mode="json"))
    (tmp_path / "made").mkdir()
    _write(made, tmp_path / "made", "ATTEMPTS = 5\n", parent=repository_of(made.project_id).init())
    return made


def _write(build: Build, folder: Path, text: str, *, parent: str) -> None:
    (folder / "limits.py").write_text(text)
    repository = repository_of(build.project_id)
    build.head = repository.snapshot(folder, parent=parent, message="Made\n", date=timezone.now())
    Build.objects.filter(pk=build.pk).update(head=build.head)


def killed_before_it_is_kept(monkeypatch: pytest.MonkeyPatch, build: Build, name: str) -> None:
    def killed(**_: object) -> Explained:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(answering, "explain_end", killed)
        with pytest.raises(Killed):
            answer(build.pk, name)


def test_an_answer_that_was_paid_for_is_used_by_who_follows_after_a_kill(
    build: Build, desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.models.always("a", SAID)
    asked = explain_ask(build=build, question="When is it locked?", user=None)
    killed_before_it_is_kept(monkeypatch, build, asked.id)
    assert explained_one(build.pk, asked.id).state == "asked"
    read = build.head
    _write(build, tmp_path / "made", "ATTEMPTS = 6\n", parent=read)
    assert answer(build.pk, asked.id).state == "asked"  # it may still be at it
    monkeypatch.setattr(answering, "STALE_S", -1.0)
    found = answer(build.pk, asked.id)
    assert (found.state, found.text, found.paths, found.provider) == ("answered", "After five.", ("limits.py",), "a")
    assert found.commit == read
    assert float(found.cost_usd) > 0
    assert desk.models.names() == ["a"]


def test_two_questions_are_two_answers(build: Build, desk: Desk) -> None:
    desk.models.always("a", SAID)
    for text in ("When is it locked?", "And why?"):
        asked = explain_ask(build=build, question=text, user=None)
        assert answer(build.pk, asked.id).state == "answered"
    assert desk.models.names() == ["a", "a"]


def test_who_comes_late_writes_nothing(build: Build, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.models.always("a", SAID)
    asked = explain_ask(build=build, question="When is it locked?", user=None)
    late = explain_begin(build_id=build.pk, name=asked.id, stale_s=0.0)
    current = explain_begin(build_id=build.pk, name=asked.id, stale_s=-1.0)
    assert (late, current) == (1, 2)
    heard = Heard(answer={"text": "Late."}, commit=build.head)
    with pytest.raises(Fenced):
        explain_heard(build_id=build.pk, name=asked.id, begun=late, key="k", heard=heard)
    assert heard_of(build.pk, asked.id) == {}
    explain_heard(build_id=build.pk, name=asked.id, begun=current, key="k", heard=heard)
    assert heard_of(build.pk, asked.id) == {"k": heard}
    ended = explain_end(build_id=build.pk, name=asked.id, answer={"text": "So.", "provider": "a"})
    with pytest.raises(Fenced):
        explain_heard(build_id=build.pk, name=asked.id, begun=current, key="l", heard=heard)
    assert explained_one(build.pk, asked.id) == ended


def test_an_attempt_that_was_overtaken_gives_what_the_other_said(
    build: Build, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.models.always("a", SAID)
    asked = explain_ask(build=build, question="When is it locked?", user=None)
    whole = answering.job_of

    def overtaken(*args: object) -> object:
        assert explain_begin(build_id=build.pk, name=asked.id, stale_s=-1.0)
        explain_end(build_id=build.pk, name=asked.id, answer={"text": "By another.", "provider": "b"})
        return whole(*args)  # type: ignore[arg-type] # the same arguments

    monkeypatch.setattr(answering, "job_of", overtaken)
    assert answer(build.pk, asked.id).text == "By another."
