"""How far a workspace's provider reaches: not into the worker's files, environment, accounts or network."""

from __future__ import annotations

import dataclasses
import uuid

import pytest
from pytest_django import Settings

from autodev.accounts.models import Workspace
from providers import params
from providers.config.loading import load
from providers.config.problems import ConfigInvalid
from providers.config.schema import checked
from providers.kinds.litellm.loading import load as litellm
from providers.kinds.litellm.request import HARMLESS, arguments
from providers.models import Provider
from providers.targets import Target
from tests.providers.kinds.calls import ASK

REFUSED = {
    "anthropic_identity_token_file": "/data/master.key",
    "anthropic_keycloak_token_url": "https://mallory.example.org",
    "openai_identity_token_file": "/data/master.key",
    "aws_role_name": "arn:aws:iam::1:role/operators",
    "aws_profile_name": "operator",
    "aws_bedrock_runtime_endpoint": "https://mallory.example.org",
    "azure_authority_host": "https://mallory.example.org",
    "vertex_location": "mallory.example.org/#",
    "oci_key_file": "/data/master.key",
    "prompt_id": "x",
    "langfuse_host": "https://mallory.example.org",
    "litellm_credential_name": "operators",
    "note": "os.environ/AUTODEV_MASTER_KEY",
    "nested": [{"a": " OS.environ/AUTODEV_MASTER_KEY"}],
}
USUAL = {
    "temperature": 0.2, "num_ctx": 8192, "keep_alive": "5m", "service_tier": "flex", "vertex_location": "eu-west1",
    "aws_region_name": "eu-central-1", "api_version": "2026-01-01", "provider": {"order": ["x"]},
    "thinking": {"type": "x"},
}  # fmt: skip


def document(**provider: object) -> dict[str, object]:
    return {"version": 1, "providers": {"a": {"kind": "litellm", "model": "openai/m", **provider}}}


@pytest.mark.parametrize("name", REFUSED)
def test_a_parameter_that_reaches_into_the_worker_is_refused(name: str) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        checked(document(params={name: REFUSED[name]}))
    assert refused.value.problems[0].key == f"providers.a.params.{name}"


def test_usual_parameters_stay() -> None:
    assert checked(document(params=USUAL)).providers["a"].params == USUAL
    assert params.allowed(USUAL) == USUAL


def test_no_argument_that_litellm_takes_for_itself_goes_with_a_call() -> None:
    """Whatever a later version of it adds."""
    bare = Target(id=uuid.uuid4(), workspace_id=uuid.uuid4(), name="bare", kind="litellm", model="openai/gpt-5")
    machinery = litellm().machinery
    assert "anthropic_identity_token_file" in machinery
    loaded = dataclasses.replace(bare, params={**USUAL, **REFUSED, **dict.fromkeys(machinery, "x")})
    plain = arguments(ASK, bare, None, stream=False)
    found = arguments(ASK, loaded, None, stream=False, machinery=machinery)
    went = {name for name, value in found.items() if name not in USUAL and plain.get(name) != value}
    assert went == HARMLESS - USUAL.keys()


@pytest.mark.parametrize("model", ["huggingface/https://mallory.example.org", "openai/../x"])
def test_a_model_is_no_address(model: str) -> None:
    with pytest.raises(ConfigInvalid, match="api_base"):
        checked(document(model=model))


@pytest.mark.parametrize("model", ["bedrock/a.b", "vertex_ai/gemini", "sagemaker/x", "github_copilot/gpt"])
def test_in_production_the_machines_account_is_the_operators(model: str, settings: Settings) -> None:
    checked(document(model=model))
    settings.PRODUCTION = True
    with pytest.raises(ConfigInvalid, match="AUTODEV_PROVIDER_KEYS"):
        checked(document(model=model))
    settings.AUTODEV_PROVIDER_KEYS = ["AWS_ACCESS_KEY_ID", "GOOGLE_APPLICATION_CREDENTIALS", "GITHUB_COPILOT_TOKEN_DIR"]
    checked(document(model=model))


def test_in_production_a_providers_host_is_outside(settings: Settings) -> None:
    inside = document(api_base="http://127.0.0.1:5432/v1")
    checked(inside)
    settings.PRODUCTION = True
    with pytest.raises(ConfigInvalid, match="AUTODEV_PROVIDER_HOSTS"):
        checked(inside)


@pytest.mark.django_db
def test_an_older_row_loses_what_it_may_not_have_and_its_workspace_goes_on(
    workspace: Workspace, settings: Settings
) -> None:
    kept = {"params": {"temperature": 0.1, "oci_key_file": "/data/master.key"}, "needs_key": False}
    Provider.objects.create(workspace=workspace, name="old", kind="litellm", model="openai/m", document=kept)
    role = {"needs_key": False}
    Provider.objects.create(workspace=workspace, name="role", kind="litellm", model="bedrock/a.b", document=role)
    assert load(workspace.pk).targets["old"].params == {"temperature": 0.1}
    assert not load(workspace.pk).targets["role"].needs_key
    settings.PRODUCTION = True
    assert load(workspace.pk).targets["role"].needs_key
