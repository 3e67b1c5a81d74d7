"""The registry of kinds that complete messages."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from providers.kinds import models
from providers.kinds.litellm import LiteLLMKind
from providers.targets import ModelKind

pytestmark = pytest.mark.feature("F2.1")


class Plugged:
    name = "plugged"


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint(name="plugged", value=f"{__name__}:Plugged", group=models.GROUP)]
    points.append(EntryPoint(name="litellm", value="nowhere:Other", group=models.GROUP))
    monkeypatch.setattr(models, "entry_points", lambda group: points)
    models.model_kind.cache_clear()


def test_the_built_in_one_is_made_once() -> None:
    built_in: ModelKind = LiteLLMKind()  # mypy holds it to the protocol
    assert built_in.name in models.model_kinds()
    assert isinstance(models.model_kind("litellm"), LiteLLMKind)
    assert models.model_kind("litellm") is models.model_kind("litellm")


def test_a_plug_in_adds_one_and_replaces_none(plugin: None) -> None:
    assert models.model_kinds() == ("litellm", "plugged")
    assert isinstance(models.model_kind("plugged"), Plugged)
    assert isinstance(models.model_kind("litellm"), LiteLLMKind)
    models.model_kind.cache_clear()


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(models.UnknownModelKind, match="there are litellm") as raised:
        models.model_kind("nobody")
    assert raised.value.name == "nobody"
