"""Calls, decisions, budgets, prices and drills over REST; and who may do what with providers at all."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from autodev.lib.ids import new_id
from projects.models import Build
from providers.config.defaults import ensure_defaults
from providers.models import Budget, Call, Decision, Drill, Provider
from providers.models.money import BudgetScope
from providers.services.budgets import budget_set
from providers.states import CallOutcome, CallState
from tests.api.test_providers import API, ok, send
from tests.cast import Cast, key_client, signed_in
from tests.factories.accounts import WorkspaceFactory

pytestmark = pytest.mark.feature("F4.6")
READS = [
    "providers/", "providers/claude/", "credentials/", "routing/chains/", "routing/rules/", "routing/settings/",
    "routing/decisions/", "config/", "config/revisions/", "config/revisions/1/", "calls/", "calls/usage/", "budgets/",
    "prices/", "drills/", "drills/faults/",
]  # fmt: skip
CHANGES: list[tuple[str, str, Any]] = [
    ("POST", "providers/", {"name": "x", "config": {"kind": "litellm", "model": "openai/x"}}),
    ("PUT", "providers/claude/", {"config": {"kind": "litellm", "model": "openai/x"}}),
    ("PATCH", "providers/claude/", {"config": {"region": "eu"}}),
    ("DELETE", "providers/gemini/", None),
    ("POST", "providers/claude/enable/", None),
    ("POST", "providers/claude/disable/", None),
    ("POST", "providers/claude/reset/", None),
    ("POST", "credentials/", {"name": "k", "secret": "a-long-secret"}),
    ("PUT", "credentials/k/", {"secret": "a-long-secret"}),
    ("DELETE", "credentials/k/", None),
    ("PUT", "routing/chains/plan/", {"providers": ["claude"]}),
    ("DELETE", "routing/chains/plan/", None),
    ("PUT", "routing/rules/r/", {"then": {"only": ["claude"]}}),
    ("PUT", "routing/rules/", {"names": []}),
    ("DELETE", "routing/rules/r/", None),
    ("PATCH", "routing/settings/", {"fallback_chain": False}),
    ("PUT", "config/", {"text": "{}"}),
    ("POST", "config/revisions/1/revert/", None),
    ("PUT", "budgets/", {"scope": "workspace", "limit_usd": "1"}),
    ("POST", "prices/", {"model": "openai/x", "input_usd": "1", "output_usd": "2"}),
    ("POST", "drills/", {"provider": "claude", "fault": "unavailable"}),
]


@pytest.fixture
def client(cast: Cast) -> Client:
    ensure_defaults(cast.workspace)
    return key_client(cast, cast.maintainer, "admin")


def call(cast: Cast, name: str = "claude", **values: Any) -> Call:
    usual: dict[str, Any] = {
        "request_id": new_id(), "state": CallState.SETTLED, "outcome": CallOutcome.SUCCEEDED, "cost_usd": "0.02",
        "input_tokens": 100, "output_tokens": 20, "total_ms": 800,
    }  # fmt: skip
    row = Provider.objects.get(workspace=cast.workspace, name=name)
    return Call.objects.create(workspace=cast.workspace, provider=row, provider_name=name, **{**usual, **values})


def at(path: str, workspace: uuid.UUID) -> str:
    return f"{path}?workspace={workspace}"


@pytest.mark.parametrize("path", READS)
def test_members_read_and_strangers_see_nothing(cast: Cast, path: str) -> None:
    ensure_defaults(cast.workspace)
    expected = {"owner": 200, "maintainer": 200, "member": 200, "viewer": 200, "outsider": 404, "nobody": 401}
    address = f"{API}{at(path, cast.workspace.pk)}"
    found = {name: signed_in(user).get(address).status_code for name, user in cast.everybody().items()}
    assert found == expected
    unnamed = signed_in(cast.owner).get(f"{API}{path}")
    assert (unnamed.status_code, unnamed.json()["errors"][0]["field"]) == (400, "workspace")


def test_only_maintainers_change_and_a_key_reaches_no_further_than_its_scope(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    member, narrow = signed_in(cast.member), key_client(cast, cast.owner, "build")
    stranger = signed_in(cast.outsider)
    for method, path, body in CHANGES:
        address = at(path, cast.workspace.pk)
        assert send(member, method, address, body).status_code == 403, path
        assert send(narrow, method, path, body).status_code == 403, path
        assert send(stranger, method, address, body).status_code == 404, path


def test_a_key_does_not_leave_its_workspace(client: Client) -> None:
    other = WorkspaceFactory.create()
    assert client.get(f"{API}{at('providers/', other.pk)}").status_code == 404


def test_calls_are_paged_and_filtered(client: Client, cast: Cast) -> None:
    build = new_id()
    rows = [call(cast, build_id=build if n == 0 else None) for n in range(3)]
    failed = call(cast, "gpt", outcome=CallOutcome.FAILED, failure_kind="rate_limit", failure_text="429")
    elsewhere = WorkspaceFactory.create()
    Call.objects.create(workspace=elsewhere, provider_name="claude", request_id=new_id())
    page = ok(client.get(f"{API}calls/?page_size=2"))
    assert [one["id"] for one in page["results"]] == [str(failed.pk), str(rows[2].pk)]
    rest = ok(client.get(page["next"]))
    assert [one["id"] for one in rest["results"]] == [str(rows[1].pk), str(rows[0].pk)]
    assert rest["next"] is None
    for query, wanted in {
        "provider=gpt": failed, "outcome=failed": failed, "failure_kind=rate_limit": failed, f"build={build}": rows[0],
        f"request={rows[1].request_id}": rows[1],
    }.items():  # fmt: skip
        assert [one["id"] for one in ok(client.get(f"{API}calls/?{query}"))["results"]] == [str(wanted.pk)], query
    assert client.get(f"{API}calls/?outcome=great").status_code == 400
    usage = {one["provider"]: one for one in ok(client.get(f"{API}calls/usage/"))}
    assert (usage["claude"]["calls"], usage["claude"]["cost_usd"]) == (3, "0.06000000")
    assert usage["gpt"]["failures"] == {"rate_limit": 1}


def test_a_list_costs_the_same_however_long_it_is(client: Client, cast: Cast) -> None:
    counts = []
    ok(client.get(f"{API}calls/"))  # the first one notes that the key was used
    for _ in range(2):
        for _ in range(4):
            call(cast)
            decided = Decision.objects.create(workspace=cast.workspace, task_kind="plan", chosen="claude")
            call(cast, decision=decided)
        for path in ("calls/", "routing/decisions/", "providers/"):
            with CaptureQueriesContext(connection) as queries:
                ok(client.get(f"{API}{path}"))
            counts.append(len(queries))
    assert counts[:3] == counts[3:]


def test_a_decision_shows_the_reasons_and_its_calls(client: Client, cast: Cast) -> None:
    places = [{"name": "claude", "place": 1, "score": 0.9, "reason": "number 1 of the chain"}]
    row = Decision.objects.create(
        workspace=cast.workspace, task_kind="plan", strategy="primary_secondary", chosen="claude", previous="gpt",
        trigger="restored", candidates=places, inputs={"tight": False},
    )  # fmt: skip
    Decision.objects.create(workspace=cast.workspace, task_kind="implement", chosen="gpt")
    made = call(cast, decision=row)
    listed = ok(client.get(f"{API}routing/decisions/?switches=true"))["results"]
    assert [(one["chosen"], one["previous"], one["trigger"]) for one in listed] == [("claude", "gpt", "restored")]
    shown = ok(client.get(f"{API}routing/decisions/{row.pk}/"))
    assert (shown["candidates"], shown["inputs"]) == (places, {"tight": False})
    assert [one["id"] for one in shown["calls"]] == [str(made.pk)]
    assert ok(client.get(f"{API}routing/decisions/{new_id()}/"), 404)["code"] == "not_found"


@pytest.mark.feature("F2.9")
def test_budgets_of_ones_own_projects_only(client: Client, cast: Cast, build: Build) -> None:
    call(cast, project_id=build.project_id)
    body = {"scope": "project", "subject_id": str(build.project_id), "limit_usd": "5", "warn_at": 0.5}
    made = ok(send(client, "PUT", "budgets/", body))
    assert (made["limit_usd"], made["spent_usd"], made["spent_calls"]) == ("5.000000", "0.02000000", 1)
    assert ok(send(client, "PUT", "budgets/", {**body, "limit_usd": "6"}))["id"] == made["id"]
    assert ok(send(client, "PUT", "budgets/", {"scope": "month", "limit_calls": 10}))["limit_calls"] == 10
    assert len(ok(client.get(f"{API}budgets/"))) == 2
    assert ok(send(client, "PUT", "budgets/", {"scope": "build", "subject_id": str(new_id()), "limit_calls": 1}), 404)
    assert send(client, "PUT", "budgets/", {"scope": "project", "limit_calls": 1}).status_code == 400
    assert ok(send(client, "PUT", "budgets/", {"scope": "workspace"}), 422)["code"] == "not_a_limit"
    ok(send(client, "DELETE", f"budgets/{made['id']}/"), 204)
    elsewhere = budget_set(workspace=WorkspaceFactory.create(), actor=None, scope=BudgetScope.WORKSPACE, limit_calls=1)
    ok(send(client, "DELETE", f"budgets/{elsewhere.pk}/"), 404)
    assert Budget.objects.filter(pk=elsewhere.pk).exists()


def test_prices_of_ones_own(client: Client) -> None:
    body = {"model": "openai/gpt-x", "input_usd": "1.5", "output_usd": "6"}
    made = ok(send(client, "POST", "prices/", body), 201)
    assert (made["input_usd"], made["cached_usd"], made["own"]) == ("1.500000", None, True)
    assert ok(client.get(f"{API}prices/")) == [made]
    assert send(client, "POST", "prices/", {**body, "input_usd": "-1"}).status_code == 400
    ok(send(client, "DELETE", f"prices/{made['id']}/"), 204)
    ok(send(client, "DELETE", f"prices/{made['id']}/"), 404)


@pytest.mark.feature("F2.15")
def test_a_drill_is_started_watched_and_stopped(client: Client, cast: Cast) -> None:
    assert {"name": "unavailable", "what": "Unavailable (503)"} in ok(client.get(f"{API}drills/faults/"))
    body = {"provider": "claude", "fault": "unavailable", "share": 0.5, "duration_s": 60}
    made = ok(send(client, "POST", "drills/", body), 201)
    assert (made["running"], made["provider"], made["report"]["requests"]) == (True, "claude", 0)
    assert ok(send(client, "POST", "drills/", body), 409)["code"] == "drill_refused"
    assert ok(send(client, "POST", "drills/", {**body, "provider": "nobody"}), 404)["code"] == "not_found"
    assert send(client, "POST", "drills/", {**body, "fault": "earthquake"}).status_code == 400
    request_id = new_id()
    call(cast, outcome=CallOutcome.FAILED, failure_kind="unavailable", injected=True, request_id=request_id)
    call(cast, "gpt", request_id=request_id, attempt=2)
    report = ok(client.get(f"{API}drills/{made['id']}/"))["report"]
    assert (report["requests"], report["rescued"], report["lost"]) == (1, 1, 0)
    stopped = ok(send(client, "POST", f"drills/{made['id']}/stop/"))
    assert (stopped["running"], stopped["report"]["failure_kinds"]) == (False, {"unavailable": 1})
    again = ok(send(client, "POST", f"drills/{made['id']}/stop/"))
    assert again["stopped_at"] == stopped["stopped_at"]
    assert [one["id"] for one in ok(client.get(f"{API}drills/"))["results"]] == [made["id"]]
    assert Drill.objects.get().started_by == cast.maintainer
