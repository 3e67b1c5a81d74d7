"""Providers over REST: who may, what is shown and what never, and that each change is one of the services."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from autodev.events.models import Delivery, Event
from providers.checks import check_make
from providers.config import revisions
from providers.config.defaults import ensure_defaults
from providers.models import Breaker, Credential, Provider
from providers.services.checking import Checked
from providers.services.providers import provider_change
from providers.states import BreakerState
from tests.cast import Cast, key_client

pytestmark = pytest.mark.feature("F4.6", "F2.13")
API = "/api/v1/"
MISTRAL = {"kind": "litellm", "model": "mistral/devstral-latest", "keys": ["env:MISTRAL_API_KEY"]}
SECRET = "sk-live-4815162342-abcdefgh"


@pytest.fixture
def client(cast: Cast) -> Client:
    """A maintainer's key with the scope `admin`."""
    ensure_defaults(cast.workspace)
    return key_client(cast, cast.maintainer, "admin")


def send(client: Client, method: str, path: str, body: Any = None) -> Any:
    return client.generic(method, f"{API}{path}", body if isinstance(body, str) else _json(body), "application/json")


def _json(body: Any) -> str:
    import json

    return "" if body is None else json.dumps(body)


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


def test_a_provider_is_made_changed_switched_and_removed(client: Client, cast: Cast) -> None:
    body = {"name": "mistral", "chain": "default", "config": MISTRAL}
    made = ok(send(client, "POST", "providers/", body), 201)
    assert (made["name"], made["config"]) == ("mistral", MISTRAL)
    assert (made["status"]["state"], made["status"]["place"]) == ("no_key", 4)
    assert ok(send(client, "POST", "providers/", body), 409)["code"] == "name_taken"
    names = [one["name"] for one in ok(client.get(f"{API}providers/"))]
    assert names[:5] == ["claude", "gpt", "mistral", "blueprint", "gemini"]
    assert "local" in names

    changed = ok(send(client, "PATCH", "providers/mistral/", {"config": {"region": "eu", "keys": None}}))
    assert changed["config"] == {"kind": "litellm", "model": MISTRAL["model"], "region": "eu"}
    replaced = ok(send(client, "PUT", "providers/mistral/", {"config": MISTRAL}))
    assert replaced["config"] == MISTRAL
    assert ok(send(client, "POST", "providers/mistral/disable/"))["status"]["state"] == "off"
    assert ok(send(client, "POST", "providers/mistral/enable/"))["enabled"] is True

    refused = ok(send(client, "DELETE", "providers/mistral/"), 409)
    assert (refused["code"], "chain default" in refused["detail"]) == ("in_use", True)
    ok(send(client, "PUT", "routing/chains/default/", {"providers": ["claude", "blueprint"]}))
    ok(send(client, "DELETE", "providers/mistral/"), 204)
    assert ok(client.get(f"{API}providers/mistral/"), 404)["code"] == "not_found"
    words = set(Event.objects.filter(payload__door="api").values_list("type", flat=True))
    assert words >= {
        "provider.created",
        "provider.updated",
        "provider.disabled",
        "provider.enabled",
        "provider.removed",
    }
    assert Event.objects.get(type="provider.created").actor == cast.maintainer


@pytest.mark.feature("F2.14")
def test_a_price_that_nobody_knows_is_null(client: Client) -> None:
    assert ok(client.get(f"{API}providers/claude/"))["price"]["source"]  # the table of models knows it
    own = ok(
        send(client, "POST", "providers/", {"name": "own", "config": {"kind": "litellm", "model": "openai/my"}}), 201
    )
    assert own["price"] is None
    priced = {"config": {"price": {"input_usd": 1, "output_usd": 2.5}}}
    price = ok(send(client, "PATCH", "providers/own/", priced))["price"]
    assert (price["output_usd"], price["source"]) == ("2.500000", "models.yaml")


