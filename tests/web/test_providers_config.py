"""models.yaml in the pages: looked at before it is saved, kept when it is wrong, taken back; and the dry run."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from providers.config import transfer
from providers.config.defaults import ensure_defaults
from providers.live import process
from providers.models import Chain, ConfigRevision
from providers.services.rules import rule_save
from providers.services.settings import fallback_chain_set
from tests.cast import Cast, signed_in
from tests.factories.providers import lively

pytestmark = pytest.mark.feature("F2.9")
HEALTH = "/w/engines/providers/"
CONFIG = "/w/engines/providers/config/"
ROUTING = "/w/engines/providers/routing/"


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0000000000000000")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-test-000000000000")
    yield
    process.stop()


def turned(cast: Cast) -> str:
    """The text of the page with the chain the other way round."""
    text = transfer.export_config(cast.workspace)
    document = yaml.safe_load(text)
    document["chains"]["default"]["providers"] = ["gpt", "claude", "blueprint"]
    return yaml.safe_dump(document, sort_keys=False)


def chain(cast: Cast) -> list[str]:
    found: list[str] = Chain.objects.get(workspace=cast.workspace, task_kind="default").providers
    return found


def previewed(client: Client, text: str) -> str:
    page = client.post(CONFIG, {"text": text.replace("\n", "\r\n"), "note": ""})
    assert page.status_code == 200
    return str(page.context["form"]["seen"].value())


def test_a_change_is_looked_at_then_saved_with_its_note(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    client, text = signed_in(cast.maintainer), turned(cast)
    page = client.post(CONFIG, {"text": text})
    assert "This would change." in page.text
    assert re.search(r'class="gi">\+ +- gpt', page.text)
    assert chain(cast) == ["claude", "gpt", "local", "blueprint"]
    seen = page.context["form"]["seen"].value()
    answer = client.post(CONFIG, {"text": text, "seen": seen, "note": "GPT leads", "save": "yes"})
    assert answer.headers["Location"] == CONFIG
    assert chain(cast) == ["gpt", "claude", "blueprint"]
    revision = ConfigRevision.objects.filter(workspace=cast.workspace).latest("number")
    assert (revision.note, revision.door, revision.created_by) == ("GPT leads", "page", cast.maintainer)


def test_nothing_is_saved_that_was_not_looked_at(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    client, text = signed_in(cast.maintainer), turned(cast)
    seen = previewed(client, text)
    other = text.replace("- gpt\n", "- gemini\n", 1)
    page = client.post(CONFIG, {"text": other, "seen": seen, "save": "yes"})
    assert "changed since you looked" in page.text
    transfer.import_config(workspace=cast.workspace, text=other, actor=None)
    page = client.post(CONFIG, {"text": text, "seen": seen, "save": "yes"})
    assert "changed since you looked" in page.text
    assert chain(cast)[0] == "gemini"


def test_mistakes_are_told_with_their_lines_and_what_was_typed_stays(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    text = turned(cast).replace("kind: blueprint", "kind: blueprint\n    colour: red <b>")
    page = signed_in(cast.maintainer).post(CONFIG, {"text": text})
    assert page.status_code == 422
    line = 1 + text.split("colour")[0].count("\n")
    assert f'data-line="{line}"' in page.text
    assert "colour: red &lt;b&gt;" in page.text
    assert ConfigRevision.objects.filter(workspace=cast.workspace).count() == 1


def test_a_preset_is_put_into_the_text_and_not_saved(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    client = signed_in(cast.maintainer)
    page = client.get(f"{CONFIG}?preset=claude_primary")
    assert "task_routing" in page.context["form"]["text"].value()
    assert ConfigRevision.objects.count() == 1
    assert "This would change." in client.post(CONFIG, {"text": page.context["form"]["text"].value()}).text
    assert client.get(f"{CONFIG}?preset=none").status_code == 404


@pytest.mark.feature("F2.8")
def test_a_word_that_the_environment_overrules_is_told_where_it_is_written(cast: Cast, settings: Settings) -> None:
    ensure_defaults(cast.workspace)
    fallback_chain_set(workspace=cast.workspace, actor=cast.maintainer, enabled=False)
    client = signed_in(cast.viewer)
    own = "The fallback chain is off: this workspace&#x27;s models.yaml says so."
    assert (own in client.get(CONFIG).text, own in client.get(HEALTH).text) == (True, True)
    settings.LOVABLE_FALLBACK_CHAIN = True
    assert "it is on, because the installation&#x27;s environment" in client.get(CONFIG).text
    assert "fallback chain" not in client.get(HEALTH).text
    settings.LOVABLE_FALLBACK_CHAIN = False
    assert "says so. Only the installation&#x27;s operator changes that." in client.get(HEALTH).text


def test_a_viewer_reads_and_cannot_change(cast: Cast) -> None:
    page = signed_in(cast.viewer).get(CONFIG)
    assert "readonly" in page.text
    assert "Show what would change" not in page.text
    assert signed_in(cast.member).post(CONFIG, {"text": "version: 1"}).status_code == 403


def test_the_file_can_be_taken_out_and_put_in_again(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    client = signed_in(cast.viewer)
    page = client.get(f"{CONFIG}export/")
    assert page.headers["Content-Disposition"] == 'attachment; filename="models.yaml"'
    assert transfer.preview(cast.workspace, page.text) == ""
    assert '"fallback_system"' in client.get(f"{CONFIG}export/?form=seed").text


def test_history_shows_what_changed_and_goes_back(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    transfer.import_config(workspace=cast.workspace, text=turned(cast), actor=cast.owner, note="turned")
    client = signed_in(cast.maintainer)
    assert "turned" in client.get(f"{CONFIG}history/").text
    page = client.get(f"{CONFIG}history/1/")
    assert "Go back to revision 1" in page.text
    client.post(f"{CONFIG}history/1/revert/")
    assert chain(cast)[0] == "claude"
    assert client.get(f"{CONFIG}history/99/").status_code == 404


def test_the_history_costs_the_same_however_long_it_is(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    client = signed_in(cast.maintainer)
    client.get(f"{CONFIG}history/")
    counts = []
    for number in (2, 20):
        ConfigRevision.objects.create(workspace=cast.workspace, number=number, document={}, created_by=cast.owner)
        with CaptureQueriesContext(connection) as asked:
            client.get(f"{CONFIG}history/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.feature("F2.6")
def test_a_dry_run_names_who_would_do_it_and_why_not_the_others(cast: Cast) -> None:
    lively(cast.workspace)
    client = signed_in(cast.viewer)
    page = client.get(ROUTING, {"kind": "implement", "input_tokens": "1000"})
    run = page.context["run"]
    assert run.chosen == "gpt"
    assert "This job would go to <strong>gpt</strong>, because:" in page.text
    places = {place.name: place for place in run.places}
    assert places["claude"].place is None
    assert "503" in places["claude"].reason
    assert places["gpt"].cost is not None
    assert places["gpt"].factors
    assert places["blueprint"].reason == "emergency: asked last"


@pytest.mark.feature("F2.8")
def test_rules_stand_there_in_words(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    then = {"prefer": ["claude", "gpt"]}
    rule_save(workspace=cast.workspace, actor=None, name="long", when={"min_input_tokens": 9000}, then=then)
    page = signed_in(cast.viewer).get(ROUTING).text
    assert "min input tokens: 9000" in page
    assert "prefer: claude, gpt" in page
    assert "primary secondary" in page


@pytest.mark.feature("F2.6")
def test_gates_hold_in_a_dry_run(cast: Cast) -> None:
    lively(cast.workspace)
    client = signed_in(cast.viewer)
    page = client.get(ROUTING, {"kind": "default", "input_tokens": "99000000", "capabilities": ["tools"]})
    places = {place.name: place for place in page.context["run"].places}
    assert places["gpt"].gate in {"context", "capability"}
    assert client.get(ROUTING, {"kind": "nope"}).status_code == 422
    assert client.get(ROUTING).context["run"] is None
