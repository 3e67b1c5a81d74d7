"""The health page of providers: what it shows, and what a person may do there."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from autodev.events.models import Delivery, Event
from autodev.events.sender import send_one
from providers import checks, told
from providers.config.defaults import ensure_defaults
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.kinds.models import UnknownModelKind
from providers.live import process, state
from providers.live.fresh import Fresh, fresh
from providers.models import Breaker, Provider
from providers.services.checking import Checked, provider_reset
from providers.views import cards
from tests.cast import Cast, signed_in
from tests.factories.accounts import WorkspaceFactory
from tests.factories.providers import call_of, failed_of, lively

pytestmark = pytest.mark.feature("F2.4", "F2.5")
HEALTH = "/w/engines/providers/"


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0000000000000000")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-000000000000")
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    yield
    process.stop()


def test_a_workspace_without_keys_is_told_what_to_do_next(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    page = signed_in(cast.viewer).get(HEALTH)
    assert "No model is connected yet" in page.text
    assert "Ask a maintainer" in page.text
    assert "It is passed over until it has a key." in page.text


def test_each_card_says_how_it_is_and_what_happens_next(cast: Cast) -> None:
    lively(cast.workspace)
    page = signed_in(cast.viewer).get(HEALTH)
    cards = {card.name: card for card in page.context["health"].cards}
    assert list(cards)[:2] == ["claude", "gpt"]
    assert cards["claude"].label == "Circuit open"
    assert "it is tried again in" in page.text
    assert "upstream connect error: &lt;reset&gt;" in page.text
    assert cards["claude"].failures[0].hint in page.text.replace("&#x27;", "'")
    assert cards["claude"].picture.told == "The last 15 calls: 12 good, 3 failed; the slowest took 680 ms."
    assert cards["gpt"].status.first_token == "430 ms"
    assert cards["local"].label == "Off"
    assert cards["gemini"].missing == ("env:GEMINI_API_KEY",)
    assert "No model is connected yet" not in page.text
    assert "Switch off" not in page.text


def test_the_live_part_is_the_part_alone_and_hints_reach_it(cast: Cast) -> None:
    part = signed_in(cast.viewer).get(HEALTH, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert f'data-live="workspace.{cast.workspace.pk}"' in part.text


def test_the_number_of_queries_does_not_grow_with_providers_and_calls(cast: Cast) -> None:
    rows = lively(cast.workspace, calls=2)
    client = signed_in(cast.owner)
    client.get(HEALTH)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(HEALTH)
    for number in range(6):
        values = {"kind": "litellm", "model": "openai/x", "keys": ["env:OPENAI_API_KEY"]}
        more = Provider.objects.create(workspace=cast.workspace, name=f"more-{number}", **values)
        Breaker.objects.create(provider=more)
        for _ in range(4):
            call_of(more)
            failed_of(rows["gpt"])
    with CaptureQueriesContext(connection) as many:
        client.get(HEALTH)
    assert len(many) == len(few)
    assert len(few) <= 24


def test_a_provider_is_switched_off_and_on(cast: Cast) -> None:
    lively(cast.workspace)
    client = signed_in(cast.maintainer)
    client.post(f"{HEALTH}p/gpt/enable/", {"enabled": "no"})
    assert not Provider.objects.get(workspace=cast.workspace, name="gpt").enabled
    assert "Nobody" not in client.get(HEALTH).text
    client.post(f"{HEALTH}p/gpt/enable/", {"enabled": "yes"})
    assert Provider.objects.get(workspace=cast.workspace, name="gpt").enabled
    assert Event.objects.filter(type="provider.enabled", actor=cast.maintainer).exists()


@pytest.mark.django_db(transaction=True)
def test_a_circuit_is_closed_by_hand(cast: Cast) -> None:
    lively(cast.workspace)
    signed_in(cast.maintainer).post(f"{HEALTH}p/claude/reset/")
    assert Breaker.objects.get(provider__name="claude", key_name="").state == "closed"
    assert Event.objects.get(type="provider.reset").payload["door"] == "page"


@pytest.mark.django_db(transaction=True)
def test_a_circuit_is_not_closed_without_a_trace(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    lively(cast.workspace)
    record = told.record

    def away(**values: Any) -> None:
        if values["type"] == "provider.reset":
            raise IntegrityError
        record(**values)

    monkeypatch.setattr(told, "record", away)
    with pytest.raises(IntegrityError):
        provider_reset(workspace=cast.workspace, name="claude", actor=cast.maintainer)
    assert Breaker.objects.get(provider__name="claude", key_name="").state == "open"


@pytest.mark.django_db(transaction=True)
def test_a_circuit_that_opens_tells_open_pages(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("providers.told.notify", lambda topic, hint: told.append(topic))
    ensure_defaults(cast.workspace)
    told.clear()
    live = state.LiveState()
    target = live.load_now(cast.workspace.pk).targets["claude"]
    live.succeeded(target=target, key=target.keys[0], first_token_ms=300, total_ms=900)
    live.flush()
    assert told == []
    failure = Failure(kind=FailureKind.AUTHENTICATION, reason="key", message="invalid x-api-key")
    live.failed(target=target, key=target.keys[0], failure=failure)
    live.flush()
    assert told == [f"workspace.{cast.workspace.pk}"]


def test_a_test_is_asked_of_a_worker_and_its_result_is_shown(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    lively(cast.workspace)
    client = signed_in(cast.member)
    client.post(f"{HEALTH}p/gpt/test/")
    assert "Being tested…" in client.get(HEALTH).text
    failure = Failure(kind=FailureKind.AUTHENTICATION, reason="key", message="invalid x-api-key")
    monkeypatch.setattr(
        checks, "provider_check", lambda **_: Checked(provider="gpt", model="openai/x", failure=failure)
    )
    assert send_one(Delivery.objects.get(channel=checks.CHANNEL).pk)
    page = client.get(HEALTH)
    assert "Being tested…" not in page.text
    assert "invalid x-api-key" in page.text
    assert page.context["health"].cards[1].check.hint


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (Checked(provider="gpt", model="openai/x", took_ms=321), "openai/x answered in 321 ms."),
        (Checked(provider="gpt", model="openai/x", note="it has no key"), "Nobody was asked: it has no key."),
        (UnknownModelKind("odd"), "no kind of models is called"),
    ],
)
def test_every_result_of_a_test_is_told(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, made: Checked | Exception, told: str
) -> None:
    def check(**_: object) -> Checked:
        if isinstance(made, Exception):
            raise made
        return made

    lively(cast.workspace)
    client = signed_in(cast.member)
    client.post(f"{HEALTH}p/gpt/test/")
    monkeypatch.setattr(checks, "provider_check", check)
    assert send_one(Delivery.objects.get(channel=checks.CHANNEL).pk)
    assert told in client.get(HEALTH).text


def test_a_test_that_waited_too_long_is_given_up(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    lively(cast.workspace)
    signed_in(cast.member).post(f"{HEALTH}p/gpt/test/")
    monkeypatch.setattr(checks, "TOO_LATE", -checks.TOO_LATE)
    assert not send_one(Delivery.objects.get(channel=checks.CHANNEL).pk)
    assert Delivery.objects.get(channel=checks.CHANNEL).state == "dead"
    assert not Event.objects.filter(type=checks.CHECKED).exists()


def test_a_test_without_a_worker_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    lively(cast.workspace)
    client = signed_in(cast.member)
    client.post(f"{HEALTH}p/gpt/test/")
    monkeypatch.setattr(checks, "OVERDUE", -checks.OVERDUE)
    assert "Is one running?" in client.get(HEALTH).text


def test_a_provider_that_nobody_can_ask_is_not_tested(cast: Cast) -> None:
    lively(cast.workspace)
    assert signed_in(cast.member).post(f"{HEALTH}p/local/test/").status_code == 404
    assert not Delivery.objects.exists()


def test_another_workspace_sees_nothing_of_it(cast: Cast) -> None:
    other = lively(WorkspaceFactory.create(slug="other"))
    failed_of(other["gpt"], failure_text="theirs alone")
    assert "theirs alone" not in signed_in(cast.owner).get(HEALTH).text
    assert signed_in(cast.owner).get("/w/other/providers/").status_code == 404


def test_the_web_process_does_not_load_the_model_library() -> None:
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; import django; django.setup();"
        "import autodev.urls, providers.urls; assert 'litellm' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=300)


def test_calls_and_probes_that_meet_a_drills_fault_are_one_failure_of_the_drill(cast: Cast) -> None:
    rows = lively(cast.workspace, calls=0)
    text = "service unavailable (A drill: the provider was not asked.)"
    failed_of(rows["gpt"], failure_text=text, injected=True)
    failed_of(rows["gpt"], failure_text=text, purpose="probe", age_s=5)
    page = signed_in(cast.viewer).get("/w/engines/providers/")
    card = next(one for one in page.context["health"].cards if one.name == "gpt")
    assert [(one.times, one.drill) for one in card.failures] == [(2, True)]
    assert "(drill), 2 times, the last" in " ".join(page.text.split())


def test_a_provider_that_goes_while_the_page_is_made(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    lively(cast.workspace)

    def gone(workspace_id: uuid.UUID) -> Fresh:
        found = fresh(workspace_id)
        Provider.objects.filter(workspace_id=workspace_id, name="gpt").delete()
        return found

    monkeypatch.setattr(cards, "fresh", gone)
    names = [card.name for card in cards.health_of(cast.workspace.pk).cards]
    assert "claude" in names
    assert "gpt" not in names
