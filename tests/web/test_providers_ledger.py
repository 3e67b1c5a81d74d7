"""The ledger and the decisions in the pages: filtered, paged, and what each row costs."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from providers.models import Decision
from tests.cast import Cast, signed_in
from tests.factories.accounts import WorkspaceFactory
from tests.factories.providers import call_of, failed_of, lively

pytestmark = pytest.mark.feature("F2.8")
CALLS = "/w/engines/providers/calls/"
DECISIONS = "/w/engines/providers/decisions/"


def test_an_empty_ledger_says_what_will_stand_there(cast: Cast) -> None:
    client = signed_in(cast.viewer)
    assert "No call yet" in client.get(CALLS).text
    assert "No decision yet" in client.get(DECISIONS).text
    assert "Nothing fits the filter" in client.get(CALLS, {"outcome": "failed"}).text
    assert "Nothing fits the filter" in client.get(DECISIONS, {"switches": "on"}).text


def test_calls_are_filtered(cast: Cast) -> None:
    rows = lively(cast.workspace, calls=3)
    wanted = failed_of(rows["gpt"], kind="rate_limit", build_id=uuid.uuid4())
    client = signed_in(cast.viewer)

    def found(**query: str) -> list[uuid.UUID]:
        return [call.pk for call in client.get(CALLS, query).context["page"]]

    assert len(found()) == 10
    assert len(found(provider="claude")) == 6
    assert len(found(provider="claude", outcome="failed")) == 3
    assert found(kind="rate_limit") == [wanted.pk]
    assert found(build=str(wanted.build_id)) == [wanted.pk]
    wrong = client.get(CALLS, {"outcome": "odd"})
    assert (wrong.status_code, list(wrong.context["page"])) == (422, [])


def test_probes_are_left_out_or_looked_at_alone(cast: Cast) -> None:
    rows = lively(cast.workspace, calls=1)
    for purpose in ("probe", "gateway", "agent"):
        call_of(rows["gpt"], purpose=purpose)
    client = signed_in(cast.viewer)

    def found(purpose: str) -> list[str]:
        return sorted(call.purpose for call in client.get(CALLS, {"purpose": purpose}).context["page"])

    assert found("work") == ["agent", "gateway", *["job"] * 5]
    assert found("probe") == ["probe"]
    assert found("") == sorted([*found("work"), "probe"])


def test_a_page_is_named_after_what_it_shows(cast: Cast) -> None:
    rows = lively(cast.workspace, calls=1)
    client = signed_in(cast.viewer)
    call, decision = call_of(rows["gpt"]), Decision.objects.get()
    assert "<title>Call of gpt – AutoDev</title>" in client.get(f"{CALLS}{call.pk}/").text
    page = client.get(f"{DECISIONS}{decision.pk}/").text
    assert "<title>implement → gpt – AutoDev</title>" in page
    until = dt.datetime.fromtimestamp(decision.candidates[-1]["until"], tz=dt.UTC)
    assert f"until {until:%H:%M:%S} UTC" in page, "of what is past no time to come is told"


def test_a_choice_that_led_to_no_call_says_that_nobody_was_asked(cast: Cast) -> None:
    lively(cast.workspace, calls=0)
    Decision.objects.update(trigger="nobody", previous="")
    client = signed_in(cast.viewer)
    page = client.get(DECISIONS).text
    assert 'nobody <span class="muted small">gpt stood first</span>' in page
    assert "a budget, a limit or the deadline let no call through" in page
    page = client.get(f"{DECISIONS}{Decision.objects.get().pk}/").text
    assert "<title>implement → nobody – AutoDev</title>" in page
    assert "gpt stood first, but nobody was asked" in page


def test_a_call_shows_its_failure_and_the_whole_request(cast: Cast) -> None:
    rows = lively(cast.workspace, calls=0)
    request = uuid.uuid4()
    first = failed_of(rows["claude"], request_id=request, failure_text="<b>overloaded</b>", retry_after_s=20.0)
    call_of(rows["gpt"], request_id=request, attempt=2)
    page = signed_in(cast.viewer).get(f"{CALLS}{first.pk}/")
    assert "&lt;b&gt;overloaded&lt;/b&gt;" in page.text
    assert "It asked to wait 20 s." in page.text
    assert [one.provider_name for one in page.context["others"]] == ["claude", "gpt"]


def test_a_decision_says_why_not_the_others(cast: Cast) -> None:
    lively(cast.workspace, calls=1)
    client = signed_in(cast.viewer)
    assert "instead of claude" in client.get(DECISIONS, {"switches": "on"}).text
    page = client.get(f"{DECISIONS}{Decision.objects.get().pk}/")
    places = {place.name: place for place in page.context["places"]}
    assert (places["gpt"].place, places["gpt"].score) == (1, "0.91")
    assert (places["claude"].gate, places["claude"].reason) == ("breaker", "open: 503")
    assert "Availability 1.00" in page.text
    assert "What came of it" in page.text


@pytest.mark.parametrize("address", [CALLS, DECISIONS])
def test_a_page_costs_the_same_however_much_there_is(cast: Cast, address: str) -> None:
    rows = lively(cast.workspace, calls=2)
    client = signed_in(cast.viewer)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    decision = Decision.objects.get()
    for _ in range(60):
        call_of(rows["gpt"], decision=decision, build_id=uuid.uuid4())
        Decision.objects.create(workspace=cast.workspace, task_kind="plan", strategy="primary_secondary", chosen="gpt")
    with CaptureQueriesContext(connection) as many:
        page = client.get(address)
    assert page.context["page"].has_next()
    assert len(many) == len(few)


def test_another_workspaces_rows_are_not_there(cast: Cast) -> None:
    other = WorkspaceFactory.create(slug="other")
    theirs = call_of(lively(other, calls=1)["gpt"])
    client = signed_in(cast.owner)
    assert list(client.get(CALLS).context["page"]) == []
    assert client.get(f"{CALLS}{theirs.pk}/").status_code == 404
    assert client.get(f"{DECISIONS}{Decision.objects.get().pk}/").status_code == 404
