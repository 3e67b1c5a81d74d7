"""What a person may change: each change checked as a whole, with event, revision and a raised version."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from autodev.accounts.errors import NotFound
from autodev.accounts.models import User, Workspace
from autodev.events.models import Event
from providers.config import diff, presets, revisions, store
from providers.config.loading import load
from providers.config.problems import ConfigInvalid, ConfigMoved
from providers.config.transfer import export_config, import_config, preview, revert
from providers.live import versions
from providers.models import Breaker, ConfigRevision, Provider
from providers.services.chains import chain_remove, chain_save
from providers.services.errors import InUse, NameTaken, NoSuchThing
from providers.services.providers import provider_create, provider_enable, provider_remove, provider_update
from providers.services.rules import rule_remove, rule_save, rules_order
from providers.services.settings import fallback_chain_set, settings_change
from providers.states import Strategy
from tests.factories.accounts import WorkspaceFactory

pytestmark = pytest.mark.django_db
NEW = {"kind": "litellm", "model": "mistral/devstral-latest", "keys": ["env:MISTRAL_API_KEY"]}
Change = Callable[[Workspace, User], object]

CHANGES: dict[str, Change] = {
    "provider.created": lambda w, u: provider_create(workspace=w, actor=u, name="mistral", part=NEW, chain="default"),
    "provider.updated": lambda w, u: provider_update(workspace=w, actor=u, name="gpt", part=NEW),
    "provider.disabled": lambda w, u: provider_enable(workspace=w, actor=u, name="gpt", enabled=False),
    "provider.enabled": lambda w, u: provider_enable(workspace=w, actor=u, name="local", enabled=True),
    "provider.removed": lambda w, u: provider_remove(workspace=w, actor=u, name="gemini"),
    "chain.saved": lambda w, u: chain_save(workspace=w, actor=u, task_kind="plan", providers=["gpt", "claude"]),
    "rule.saved": lambda w, u: rule_save(workspace=w, actor=u, name="big", when={}, then={"only": ["gemini"]}),
    "settings.changed": lambda w, u: settings_change(
        workspace=w, actor=u, changes={"fallback_system": {"error_rate_threshold": 0.5}}
    ),
    "fallback_chain.set": lambda w, u: fallback_chain_set(workspace=w, actor=u, enabled=False),
    "config.imported": lambda w, u: import_config(
        workspace=w, actor=u, text=presets.text("claude_primary"), note="try"
    ),
    "config.reverted": lambda w, u: revert(workspace=w, actor=u, number=1),
}


@pytest.mark.parametrize("word", CHANGES)
@pytest.mark.feature("F2.13", "F4.7")
def test_a_change_is_an_event_a_revision_and_a_raised_version(workspace: Workspace, user: User, word: str) -> None:
    before, version = ConfigRevision.objects.count(), versions.read().config
    CHANGES[word](workspace, user)
    event = Event.objects.get(type=word)
    revision = revisions.history(workspace.pk)[0]
    assert (event.workspace_id, event.actor) == (workspace.pk, user)
    assert ConfigRevision.objects.count() == before + 1
    assert event.payload["revision"] == revision.number == 2
    assert (revision.created_by, revision.document) == (user, store.raw(workspace.pk))
    assert versions.read().config == version + 1


def test_a_change_that_changes_nothing_leaves_no_trace(workspace: Workspace, user: User) -> None:
    provider_enable(workspace=workspace, actor=user, name="gpt", enabled=True)
    settings_change(workspace=workspace, actor=user, changes={"fallback_system": {"error_rate_threshold": None}})
    assert [one.number for one in revisions.history(workspace.pk)] == [1]
    assert not Event.objects.filter(actor=user).exists()


@pytest.mark.feature("F2.13")
def test_the_order_and_the_form_of_what_was_imported_are_no_difference(workspace: Workspace, user: User) -> None:
    text = """
version: 1
providers:
  zeta: {model: openai/x, kind: litellm, enabled: true, keys: [], params: {top_k: 2, seed: 1}}
  blueprint: {emergency: true, kind: blueprint}
  claude: {kind: litellm, model: anthropic/claude-sonnet-5-5, price: {output_usd: 10.0, input_usd: 2}}
chains:
  plan: {providers: zeta}
  default: {strategy: primary_secondary, enabled: true, providers: [claude, zeta, blueprint]}
rules:
  - {then: {avoid: zeta}, when: {}, name: never}
