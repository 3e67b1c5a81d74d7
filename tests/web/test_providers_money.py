"""Budgets and drills in the pages."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autodev.lib.clock import utcnow
from autodev.lib.ids import new_id
from projects.models import Build
from providers.config.defaults import ensure_defaults
from providers.models import Budget, Drill, Provider
from providers.money.months import now, period_of
from providers.services.drills import drill_start, drills_conclude
from providers.services.providers import provider_change, provider_create
from providers.views.budgets import BUILDS_SHOWN, bar_of
from tests.cast import Cast, signed_in
from tests.factories.providers import call_of, failed_of, lively

BUDGETS = "/w/engines/providers/budgets/"
PRICE = {"input_usd": 1, "output_usd": 2}
DRILLS = "/w/engines/providers/drills/"


@pytest.mark.feature("F2.7")
def test_a_budget_is_set_shown_and_removed(cast: Cast) -> None:
    client = signed_in(cast.maintainer)
    assert "Nothing is limited yet" in client.get(BUDGETS).text
    client.post(BUDGETS, {"scope": "month", "limit_usd": "50", "warn_at": "70"})
    row = Budget.objects.get()
    assert (row.scope, row.limit_usd, row.warn_at) == ("month", Decimal(50), 0.7)
    page = signed_in(cast.viewer).get(BUDGETS)
    assert "$0.00 of $50.00" in page.text
    assert "From 70 % on cheaper providers are preferred." in page.text
    assert "Set a budget" not in page.text
    client.post(f"{BUDGETS}{row.pk}/remove/")
    assert not Budget.objects.exists()
    assert client.post(f"{BUDGETS}{row.pk}/remove/").status_code == 404


@pytest.mark.feature("F2.14")
def test_a_provider_that_no_budget_in_dollars_holds_is_named(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    part = {"kind": "litellm", "model": "openai/of-ones-own", "keys": ["env:OPENAI_API_KEY"]}
    provider_create(workspace=cast.workspace, actor=None, name="own", part=part)
    client = signed_in(cast.maintainer)
    client.post(BUDGETS, {"scope": "workspace", "limit_calls": "10"})
    assert "No price is known" not in client.get(BUDGETS).text
    client.post(BUDGETS, {"scope": "month", "limit_usd": "50"})
    assert "No price is known for own:" in client.get(BUDGETS).text
    provider_change(workspace=cast.workspace, actor=None, name="own", changes={"price": PRICE})
    assert "No price is known" not in client.get(BUDGETS).text


@pytest.mark.feature("F2.7")
def test_a_limit_is_checked_and_a_subject_is_the_workspaces(cast: Cast, build: Build) -> None:
    client = signed_in(cast.maintainer)
    for form in (
        {"scope": "workspace"},
        {"scope": "workspace", "limit_usd": "-1"},
        {"scope": "build", "limit_calls": "5"},
        {"scope": "build", "limit_calls": "5", "subject": str(uuid.uuid4())},
    ):
        assert client.post(BUDGETS, form).status_code == 422, form
    assert not Budget.objects.exists()
    client.post(BUDGETS, {"scope": "build", "limit_calls": "5", "subject": str(build.pk)})
    assert Budget.objects.get().subject_id == build.pk
    assert "0 of 5 calls" in client.get(BUDGETS).text


@pytest.mark.feature("F2.14")
def test_projects_and_builds_are_chosen_and_shown_by_their_names(cast: Cast, build: Build) -> None:
    client = signed_in(cast.maintainer)
    page = client.get(BUDGETS).text
    assert f'<option value="{build.project_id}">Library</option>' in page
    assert f'<option value="{build.pk}">Library #{build.number}</option>' in page
    for scope, subject in (("project", build.project_id), ("build", build.pk)):
        client.post(BUDGETS, {"scope": scope, "limit_calls": "5", "subject": str(subject)})
    page = client.get(BUDGETS).text
    assert '<span class="wrap">Library</span>' in page
    assert f"Library #{build.number}</a>" in page
    wrong = client.post(BUDGETS, {"scope": "project", "limit_usd": "-1", "warn_at": "800"})
    assert set(wrong.context["form"].errors) == {"subject", "limit_usd", "warn_at"}, "all is said at once"


@pytest.mark.feature("F2.14")
@pytest.mark.parametrize(
    ("limits", "title", "text"),
    [
        ({"limit_usd": 10, "spent_usd": 9}, "is nearly used up.", "90 % of it is spent or set aside"),
        ({"limit_usd": 10, "spent_usd": 10}, "is used up.", "Only providers that cost nothing are asked"),
        ({"limit_calls": 5, "spent_calls": 5}, "is used up.", "No provider is asked"),
    ],
)
def test_health_and_dry_run_say_what_a_budget_stops(cast: Cast, limits: dict[str, int], title: str, text: str) -> None:
    lively(cast.workspace)
    Budget.objects.all().delete()
    client = signed_in(cast.viewer)
    assert "used up" not in client.get("/w/engines/providers/").text
    Budget.objects.create(
        workspace=cast.workspace, scope="month", subject_id=cast.workspace.pk, period=period_of(now()), **limits
    )
    page = client.get("/w/engines/providers/").text
    assert f"The budget of this month {title}" in page
    assert text in page
    run = client.get("/w/engines/providers/routing/", {"kind": "default"}).text
    assert (text in run) == (title == "is used up.")


@pytest.mark.feature("F2.7")
def test_only_the_newest_builds_budgets_are_shown(cast: Cast) -> None:
    workspace_id = cast.workspace.pk
    Budget.objects.create(workspace_id=workspace_id, subject_id=workspace_id, scope="workspace", limit_usd=9)
    subjects = [new_id() for _ in range(BUILDS_SHOWN + 1)]
    for subject in subjects:
        Budget.objects.create(workspace_id=workspace_id, scope="build", subject_id=subject, limit_usd=1)
    page = signed_in(cast.viewer).get(BUDGETS).text
    assert (page.count("of $1.00"), page.count("of $9.00")) == (BUILDS_SHOWN, 1)
    assert str(subjects[0]) not in page


@pytest.mark.feature("F2.7")
@pytest.mark.parametrize(
    ("spent", "tone", "percent"), [("1", "good", 12), ("8", "warn", 82), ("9.75", "bad", 100), ("40", "bad", 100)]
)
def test_a_bar_says_what_happens_near_the_limit(spent: str, tone: str, percent: int) -> None:
    row = Budget(scope="workspace", limit_usd=Decimal(10), spent_usd=Decimal(spent), reserved_usd=Decimal("0.25"))
    bar = bar_of(row, "2026-11")
    assert (bar.tone, bar.percent) == (tone, percent)


@pytest.mark.feature("F2.7")
def test_a_month_that_is_over_counts_for_nothing() -> None:
    row = Budget(scope="month", period="2026-10", limit_usd=Decimal(10), spent_usd=Decimal(10))
    assert bar_of(row, "2026-11").percent == 0
    assert bar_of(row, "2026-10").percent == 100


@pytest.mark.feature("F2.15")
def test_a_drill_is_begun_seen_and_stopped(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    client = signed_in(cast.maintainer)
    page = client.get(DRILLS)
    assert "No drill yet" in page.text
    assert ("blueprint", "blueprint") not in page.context["form"].fields["provider"].choices
    client.post(DRILLS, {"provider": "gpt", "fault": "rate_limit", "share": "50", "duration_s": "30"})
    drill = Drill.objects.get()
    assert (drill.fault, drill.share, drill.started_by) == ("rate_limit", 0.5, cast.maintainer)
    page = client.get(DRILLS, headers={"HX-Request": "true"})
    assert "<html" not in page.text
    assert "No call met it yet." in page.text
    assert "every 2s" in page.text
    again = client.post(DRILLS, {"provider": "gpt", "fault": "hang", "share": "50", "duration_s": "30"})
    assert (again.status_code, "under way" in again.text) == (422, True)
    client.post(f"{DRILLS}{drill.pk}/stop/")
    drill.refresh_from_db()
    assert drill.stopped_at is not None
    page = client.get(DRILLS)
    assert "every 2s" not in page.text
    assert "No call met it." in page.text


@pytest.mark.feature("F2.15")
@pytest.mark.parametrize(
    ("field", "value"), [("provider", "nobody"), ("fault", "flood"), ("share", "0"), ("duration_s", "4000")]
)
def test_a_drill_that_cannot_be_says_so(cast: Cast, field: str, value: str) -> None:
    form = {"provider": "gpt", "fault": "hang", "share": "100", "duration_s": "60", field: value}
    page = signed_in(cast.maintainer).post(DRILLS, form)
    assert page.status_code == 422
    assert page.context["form"].errors[field]
    assert signed_in(cast.member).post(DRILLS, form).status_code == 403
    assert not Drill.objects.exists()


def _ended(cast: Cast, gpt: Provider, claude: Provider) -> Drill:
    drill = drill_start(workspace=cast.workspace, provider=claude, fault="unavailable", actor=cast.owner)
    begun = utcnow() - dt.timedelta(minutes=10)
    Drill.objects.filter(pk=drill.pk).update(started_at=begun, until=begun + dt.timedelta(seconds=60))
    request = uuid.uuid4()
    failed_of(claude, age_s=595, request_id=request, injected=True)
    call_of(gpt, age_s=594, request_id=request, attempt=2)
    failed_of(claude, age_s=590, injected=True)
    return drill


@pytest.mark.feature("F2.15")
def test_a_report_says_what_was_rescued_and_lost_and_is_kept(cast: Cast) -> None:
    rows = lively(cast.workspace, calls=0)
    drill = _ended(cast, rows["gpt"], rows["claude"])
    client = signed_in(cast.viewer)
    page = client.get(DRILLS)
    assert "2 requests met it" in page.text
    assert "1 rescued" in page.text
    assert not Drill.objects.filter(report__isnull=False)  # looking at it changes nothing
    assert (drills_conclude(), drills_conclude()) == (1, 0)
    drill.refresh_from_db()
    assert drill.report is not None
    assert (drill.report["rescued"], drill.report["lost"]) == (1, 1)
    with CaptureQueriesContext(connection) as one:
        client.get(DRILLS)
    for _ in range(3):
        Drill.objects.create(
            workspace=cast.workspace, provider=rows["gpt"], fault="hang", until=drill.until, report=drill.report
        )
    with CaptureQueriesContext(connection) as more:
        client.get(DRILLS)
    assert len(one) == len(more)
