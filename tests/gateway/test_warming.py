from __future__ import annotations

from typing import Any, cast

import pytest

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


@pytest.mark.django_db(transaction=True)
def test_it_is_loaded_beside() -> None:
    provider(document={"needs_key": False})
    loaded: list[str] = []

    class Kind:
        def __init__(self, name: str) -> None:
            self.name = name

        async def prepare(self) -> None:
            loaded.append(self.name)

    warm(lambda name: cast("ModelKind", Kind(name))).join(60)
    assert loaded == ["litellm"]