"""
    made = import_config(workspace=workspace, text=text, actor=user)
    assert made is not None
    assert preview(workspace, text) == ""
    assert import_config(workspace=workspace, text=text, actor=user) is None
    assert revisions.newest(workspace.pk) == made.number
    changed = text.replace("[claude, zeta, blueprint]", "[zeta, claude, blueprint]")
    added = [line[1:].strip() for line in preview(workspace, changed).splitlines() if line.startswith("+ ")]
    assert added == ["- zeta"]


@pytest.mark.feature("F2.13")
def test_who_changed_another_revision_is_told_and_changes_nothing(workspace: Workspace, user: User) -> None:
    text = export_config(workspace)
    seen = revisions.newest(workspace.pk)
    provider_enable(workspace=workspace, actor=user, name="gpt", enabled=False)
    with pytest.raises(ConfigMoved) as caught:
        import_config(workspace=workspace, text=text, actor=user, expected=seen)
    assert (caught.value.status, f"not {seen}" in caught.value.message) == (412, True)
    assert not store.read(workspace.pk).providers["gpt"].enabled
    assert import_config(workspace=workspace, text=text, actor=user, expected=seen + 1) is not None


def test_a_new_provider_stands_before_the_emergency_one(workspace: Workspace, user: User) -> None:
    provider_create(workspace=workspace, actor=user, name="mistral", part=NEW, chain="default")
    assert store.read(workspace.pk).chains["default"].providers == ["claude", "gpt", "local", "mistral", "blueprint"]
    with pytest.raises(NameTaken):
        provider_create(workspace=workspace, actor=user, name="mistral", part=NEW)
    with pytest.raises(ConfigInvalid, match=r"providers\.bad\.kind: is missing"):
        provider_create(workspace=workspace, actor=user, name="bad", part={})
    assert not Provider.objects.filter(name="bad").exists()


def test_a_provider_that_is_changed_keeps_its_row_and_breaker(workspace: Workspace, user: User) -> None:
    row = Provider.objects.get(workspace=workspace, name="gpt")
    Breaker.objects.create(provider=row)
    changed = provider_update(workspace=workspace, actor=user, name="gpt", part={**NEW, "max_concurrency": 3})
    import_config(workspace=workspace, actor=user, text=export_config(workspace))
    assert changed.pk == row.pk
    assert Breaker.objects.filter(provider=row).exists()
    assert (changed.model, changed.document) == ("mistral/devstral-latest", {"max_concurrency": 3})


@pytest.mark.parametrize(
    "change",
    [
        lambda w: provider_update(workspace=w, actor=None, name="nobody", part=NEW),
        lambda w: provider_enable(workspace=w, actor=None, name="nobody", enabled=True),
        lambda w: provider_remove(workspace=w, actor=None, name="nobody"),
        lambda w: chain_remove(workspace=w, actor=None, task_kind="plan"),
        lambda w: rule_remove(workspace=w, actor=None, name="nothing"),
        lambda w: rules_order(workspace=w, actor=None, names=["nothing"]),
    ],
)
def test_what_is_not_there_cannot_be_changed(workspace: Workspace, change: Callable[[Workspace], object]) -> None:
    with pytest.raises(NoSuchThing):
        change(workspace)


def test_what_others_name_cannot_be_removed(workspace: Workspace, user: User) -> None:
    rule_save(workspace=workspace, actor=user, name="big", when={"min_input_tokens": 9}, then={"prefer": "gemini"})
    with pytest.raises(InUse, match="chain default"):
        provider_remove(workspace=workspace, actor=user, name="claude")
    with pytest.raises(InUse, match="rule big"):
        provider_remove(workspace=workspace, actor=user, name="gemini")
    with pytest.raises(InUse):
        chain_remove(workspace=workspace, actor=user, task_kind="default")
    rule_remove(workspace=workspace, actor=user, name="big")
    provider_remove(workspace=workspace, actor=user, name="gemini")
    assert Event.objects.filter(type="rule.removed").exists()


@pytest.mark.feature("F2.7")
def test_a_chain_follows_the_strategy_of_the_settings_until_it_has_its_own(workspace: Workspace, user: User) -> None:
    chain_save(workspace=workspace, actor=user, task_kind="plan", providers=["gpt"])
    chain_save(workspace=workspace, actor=user, task_kind="test", providers=["gpt"], strategy=Strategy.LEAST_LOADED)
    # Its own also where the settings happen to say the same.
    same = load(workspace.pk).chains["plan"].strategy
    chain_save(workspace=workspace, actor=user, task_kind="docs", providers=["gpt"], strategy=same)
    settings_change(workspace=workspace, actor=user, changes={"fallback_system": {"strategy": "cost_based"}})
    found = {kind: chain.strategy for kind, chain in load(workspace.pk).chains.items()}
    assert found["plan"] == Strategy.COST_BASED
    assert found["test"] == Strategy.LEAST_LOADED
    assert found["docs"] == same == Strategy.PRIMARY_SECONDARY
    chain_save(workspace=workspace, actor=user, task_kind="plan", providers=["claude"], enabled=False)
    assert not store.read(workspace.pk).chains["plan"].enabled
    chain_remove(workspace=workspace, actor=user, task_kind="plan")
    assert "plan" not in store.read(workspace.pk).chains


def test_rules_keep_the_order_that_they_are_given(workspace: Workspace, user: User) -> None:
    for name in ("a", "b", "c"):
        rule_save(workspace=workspace, actor=user, name=name, when={}, then={"avoid": ["gpt"]})
    rules_order(workspace=workspace, actor=user, names=["c", "a"])
    assert [rule.name for rule in store.read(workspace.pk).rules] == ["c", "a", "b"]
    rule_save(workspace=workspace, actor=user, name="a", when={}, then={"only": ["gpt"]}, enabled=False)
    rules = store.read(workspace.pk).rules
    assert [(rule.name, rule.enabled) for rule in rules] == [("c", True), ("a", False), ("b", True)]


def test_settings_go_back_to_their_default(workspace: Workspace, user: User) -> None:
    changes: dict[str, Any] = {"fallback_system": {"error_rate_threshold": 0.5}, "cache": {"enabled": False}}
    settings_change(workspace=workspace, actor=user, changes=changes)
    settings_change(workspace=workspace, actor=user, changes={"fallback_system": {"error_rate_threshold": None}})
    assert store.read(workspace.pk).settings.stated() == {"cache": {"enabled": False}}
    with pytest.raises(ConfigInvalid, match=r"settings\.cache\.ttl_s: must be more than 0"):
        settings_change(workspace=workspace, actor=user, changes={"cache": {"ttl_s": 0}})


@pytest.mark.feature("F2.13")
def test_history_difference_and_the_way_back(workspace: Workspace, user: User) -> None:
    first = export_config(workspace)
    text = first.replace("env:OPENAI_API_KEY", "my key")
    assert preview(workspace, text).splitlines()[2:] == [
        "@@ -9,7 +9,7 @@",
        "     kind: litellm",
        "     model: openai/gpt-6.1-sol",
        "     keys:",
        "-    - env:OPENAI_API_KEY",
        "+    - my key",
        "   gemini:",
        "     kind: litellm",
        "     model: gemini/gemini-3.8-flash",
    ]
    assert export_config(workspace) == first
    import_config(workspace=workspace, actor=user, text=text, note="other key", door="cli")
    newest, oldest = revisions.history(workspace.pk)
    assert (newest.number, newest.note, newest.door, oldest.door) == (2, "other key", "cli", "defaults")
    (change,) = diff.differences(oldest.document, newest.document)
    assert (change.key, change.before, change.after) == ("providers.gpt.keys", ["env:OPENAI_API_KEY"], ["my key"])
    assert revert(workspace=workspace, actor=user, number=1).number == 3
    assert export_config(workspace) == first
    assert preview(workspace, first) == ""
    with pytest.raises(NotFound):
        revert(workspace=workspace, actor=user, number=99)
    with pytest.raises(NotFound):
        revert(workspace=WorkspaceFactory.create(), actor=user, number=1)


def test_keys_that_came_and_went() -> None:
    found = list(diff.differences({"a": 1, "b": {"c": 2}}, {"b": {"c": 3}, "d": [4]}))
    assert [one.key for one in found] == ["a", "b.c", "d"]
    assert found[0].after is found[2].before is diff.MISSING
    assert str(diff.MISSING) == "—"


def test_a_preset_that_does_not_exist() -> None:
    assert presets.names() == ["claude_primary", "default_fallback", "opencode_primary"]
    assert json.loads(presets.text("default_fallback"))["fallback_system"]["consecutive_failure_threshold"] == 3
    with pytest.raises(presets.UnknownPreset):
        presets.text("../data/defaults")
