from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, cast

import pytest
from django.db import OperationalError

from providers.gateway import warming
from providers.gateway.warming import kinds_in_use, warm
from providers.models import Provider
from providers.targets import ModelKind
from tests.factories.accounts import WorkspaceFactory

pytestmark = pytest.mark.feature("F2.16")


def provider(**given: Any) -> None:
    Provider.objects.create(workspace=WorkspaceFactory.create(), name="p", **{"kind": "litellm", **given})


@pytest.mark.django_db
def test_what_cannot_be_asked_is_not_worth_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    provider(keys=["env:OPENAI_API_KEY"])
    provider(document={"needs_key": False}, enabled=False)
    provider(kind="blueprint", document={"needs_key": False})
    provider()
    assert kinds_in_use() == set()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0000000000000000")
    assert kinds_in_use() == {"litellm"}


@pytest.mark.django_db
@pytest.mark.parametrize("given", [{"keys": ["team key"]}, {"document": {"needs_key": False}}])
def test_what_can_be_asked(given: dict[str, Any]) -> None:
    provider(**given)
    assert kinds_in_use() == {"litellm"}


class Kind:
    def __init__(self, name: str, loaded: list[str]) -> None:
        self.name, self.loaded = name, loaded

    async def prepare(self) -> None:
        self.loaded.append(self.name)


def load(loaded: list[str]) -> Callable[[str], ModelKind]:
    return lambda name: cast("ModelKind", Kind(name, loaded))


@pytest.mark.django_db(transaction=True)
def test_it_is_loaded_beside() -> None:
    provider(document={"needs_key": False})
    loaded: list[str] = []
    warm(load(loaded)).join(60)
    assert loaded == ["litellm"]


@pytest.mark.django_db(transaction=True)
def test_a_provider_that_comes_later_is_loaded_before_its_first_call() -> None:
    loaded: list[str] = []
    looked, go_on = threading.Event(), threading.Event()

    def pause(seconds: float) -> None:
        looked.set()
        assert go_on.wait(60)

    thread = warm(load(loaded), pause=pause)
    assert looked.wait(60)
    assert loaded == []
    provider(document={"needs_key": False})
    go_on.set()
    thread.join(60)
    assert loaded == ["litellm"]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_ends_no_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    provider(document={"needs_key": False})
    loaded: list[str] = []
    found = iter([OperationalError("away")])

    def in_use() -> set[str]:
        for error in found:
            raise error
        return {"litellm"}

    monkeypatch.setattr(warming, "kinds_in_use", in_use)
    warm(load(loaded), pause=lambda _: None).join(60)
    assert loaded == ["litellm"]
