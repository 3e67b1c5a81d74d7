"""Nothing is lost on the way in and out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings

from autodev.accounts.models import Workspace
from providers.config import presets, reading, store
from providers.config.schema import checked
from providers.config.transfer import export_config, export_seed, import_config, parse, preview
from tests.factories.accounts import WorkspaceFactory
from tests.providers_config import documents

pytestmark = pytest.mark.django_db
# Without shrinking, which takes minutes: what failed is small enough to read.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
many = hypothesis_settings(
    max_examples=20,
    deadline=None,
    phases=PHASES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def bring_in(workspace: Workspace, text: str) -> None:
    assert import_config(workspace=workspace, text=text, actor=None) is not None


@given(data=documents.documents())
@many
@pytest.mark.feature("F2.13")
def test_models_yaml_comes_out_as_it_went_in(db: None, data: dict[str, Any]) -> None:
    workspace = WorkspaceFactory.create()
    bring_in(workspace, reading.as_yaml(data))
    text = export_config(workspace)
    assert parse(text) == checked(data)
    # It is what the workspace has: nothing differs from it, and a second time changes nothing.
    for said in (reading.as_yaml(data), text):
        assert preview(workspace, said) == ""
        assert import_config(workspace=workspace, text=said, actor=None) is None
    assert export_config(workspace) == text


@given(data=documents.documents())
@many
def test_text_reads_back_to_the_same_data(data: dict[str, Any]) -> None:
    assert reading.read(reading.as_yaml(data)).data == data
    assert reading.read(json.dumps(data)).data == json.loads(json.dumps(data))


@given(data=documents.seeds())
@many
def test_the_json_of_seeds_000_comes_out_as_it_went_in(db: None, data: dict[str, Any]) -> None:
    workspace = WorkspaceFactory.create()
    bring_in(workspace, json.dumps(data))
    assert json.loads(export_seed(workspace)) == data
    assert import_config(workspace=workspace, text=json.dumps(data), actor=None) is None


@given(first=documents.seeds(), second=documents.seeds())
@many
def test_a_second_json_of_seeds_000_replaces_the_first(db: None, first: dict[str, Any], second: dict[str, Any]) -> None:
    workspace = WorkspaceFactory.create()
    bring_in(workspace, json.dumps(first))
    import_config(workspace=workspace, text=json.dumps(second), actor=None)
    assert json.loads(export_seed(workspace)) == second


@pytest.mark.parametrize("name", presets.names())
@pytest.mark.feature("F2.7", "F2.8")
def test_presets(workspace: Workspace, name: str) -> None:
    text = presets.text(name)
    bring_in(workspace, text)
    assert json.loads(export_seed(workspace)) == json.loads(text)
    document = store.read(workspace.pk)
    first = json.loads(text)["frameworks"]["primary"]["name"]
    assert document.chains["default"].providers[0] == first
    # Whoever stood in the chain before still stands behind the two: the emergency provider above all.
    assert document.chains["default"].providers[-1] == "blueprint"
    assert document.chains["web_development"].providers[0] == json.loads(text)["task_routing"]["web_development"]
    assert document.providers["claude"].model
