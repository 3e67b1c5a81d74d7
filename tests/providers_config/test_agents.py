"""Agent programs in models.yaml: what they may say, and what a chain of them means."""

from __future__ import annotations

import json
import uuid

import pytest

from autodev.accounts.models import Workspace
from providers.config import presets, store
from providers.config.defaults import ensure_defaults, shipped
from providers.config.loading import load
from providers.config.problems import ConfigInvalid
from providers.config.seeds import exported
from providers.config.transfer import import_config, parse
from providers.gateway.naming import listing, meaning
from providers.live.view import WorkspaceView
from providers.models import Provider

pytestmark = pytest.mark.feature("F1.12", "F1.13")
ALL = """\
providers:
  gpt: {kind: litellm, model: openai/gpt-6.1-sol, keys: ["env:OPENAI_API_KEY"]}
  claude-code:
    kind: claude_agent
    model: gpt
    params:
      max_turns: 60
      max_budget_usd: 2.5
      run_seconds: 900
      mcp_servers:
        tickets: {command: node, args: [/opt/x.js], env: {PROJECT: shop}}
chains:
  default: {providers: [gpt]}
  repair: {providers: [claude-code]}
"""
WRONG = """\
providers:
  a:
    kind: opencode
    keys: ["env:OPENAI_API_KEY"]
    api_base: https://models.example.org
    emergency: true
    params:
      max_turns: 0
      max_tokens: 5
      mcp_servers:
        tickets:
          args: [x]
          env: {lower: x}
  b:
    kind: claude_agent
    needs_key: true
"""


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as refused:
        parse(text)
    return refused.value.message.splitlines()


def viewed(workspace: Workspace) -> WorkspaceView:
    found = load(workspace.pk)
    return WorkspaceView(workspace_id=workspace.pk, targets=found.targets, chains=found.chains)


def test_what_is_wrong_has_its_line() -> None:
    assert problems(WRONG) == [
        "models.yaml:4:5: providers.a.keys: an agent program has no key: it asks AutoDev's own gateway",
        "models.yaml:5:5: providers.a.api_base: an agent program has no address: it asks AutoDev's own gateway",
        "models.yaml:6:5: providers.a.emergency: an agent program needs models: it is not there in an emergency",
        "models.yaml:8:7: providers.a.params.max_turns: must be at least 1",
        "models.yaml:9:7: providers.a.params.max_tokens: there is no such key; did you mean 'max_turns'?",
        "models.yaml:11:9: providers.a.params.mcp_servers.tickets.command: is missing",
        "models.yaml:13:17: providers.a.params.mcp_servers.tickets.env.lower: has another form than a name here",
        "models.yaml:16:5: providers.b.needs_key: an agent program has no key: it asks AutoDev's own gateway",
    ]


@pytest.mark.parametrize("env", ["{GITHUB_TOKEN: x}", "{SEED: 'ghp_0123456789abcdefghij'}"])
def test_no_secret_gets_into_the_environment_of_a_server(env: str) -> None:
    said = problems(f"providers: {{a: {{kind: opencode, params: {{mcp_servers: {{x: {{command: x, env: {env}}}}}}}}}}}")
    assert "0123456789" not in said[0]
    assert "key" in said[0]


@pytest.mark.django_db
def test_it_is_a_target_without_a_key_and_its_parameters_go_along(workspace: Workspace) -> None:
    import_config(workspace=workspace, text=ALL, actor=None)
    target = load(workspace.pk).targets["claude-code"]
    assert (target.needs_key, target.keys, target.capabilities, target.price) == (False, (), frozenset(), None)
    assert target.params["max_turns"] == 60
    assert target.params["mcp_servers"]["tickets"]["env"] == {"PROJECT": "shop"}
    assert store.read(workspace.pk) == parse(ALL)
    # What an older row says and no rule allows stays behind.
    Provider.objects.filter(name="claude-code").update(document={"params": {"max_turns": 0, "run_seconds": 5}})
    assert load(workspace.pk).targets["claude-code"].params == {"run_seconds": 5}


@pytest.mark.django_db
def test_nothing_changes_for_who_has_no_agent_program(workspace: Workspace) -> None:
    ensure_defaults(workspace)
    chains = load(workspace.pk).chains
    default = chains["default"].providers
    assert chains["implement"].providers == chains["repair"].providers == ("claude-code", "opencode", *default)
    assert [part.enabled for name, part in shipped().providers.items() if name in ("claude-code", "opencode")] == [
        False, False,
    ]  # fmt: skip
    assert store.read(workspace.pk).chains["implement"].providers == ["claude-code", "opencode"]


@pytest.mark.django_db
def test_the_gateway_takes_a_chain_of_programs_for_the_default_one(workspace: Workspace) -> None:
    text = ALL.replace("[claude-code]", "[claude-code, blueprint]").replace(
        "chains:", "  blueprint: {kind: blueprint, emergency: true}\nchains:"
    )
    import_config(workspace=workspace, text=text, actor=None)
    view = viewed(workspace)
    assert meaning("repair", view) == ("default", ())
    assert meaning("claude-code", view) == ("default", ())
    assert meaning("gpt", view) == ("default", ("gpt",))
    assert "claude-code" not in {str(one["id"]) for one in listing(view)}


@pytest.mark.django_db
@pytest.mark.parametrize("name", presets.names())
def test_the_framework_opencode_is_that_program(name: str, workspace: Workspace) -> None:
    ensure_defaults(workspace)
    import_config(workspace=workspace, text=presets.text(name), actor=None)
    document = store.read(workspace.pk)
    assert (document.providers["opencode"].kind, document.providers["opencode"].enabled) == ("opencode", True)
    assert exported(document) == json.loads(presets.text(name))
    import_config(workspace=workspace, text=presets.text(name), actor=None)
    assert store.read(workspace.pk) == document
    assert load(workspace.pk).targets["opencode"].workspace_id == uuid.UUID(str(workspace.pk))


@pytest.mark.django_db
def test_a_workspace_without_it_gets_it_by_the_preset(workspace: Workspace) -> None:
    import_config(workspace=workspace, text="version: 1", actor=None)
    import_config(workspace=workspace, text=presets.text("opencode_primary"), actor=None)
    assert Provider.objects.get(workspace=workspace, name="opencode").kind == "opencode"
