"""The operators' admin: rights of those who may only look, JSON of the wrong kind, months that are over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.views.debug import SafeExceptionReporterFilter

from autodev.accounts.models import User
from providers.admin.credentials import CredentialAdmin
from providers.config.defaults import ensure_defaults
from providers.models import Breaker, Budget, Chain, Provider, RoutingRule, RoutingSettings
from providers.models.money import BudgetScope
from providers.services.budgets import budget_set
from providers.services.rules import rule_save
from providers.states import BreakerState
from tests.cast import Cast, signed_in
from tests.factories.accounts import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.feature("F4.7", "F2.13")]
ADMIN = "/admin/providers/"


@pytest.fixture
def operator(cast: Cast) -> Client:
    ensure_defaults(cast.workspace)
    return signed_in(UserFactory.create(email="ops@example.org", is_staff=True, is_superuser=True))


@pytest.fixture
def looker(cast: Cast) -> Client:
    """Somebody of the staff who may look at everything and change nothing."""
    ensure_defaults(cast.workspace)
    user: User = UserFactory.create(email="look@example.org", is_staff=True)
    views = Permission.objects.filter(content_type__app_label="providers", codename__startswith="view_")
    user.user_permissions.set(views)
    return signed_in(user)


def act(client: Client, model: str, action: str, *rows: Any) -> Any:
    return client.post(f"{ADMIN}{model}/", {"action": action, "_selected_action": [str(row.pk) for row in rows]})


def test_who_may_only_look_switches_orders_and_closes_nothing(cast: Cast, looker: Client) -> None:
    provider = Provider.objects.get(workspace=cast.workspace, name="claude")
    for name in ("one", "two"):
        rule_save(workspace=cast.workspace, actor=None, name=name, when={}, then={"only": ["gpt"]})
    breaker = Breaker.objects.create(provider=provider, state=BreakerState.OPEN, reason="401")
    act(looker, "provider", "switch_off", provider)
    act(looker, "routingrule", "first", RoutingRule.objects.get(name="two"))
    act(looker, "breaker", "reset", breaker)
    provider.refresh_from_db()
    breaker.refresh_from_db()
    assert (provider.enabled, breaker.state) == (True, BreakerState.OPEN)
    assert [rule.name for rule in RoutingRule.objects.all()] == ["one", "two"]
    assert looker.get(f"{ADMIN}provider/").status_code == 200


def test_who_may_change_circuits_closes_them(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    user: User = UserFactory.create(email="half@example.org", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_breaker", "change_breaker"]))
    breaker = Breaker.objects.create(provider=Provider.objects.get(name="claude"), state=BreakerState.OPEN)
    act(signed_in(user), "breaker", "reset", breaker)
    breaker.refresh_from_db()
    assert breaker.state == BreakerState.CLOSED


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("document", "[1]", "Write an object"),
        ("document", '"x"', "Write an object"),
        ("keys", '"claude"', "Write a list"),
        ("keys", '{"a": 1}', "Write a list"),
        ("keys", "7", "Write a list"),
        ("keys", "{", "valid JSON"),
    ],
)
def test_json_of_the_wrong_kind_is_told_at_its_field(
    cast: Cast, operator: Client, field: str, value: str, told: str
) -> None:
    row = Provider.objects.get(workspace=cast.workspace, name="claude")
    form = {"kind": "litellm", "model": "x/y", "api_base": "", "keys": "[]", "document": "{}", "enabled": "on"}
    answer = operator.post(f"{ADMIN}provider/{row.pk}/change/", {**form, field: value})
    assert answer.status_code == 200
    assert told in str(answer.context["adminform"].errors[field])


def test_lists_and_objects_of_chains_rules_and_settings(cast: Cast, operator: Client) -> None:
    rule_save(workspace=cast.workspace, actor=None, name="one", when={}, then={"only": ["gpt"]})
    wanted = {
        f"chain/{Chain.objects.get(task_kind='default').pk}": {"strategy": "round_robin", "providers": "7"},
        f"routingrule/{RoutingRule.objects.get().pk}": {"when": "[]", "then": "[1]"},
        f"routingsettings/{RoutingSettings.objects.get(workspace=cast.workspace).pk}": {"document": "[1]"},
    }
    for path, form in wanted.items():
        answer = operator.post(f"{ADMIN}{path}/change/", {**form, "enabled": "on"})
        assert (answer.status_code, bool(answer.context["adminform"].errors)) == (200, True), path


def test_several_rules_come_first_in_the_order_in_which_they_stood(cast: Cast, operator: Client) -> None:
    for name in ("one", "two", "three"):
        rule_save(workspace=cast.workspace, actor=None, name=name, when={}, then={"only": ["gpt"]})
    act(operator, "routingrule", "first", *RoutingRule.objects.filter(name__in=["two", "three"]))
    assert [rule.name for rule in RoutingRule.objects.all()] == ["two", "three", "one"]


def test_a_month_that_is_over_takes_no_other_with_it(cast: Cast, operator: Client) -> None:
    present = budget_set(workspace=cast.workspace, actor=None, scope=BudgetScope.MONTH, limit_usd=Decimal(5))
    past = Budget.objects.create(
        workspace=cast.workspace, scope="month", subject_id=cast.workspace.pk, period="2026-01", limit_usd=3
    )
    assert operator.post(f"{ADMIN}budget/{past.pk}/delete/", {"post": "yes"}).status_code == 403
    form = {"limit_usd": "9", "limit_calls": "", "warn_at": "0.7"}
    assert operator.post(f"{ADMIN}budget/{past.pk}/change/", form).status_code == 403
    selected = {"action": "delete_selected", "_selected_action": [str(past.pk)], "post": "yes"}
    assert operator.post(f"{ADMIN}budget/", selected).status_code in {302, 422}
    present.refresh_from_db()
    past.refresh_from_db()
    assert (present.limit_usd, past.limit_usd) == (Decimal(5), Decimal(3))
    assert operator.post(f"{ADMIN}budget/{present.pk}/delete/", {"post": "yes"}).status_code == 302


def test_an_error_report_has_no_key(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def breaks(self: Any, request: Any, *_: Any) -> None:
        shown = SafeExceptionReporterFilter().get_post_parameters(request)
        seen.append(str(dict(shown)))

    monkeypatch.setattr(CredentialAdmin, "save_model", breaks)
    monkeypatch.setattr(CredentialAdmin, "log_addition", lambda *_: None)
    monkeypatch.setattr(
        CredentialAdmin, "response_add", lambda self, request, *_: self.response_post_save_add(request, None)
    )
    workspace = Provider.objects.first().workspace  # type: ignore[union-attr]
    form = {"workspace": workspace.pk, "name": "main", "secret": "sk-live-4815162342"}
    operator.post(f"{ADMIN}credential/add/", form)
    assert seen
    assert "sk-live-4815162342" not in seen[0]
