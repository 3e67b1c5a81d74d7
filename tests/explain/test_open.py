"""What is asked is answered within seconds by whoever hosts an engine, without a broker."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest

from autodev.lib.ids import first_id, new_id
from projects.engine import housekeeping
from projects.models import Build
from projects.pipeline import explain as answering
from projects.pipeline.explain_open import EVERY_S, Answering
from projects.selectors.explained import explained_of
from projects.services.explain import explain_ask, explain_end
from tests.factories.projects import BuildFactory
from tests.pipeline.conftest import SPEC

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("F1.3")]


@pytest.fixture
def build() -> Build:
    made: Build = BuildFactory.create(head="a" * 40, spec=SPEC.model_dump(mode="json"))
    return made


def test_what_is_open_is_answered_and_one_that_breaks_keeps_no_other(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    first, _ = (explain_ask(build=build, question=text, user=None) for text in ("Why?", "How?"))

    def answer(build_id: Any, name: str) -> None:
        begun.set()
        assert go_on.wait(60)
        if name == first.id:
            raise RuntimeError("the model's client broke")
        explain_end(build_id=build_id, name=name, answer={"text": "So.", "provider": "a"})

    monkeypatch.setattr(answering, "answer", answer)
    one = Answering()
    assert one.look()
    assert begun.wait(60)
    assert not one.look()  # it is at it
    go_on.set()
    one.wait(60)
    assert [(found.question, found.state) for found in explained_of(build.pk)] == [
        ("How?", "answered"), ("Why?", "asked"),
    ]  # fmt: skip


def test_where_nothing_is_asked_nobody_is_woken(build: Build) -> None:
    one = Answering()
    assert not one.look()
    one.wait(1)
    assert [chore.every_s for chore in housekeeping._registered if chore.name == "questions"] == [EVERY_S]


def test_keys_are_found_by_their_moment() -> None:
    now = dt.datetime.now(dt.UTC)
    minute = dt.timedelta(minutes=1)
    assert first_id(now - minute) < new_id() < first_id(now + minute)
    assert first_id(now).version == new_id().version
