"""The operators' admin of providers: changed by the services, secrets never shown, lists of a bounded price."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from autodev.events.models import Event
from autodev.lib.ids import new_id
from projects.models import Build
from providers.config import revisions, store
from providers.config.defaults import ensure_defaults
from providers.failures.signal import Signal
from providers.failures.unknown import record_unknown
from providers.models import (
    Breaker,
    Budget,
    Call,
    Chain,
    Credential,
    Decision,
    Drill,
    FailurePattern,
    PriceOverride,
    Provider,
    RoutingRule,
    RoutingSettings,
    UnknownFailure,
)
from providers.services.credentials import credential_add
from providers.states import BreakerState
from tests.cast import Cast, signed_in
from tests.factories.accounts import UserFactory, WorkspaceFactory

pytestmark = pytest.mark.feature("F4.7", "F2.13")
ADMIN = "/admin/providers/"
SECRET = "sk-live-4815162342-abcdefgh"
LISTS = [
    "provider", "credential", "chain", "routingrule", "routingsettings", "configrevision", "breaker", "call",
    "decision", "drill", "failurepattern", "unknownfailure", "budget", "priceoverride",
]  # fmt: skip


@pytest.fixture
def operator(cast: Cast) -> Client:
    """Somebody who belongs to no workspace."""
    ensure_defaults(cast.workspace)
    return signed_in(UserFactory.create(email="ops@example.org", is_staff=True, is_superuser=True))


def told(kind: str) -> dict[str, Any]:
    event = Event.objects.filter(type=kind).latest("created_at")
    assert event.actor is not None
    assert event.actor.email == "ops@example.org"
    assert event.payload["door"] == "admin"
    payload: dict[str, Any] = event.payload
    return payload


def post(client: Client, path: str, **form: Any) -> None:
    answer = client.post(f"{ADMIN}{path}", form)
    errors = answer.context["adminform"].errors if answer.context and "adminform" in answer.context else answer.content
    assert answer.status_code == 302, errors


def act(client: Client, model: str, action: str, *rows: Any) -> Any:
    return client.post(f"{ADMIN}{model}/", {"action": action, "_selected_action": [str(row.pk) for row in rows]})


def provider_form(**changes: Any) -> dict[str, Any]:
    usual = {"kind": "litellm", "model": "mistral/devstral", "api_base": "", "keys": "[]", "document": "{}"}
    return {**usual, "enabled": "on", **changes}


def test_a_provider_is_made_changed_switched_and_removed_with_its_history(cast: Cast, operator: Client) -> None:
    post(operator, "provider/add/", workspace=cast.workspace.pk, name="mistral", **provider_form())
    row = Provider.objects.get(name="mistral")
    assert told("provider.created")["revision"] == 2
    post(
        operator,
        f"provider/{row.pk}/change/",
        **provider_form(keys='["env:MISTRAL_API_KEY"]', document='{"region": "eu"}'),
    )
    row.refresh_from_db()
    assert (row.keys, row.document, told("provider.updated")["name"]) == (
        ["env:MISTRAL_API_KEY"],
        {"region": "eu"},
        "mistral",
    )
    act(operator, "provider", "switch_off", row)
    row.refresh_from_db()
    assert (row.enabled, told("provider.disabled")["name"]) == (False, "mistral")
    act(operator, "provider", "switch_on", row)
    Breaker.objects.create(provider=row)
    post(operator, f"provider/{row.pk}/delete/", post="yes")
    assert told("provider.removed")["revision"] == 6
    assert not Provider.objects.filter(name="mistral").exists()
    named = Provider.objects.get(name="claude")
    assert operator.post(f"{ADMIN}provider/{named.pk}/delete/", {"post": "yes"}).status_code == 409
    wrong = operator.post(f"{ADMIN}provider/{named.pk}/change/", provider_form(document='{"regoin": "eu"}'))
    assert (wrong.status_code, "regoin" in wrong.text) == (422, True)
    assert len(revisions.history(cast.workspace.pk)) == 6


def test_chains_rules_and_settings_go_by_the_services(cast: Cast, operator: Client) -> None:
    values = {"strategy": "cost_based", "providers": '["gpt", "claude"]', "enabled": "on"}
    post(operator, "chain/add/", workspace=cast.workspace.pk, task_kind="plan", **values)
    row = Chain.objects.get(task_kind="plan")
    assert (row.strategy, row.providers, told("chain.saved")["task_kind"]) == ("cost_based", ["gpt", "claude"], "plan")
    post(operator, f"chain/{row.pk}/delete/", post="yes")
    assert told("chain.removed")["task_kind"] == "plan"
    for name in ("one", "two"):
        rule = {"when": "{}", "then": '{"only": ["gpt"]}', "enabled": "on"}
        post(operator, "routingrule/add/", workspace=cast.workspace.pk, name=name, **rule)
    two = RoutingRule.objects.get(name="two")
    act(operator, "routingrule", "first", two)
    assert [one.name for one in RoutingRule.objects.all()] == ["two", "one"]
    two = RoutingRule.objects.get(name="two")
    post(operator, f"routingrule/{two.pk}/delete/", post="yes")
    assert told("rule.removed")["name"] == "two"
    settings = RoutingSettings.objects.get(workspace=cast.workspace)
    document = {"fallback_system": {"error_rate_threshold": 0.5}, store.FLAG: {"p2_fallback_chain": {"enabled": False}}}
    post(operator, f"routingsettings/{settings.pk}/change/", document=json.dumps(document))
    settings.refresh_from_db()
    assert (settings.document, bool(told("settings.replaced"))) == (document, True)


def test_a_secret_is_stored_and_replaced_and_never_shown(cast: Cast, operator: Client) -> None:
    post(operator, "credential/add/", workspace=cast.workspace.pk, name="main", secret=SECRET)
    row = Credential.objects.get()
    before = bytes(row.ciphertext)
    pages = [operator.get(f"{ADMIN}credential/"), operator.get(f"{ADMIN}credential/{row.pk}/change/")]
    assert all(page.status_code == 200 and SECRET not in page.text for page in pages)
    assert not any(before.hex() in page.text or str(before) in page.text for page in pages)
    post(operator, f"credential/{row.pk}/change/", secret=f"{SECRET}2")
    row.refresh_from_db()
    assert (bytes(row.ciphertext) != before, told("credential.rotated")["name"]) == (True, "main")
    post(operator, f"credential/{row.pk}/delete/", post="yes")
    assert told("credential.removed")["name"] == "main"


def test_a_circuit_is_closed(cast: Cast, operator: Client) -> None:
    row = Breaker.objects.create(provider=Provider.objects.get(name="claude"), state=BreakerState.OPEN, reason="401")
    act(operator, "breaker", "reset", row)
    row.refresh_from_db()
    assert (row.state, told("provider.reset")["name"]) == (BreakerState.CLOSED, "claude")
    off = Breaker.objects.create(provider=Provider.objects.get(name="gemini"), state=BreakerState.OPEN)
    Provider.objects.filter(name="gemini").update(enabled=False)
    assert "no enabled provider" in operator.post(
        f"{ADMIN}breaker/", {"action": "reset", "_selected_action": [str(off.pk)]}, follow=True
    ).text  # fmt: skip


@pytest.mark.feature("F2.4")
def test_a_message_that_nobody_knew_becomes_a_pattern(operator: Client) -> None:
    unknown = record_unknown(signal=Signal(text="flux capacitor 17 is cold", framework="opencode"))
    other = record_unknown(signal=Signal(text="quite something else", framework="opencode"))
    assert (
        act(operator, "unknownfailure", "make_pattern", unknown, other).headers["Location"] == f"{ADMIN}unknownfailure/"
    )
    address = act(operator, "unknownfailure", "make_pattern", unknown).headers["Location"]
    page = operator.get(address)
    initial = page.context["adminform"].form.initial
    assert (initial["framework"], "flux" in initial["pattern"]) == ("opencode", True)
    assert "It must match this message: flux capacitor 17 is cold" in page.text
    assert "overloaded: " in page.text  # what each kind means
    unsaid = {"name": "cold-flux", "position": "10", "pattern": initial["pattern"], "kind": ""}
    assert "kind" in operator.post(address, unsaid).context["adminform"].form.errors
    form = {"name": "cold-flux", "framework": "opencode", "kind": "unavailable", "position": "10", "enabled": "on"}
    refused = operator.post(address, {**form, "pattern": "warm flux"})
    assert (refused.status_code, "does not match the example" in refused.text) == (200, True)
    assert operator.post(address, {**form, "pattern": initial["pattern"]}).status_code == 302
    row = FailurePattern.objects.get()
    assert (row.kind, UnknownFailure.objects.get(pk=unknown.pk).pattern) == ("unavailable", row)
    assert told("failure_pattern.saved")["name"] == "cold-flux"
    post(operator, f"failurepattern/{row.pk}/delete/", post="yes")
    assert told("failure_pattern.removed")["name"] == "cold-flux"
    assert UnknownFailure.objects.get(pk=unknown.pk).pattern is None


@pytest.mark.feature("F2.9")
def test_budgets_and_prices(cast: Cast, operator: Client, build: Build) -> None:
    form = {"workspace": cast.workspace.pk, "limit_usd": "5", "limit_calls": "", "warn_at": "0.7"}
    post(operator, "budget/add/", scope="project", subject_id=build.project_id, **form)
    row = Budget.objects.get()
    assert (row.limit_usd, row.warn_at, told("budget.set")["scope"]) == (Decimal(5), 0.7, "project")
    elsewhere = WorkspaceFactory.create()
    stolen = {**form, "workspace": elsewhere.pk, "scope": "project", "subject_id": build.project_id}
    assert "no such project in this workspace" in operator.post(f"{ADMIN}budget/add/", stolen).text
    post(operator, f"budget/{row.pk}/change/", limit_usd="6", limit_calls="9", warn_at="0.7")
    row.refresh_from_db()
    assert (row.limit_usd, row.limit_calls) == (Decimal(6), 9)
    post(operator, f"budget/{row.pk}/delete/", post="yes")
    assert not Budget.objects.exists()
    price = {"model": "openai/x", "input_usd": "1", "output_usd": "2", "cached_usd": ""}
    when = {"effective_from_0": "2026-01-01", "effective_from_1": "00:00:00"}
    post(operator, "priceoverride/add/", workspace="", **price, **when)
    made = PriceOverride.objects.get()
    assert (made.workspace, told("price.set")["model"]) == (None, "openai/x")
    post(operator, f"priceoverride/{made.pk}/delete/", post="yes")
    assert told("price.removed")["model"] == "openai/x"


def fill(number: int) -> None:
    """A row of everything, each in a workspace of its own."""
    for _ in range(number):
        place = WorkspaceFactory.create()
        ensure_defaults(place)
        provider = Provider.objects.filter(workspace=place).latest("pk")
        Breaker.objects.create(provider=provider)
        decided = Decision.objects.create(workspace=place, task_kind="plan", chosen="claude")
        Call.objects.create(
            workspace=place, provider=provider, provider_name="x", request_id=new_id(), decision=decided
        )
        Drill.objects.create(workspace=place, provider=provider, fault="hang", until="2026-01-01T00:00:00Z")
        credential_add(workspace=place, actor=None, name="k", secret=SECRET)
        Budget.objects.create(workspace=place, scope="workspace", subject_id=place.pk)
        PriceOverride.objects.create(
            workspace=place, model="m", input_usd=1, output_usd=1, effective_from="2026-01-01T00:00:00Z"
        )
        RoutingRule.objects.create(workspace=place, name="r", then={"only": ["claude"]})
        pattern = FailurePattern.objects.create(name=f"p{place.pk}", pattern="xyz", kind="unknown")
        UnknownFailure.objects.create(fingerprint=str(place.pk), template="t", example="t", pattern=pattern)


def test_lists_cost_the_same_however_long_they_are(operator: Client) -> None:
    counts: list[list[int]] = []
    for _ in range(2):
        fill(3)
        counts.append([])
        for model in LISTS:
            with CaptureQueriesContext(connection) as queries:
                answer = operator.get(f"{ADMIN}{model}/")
            assert answer.status_code == 200, model
            counts[-1].append(len(queries))
    assert dict(zip(LISTS, counts[0], strict=True)) == dict(zip(LISTS, counts[1], strict=True))
    assert max(counts[0]) <= 8


@pytest.mark.parametrize("model", ["call", "decision", "drill", "breaker", "configrevision", "unknownfailure"])
def test_what_happened_is_only_read(operator: Client, model: str) -> None:
    fill(1)
    from django.apps import apps

    row = apps.get_model("providers", model).objects.first()
    assert operator.get(f"{ADMIN}{model}/add/").status_code == 403
    assert operator.get(f"{ADMIN}{model}/{row.pk}/change/").status_code == 200
    assert operator.post(f"{ADMIN}{model}/{row.pk}/change/", {}).status_code == 403
    assert operator.get(f"{ADMIN}{model}/{row.pk}/delete/").status_code == 403