def test_a_wrong_configuration_names_its_places(client: Client) -> None:
    wrong = ok(send(client, "POST", "providers/", {"name": "bad", "config": {"kind": "litellm", "modle": "x"}}), 422)
    assert (wrong["code"], wrong["errors"][0]["field"]) == ("config_invalid", "providers.bad.modle")
    nul = ok(send(client, "POST", "providers/", {"name": "bad", "config": {"kind": "l", "params": {"a": "\0"}}}), 400)
    assert nul["errors"][0]["field"] == "config"
    assert not Provider.objects.filter(name="bad").exists()


def test_a_circuit_is_closed_by_hand(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-000000000000")
    row = Provider.objects.get(workspace=cast.workspace, name="claude")
    Breaker.objects.create(
        provider=row, state=BreakerState.OPEN, failure_kind="authentication", reason="401", ejections=2
    )
    before = ok(client.get(f"{API}providers/claude/"))["status"]
    assert (before["state"], before["failure_kind"]) == ("open", "authentication")
    assert ok(send(client, "POST", "providers/claude/reset/"))["status"]["state"] == "closed"
    assert Breaker.objects.get().state == BreakerState.CLOSED
    assert Event.objects.get(type="provider.reset").actor == cast.maintainer
    assert ok(send(client, "POST", "providers/nobody/reset/"), 404)["code"] == "not_found"


@pytest.mark.feature("F4.7")
def test_a_secret_goes_in_and_never_comes_out(client: Client, cast: Cast) -> None:
    answers = [send(client, "POST", "credentials/", {"name": "main key", "secret": SECRET})]
    assert ok(answers[0], 201)["hint"] == "efgh"
    answers.append(send(client, "PATCH", "providers/claude/", {"config": {"keys": ["main key"]}}))
    answers.append(client.get(f"{API}credentials/"))
    assert ok(answers[-1])[0]["used_by"] == ["claude"]
    answers.append(client.get(f"{API}providers/"))
    answers.append(client.get(f"{API}config/"))
    before = bytes(Credential.objects.get().ciphertext)
    answers.append(send(client, "PUT", "credentials/main key/", {"secret": f"{SECRET}-2x"}))
    assert bytes(Credential.objects.get().ciphertext) != before
    answers.append(send(client, "POST", "credentials/", {"name": "main key", "secret": SECRET}))
    assert answers[-1].status_code == 409
    answers.append(send(client, "POST", "credentials/", {"name": "short", "secret": "abc"}))
    assert answers[-1].status_code == 400
    answers.append(send(client, "DELETE", "credentials/main key/"))
    assert ok(answers[-1])["named_by"] == ["claude"]
    assert not any(SECRET in answer.content.decode() for answer in answers)
    assert not any(SECRET in str(payload) for payload in Event.objects.values_list("payload", flat=True))
    assert ok(send(client, "DELETE", "credentials/main key/"), 404)["code"] == "not_found"


def test_chains_rules_and_settings(client: Client) -> None:
    chain = ok(send(client, "PUT", "routing/chains/plan/", {"providers": ["gpt", "claude"], "strategy": "cost_based"}))
    plan = {"task_kind": "plan", "strategy": "cost_based", "providers": ["gpt", "claude"], "enabled": True}
    assert chain == {**plan, "follows": False}
    listed = {one["task_kind"]: one for one in ok(client.get(f"{API}routing/chains/"))}
    assert (listed["default"]["strategy"], listed["default"]["follows"]) == ("primary_secondary", True)
    assert [one["task_kind"] for one in ok(client.get(f"{API}routing/chains/"))] == [
        "default",
        "implement",
        "repair",
        "plan",
    ]
    assert ok(send(client, "PUT", "routing/chains/plan/", {"providers": ["gtp"]}), 422)["code"] == "config_invalid"
    ok(send(client, "DELETE", "routing/chains/plan/"), 204)
    assert ok(send(client, "DELETE", "routing/chains/default/"), 409)["code"] == "in_use"

    for name in ("a/b", "second"):
        ok(send(client, "PUT", f"routing/rules/{name}/", {"when": {"task_kind": "plan"}, "then": {"only": ["gpt"]}}))
    ordered = ok(send(client, "PUT", "routing/rules/", {"names": ["second"]}))
    assert [one["name"] for one in ordered] == ["second", "a/b"]
    assert ok(client.get(f"{API}routing/rules/")) == ordered
    assert ordered[0]["when"] == {"task_kind": ["plan"]}
    ok(send(client, "DELETE", "routing/rules/a/b/"), 204)
    assert ok(send(client, "DELETE", "routing/rules/a/b/"), 404)["code"] == "not_found"

    before = ok(client.get(f"{API}routing/settings/"))
    change = {"settings": {"fallback_system": {"error_rate_threshold": 0.5}}, "fallback_chain": False}
    after = ok(send(client, "PATCH", "routing/settings/", change))
    assert after["settings"]["fallback_system"]["error_rate_threshold"] == 0.5
    assert after["changed"] == {"fallback_system": {"error_rate_threshold": 0.5}}
    assert (after["fallback_chain"]["own"], after["fallback_chain"]["on"]) == (False, False)
    back = {"settings": {"fallback_system": {"error_rate_threshold": None}}, "fallback_chain": None}
    assert ok(send(client, "PATCH", "routing/settings/", back)) == before


def test_the_configuration_goes_out_in_and_back(client: Client, cast: Cast) -> None:
    text = client.get(f"{API}config/")
    assert text.headers["Content-Type"] == "application/yaml"
    yaml = text.content.decode()
    assert ok(client.get(f"{API}config/?as=json"))["chains"]["default"]["providers"][0] == "claude"
    assert "fallback_system" in ok(client.get(f"{API}config/?as=seed"))
    assert client.get(f"{API}config/?as=xml").status_code == 400

    other = "".join(line for line in yaml.splitlines(keepends=True) if line.strip() != "- gpt")
    assert other != yaml
    diff = ok(send(client, "POST", "config/preview/", {"text": other}))["diff"]
    assert any(line.startswith("-") and line.endswith("- gpt") for line in diff.splitlines())
    assert ok(send(client, "POST", "config/preview/", {"text": yaml}))["diff"] == ""
    imported = ok(send(client, "PUT", "config/", {"text": other, "note": "without gpt"}))
    assert (imported["number"], imported["note"], imported["created_by"]) == (2, "without gpt", str(cast.maintainer))
    raw = client.put(f"{API}config/", yaml, content_type="application/yaml")
    assert ok(raw)["number"] == 3
    assert ok(client.put(f"{API}config/", yaml, content_type="application/yaml"))["number"] == 3
    shown = ok(client.get(f"{API}config/revisions/2/"))
    assert "- gpt" in shown["changes"]
    assert "gpt" not in shown["document"]["chains"]["default"]["providers"]
    assert ok(send(client, "POST", "config/revisions/2/revert/"))["number"] == 4
    assert client.get(f"{API}config/").content.decode() == other
    assert [one["number"] for one in ok(client.get(f"{API}config/revisions/"))] == [4, 3, 2, 1]
    assert ok(client.get(f"{API}config/revisions/9/"), 404)["code"] == "not_found"
    wrong = ok(send(client, "PUT", "config/", {"text": yaml.replace("kind: blueprint", "kid: blueprint")}), 422)
    assert "models.yaml:" in wrong["detail"]


@pytest.mark.feature("F2.13")
def test_of_two_who_change_the_configuration_at_once_nobody_overwrites_the_other(client: Client) -> None:
    read = client.get(f"{API}config/")
    seen, yaml = read.headers["ETag"], read.content.decode()
    assert client.get(f"{API}config/?as=json").headers["ETag"] == seen == '"1"'
    ok(send(client, "PATCH", "providers/gpt/", {"config": {"region": "eu"}}))
    for tag, status in ((seen, 412), ("newest", 400), ('"2"', 200)):
        headers = {"If-Match": tag}
        put = client.put(f"{API}config/", yaml, content_type="application/yaml", headers=headers)
        assert put.status_code == status, put.text
    ok(send(client, "PATCH", "providers/gpt/", {"config": {"region": "eu"}}))
    late = client.put(f"{API}config/", yaml, content_type="application/yaml", headers={"If-Match": seen})
    assert (ok(late, 412)["code"], late.json()["hint"].startswith("Read it again")) == ("config_changed", True)
    assert ok(client.get(f"{API}providers/gpt/"))["config"]["region"] == "eu"


@pytest.mark.feature("F2.13")
def test_of_two_who_change_different_words_of_a_provider_both_hold(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one writes while the first is on the way to do so."""
    begin = revisions.begin

    def late() -> None:
        monkeypatch.setattr(revisions, "begin", begin)
        provider_change(workspace=cast.workspace, actor=None, name="gpt", changes={"upstream": "azure"})
        begin()

    monkeypatch.setattr(revisions, "begin", late)
    changed = ok(send(client, "PATCH", "providers/gpt/", {"config": {"region": "eu"}}))
    assert (changed["config"]["region"], changed["config"]["upstream"]) == ("eu", "azure")


@pytest.mark.feature("F2.14")
def test_a_dry_run_says_where_a_job_would_go_and_why(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-000000000000")
    for name in ("OPENAI_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    found = ok(send(client, "POST", "routing/dry-run/", {"task_kind": "implement"}))
    assert (found["chosen"], found["chain"]) == ("claude", "implement")
    assert found["sentence"].startswith("This would go to claude")
    assert [one["name"] for one in found["candidates"]] == ["claude", "blueprint"]
    assert {one["name"]: one["gate"] for one in found["excluded"]}["gpt"] == "key"
    rest = ok(send(client, "POST", "routing/dry-run/", {"avoid": ["claude"]}))
    assert (rest["chosen"], rest["sentence"][:28]) == ("blueprint", "This would go to blueprint, ")
    none = ok(send(client, "POST", "routing/dry-run/", {"only": ["gpt"], "purpose": "gateway"}))
    assert (none["chosen"], none["sentence"]) == ("", "Nobody can be asked.")


def test_the_web_process_never_loads_the_model_library(client: Client) -> None:
    import subprocess
    import sys

    code = (
        "import sys, django; django.setup(); import autodev.urls, autodev.asgi, providers.api.urls;"
        "assert 'litellm' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.django_db(transaction=True)
def test_a_provider_is_tested_by_a_worker(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_defaults(cast.workspace)
    client, path = key_client(cast, cast.member, "build"), "providers/claude/test/"
    assert ok(client.get(f"{API}{path}"))["state"] == "none"
    assert ok(send(client, "POST", path), 202)["state"] == "running"
    ok(send(client, "POST", path), 202)
    assert Delivery.objects.filter(channel="provider_check").count() == 1
    answered = Checked(provider="claude", model="anthropic/claude", took_ms=12)
    monkeypatch.setattr("providers.checks.provider_check", lambda **_: answered)
    check_make(Delivery.objects.get(channel="provider_check"))
    found = ok(client.get(f"{API}{path}"))
    assert (found["state"], "12 ms" in found["text"]) == ("passed", True)
    assert ok(send(client, "POST", path), 202)["state"] == "running"
    assert ok(send(client, "POST", "providers/nobody/test/"), 404)["code"] == "not_found"
    assert send(key_client(cast, cast.member, "read"), "POST", path).status_code == 403
    assert client.get(f"{API}providers/nobody/test/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_change_through_any_door_tells_open_pages(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("providers.told.notify", lambda topic, hint: told.append(topic))
    ok(send(client, "POST", "providers/claude/disable/"))
    ok(send(client, "POST", "credentials/", {"name": "mine", "secret": SECRET}), 201)
    ok(send(client, "PUT", "budgets/", {"scope": "workspace", "limit_calls": 5}))
    ok(send(client, "PUT", "budgets/", {"scope": "workspace", "limit_calls": -5}), 400)
    assert told == [f"workspace.{cast.workspace.pk}"] * 3
