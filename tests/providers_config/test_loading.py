"""From rows to what a call sees; and what a workspace begins with."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections

from autodev.accounts.models import User, Workspace
from autodev.lib.clock import shifted
from autodev.lib.db import own_connections
from providers.config import loading, store
from providers.config.defaults import ensure_defaults, shipped
from providers.config.schema import settings_of
from providers.config.settings import Settings, for_calls
from providers.health.matrix import Weights
from providers.health.settings import HealthSettings
from providers.models import Chain, ConfigRevision, PriceOverride, Provider
from providers.money.catalogue import catalogue
from providers.services.prices import price_remove, price_set
from providers.services.providers import provider_create
from providers.services.rules import rule_save
from providers.services.settings import settings_change
from providers.states import Strategy
from providers.targets import Capability, Deadlines, Target
from tests.factories.accounts import WorkspaceFactory

pytestmark = pytest.mark.django_db


def loaded(workspace: Workspace, part: dict[str, Any]) -> Target:
    provider_create(workspace=workspace, actor=None, name="one", part={"kind": "litellm", **part})
    return loading.load(workspace.pk).targets["one"]


@pytest.mark.feature("F2.8")
def test_a_workspace_begins_with_claude_gpt_local_blueprint(workspace: Workspace) -> None:
    found = loading.load(workspace.pk)
    assert found.chains["default"].providers == ("claude", "gpt", "local", "blueprint")
    assert found.chains["default"].strategy == Strategy.PRIMARY_SECONDARY
    # The local one is switched on where one is found, so that without a key nothing loads a model library.
    assert list(found.targets) == ["claude", "gpt", "gemini", "blueprint"]
    blueprint = found.targets["blueprint"]
    assert (blueprint.kind, blueprint.emergency, blueprint.needs_key) == ("blueprint", True, False)
    for name in ("claude", "gpt", "gemini"):
        known = catalogue().entry(found.targets[name].model)
        assert known is not None
        assert found.targets[name].needs_key
        assert found.targets[name].context_window == known.context_window
        assert found.targets[name].price == known.price
    assert ensure_defaults(workspace) is False
    assert ConfigRevision.objects.get(workspace=workspace).door == "defaults"
    assert store.read(workspace.pk) == shipped()


def test_defaults_come_once_and_not_again_to_who_took_all_away(workspace: Workspace) -> None:
    Chain.objects.filter(workspace=workspace).delete()
    Provider.objects.filter(workspace=workspace).delete()
    assert ensure_defaults(workspace) is False


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_begins() -> None:
    row = WorkspaceFactory.create()
    gate, made = threading.Barrier(5), []

    def begin() -> None:
        with own_connections():
            gate.wait(30)
            made.append(ensure_defaults(row))

    threads = [threading.Thread(target=begin) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(made) == [False] * 4 + [True]
    assert Provider.objects.filter(workspace=row).count() == len(shipped().providers)
    connections.close_all()


def test_what_models_yaml_says_goes_before_the_table(workspace: Workspace) -> None:
    one = loaded(
        workspace,
        {
            "model": "openai/gpt-6.1-sol",
            "api_base": "https://proxy.example.org/v1",
            "capabilities": ["vision"],
            "context_window": 1000,
            "max_output_tokens": 50,
            "price": {"input_usd": 1.5, "output_usd": 2},
            "deadlines": {"first_token_s": 3},
            "needs_key": False,
            "upstream": "openai",
            "region": "eu",
            "health_weight": 0.5,
            "max_concurrency": 4,
            "params": {"seed": 7},
        },
    )
    assert one.capabilities == {Capability.VISION}
    assert (one.context_window, one.max_output_tokens, one.max_concurrency) == (1000, 50, 4)
    assert one.price is not None
    assert (one.price.input_usd, one.price.source) == (Decimal("1.5"), "models.yaml")
    assert one.deadlines == Deadlines(first_token_s=3, stall_s=15, total_s=600, connect_s=5)
    assert (one.upstream, one.region, one.health_weight, dict(one.params)) == ("openai", "eu", 0.5, {"seed": 7})
    assert (one.api_base, one.needs_key) == ("https://proxy.example.org/v1", False)


def test_a_model_that_nobody_knows_works_too(workspace: Workspace) -> None:
    one = loaded(workspace, {"model": "acme/brand-new"})
    assert one.price is None
    assert (one.context_window, one.max_output_tokens, one.needs_key) == (None, None, True)
    assert Capability.TOOLS in one.capabilities


def test_a_model_on_ones_own_machine_needs_no_key_and_costs_nothing(workspace: Workspace) -> None:
    one = loaded(workspace, {"model": "hosted_vllm/some-model", "api_base": "http://127.0.0.1:8000/v1"})
    assert not one.needs_key
    assert one.price is not None
    assert one.price.output_usd == 0


def test_a_price_that_was_set_holds_from_its_moment_on(workspace: Workspace, user: User) -> None:
    tomorrow = dt.datetime.now(tz=dt.UTC) + dt.timedelta(days=1)

    def price(usd: int, whose: Workspace | None, since: dt.datetime | None = None) -> PriceOverride:
        return price_set(
            workspace=whose, actor=user, model="acme/new", effective_from=since, input_usd=Decimal(usd),
            output_usd=Decimal(8),
        )  # fmt: skip

    price(1, None)
    row = price(2, workspace, tomorrow)
    now = loaded(workspace, {"model": "acme/new"}).price
    with shifted(2 * 86_400):
        later = loading.load(workspace.pk).targets["one"].price
        price_remove(workspace=workspace, actor=user, price_id=row.pk)
        after = loading.load(workspace.pk).targets["one"].price
    assert now is not None
    assert later is not None
    assert (now.input_usd, later.input_usd, now == after) == (Decimal(1), Decimal(2), True)


def test_rules_and_settings_as_a_view_has_them(workspace: Workspace, user: User) -> None:
    rule_save(workspace=workspace, actor=user, name="big", when={"min_input_tokens": 9}, then={"prefer": "gemini"})
    rule_save(workspace=workspace, actor=user, name="off", when={}, then={"only": ["gpt"]}, enabled=False)
    settings_change(
        workspace=workspace,
        actor=user,
        changes={"fallback_system": {"health_check_timeout": 5}, "deadlines": {"total_s": 60}},
    )
    found = loading.load(workspace.pk)
    assert [(rule.name, rule.when, rule.then) for rule in found.rules] == [
        ("big", {"min_input_tokens": 9}, {"prefer": ["gemini"]})
    ]
    assert found.settings["api_timeout"] == 5
    assert found.targets["claude"].deadlines.total_s == 60


def test_every_threshold_of_health_can_be_set_and_has_its_default() -> None:
    ours = for_calls(Settings())
    names = {field.name for field in fields(HealthSettings)}
    assert {name: ours[name] for name in names} == {name: getattr(HealthSettings(), name) for name in names}
    assert Weights(**ours["decision_factors"]) == Weights()
    assert settings_of({}) == Settings()
