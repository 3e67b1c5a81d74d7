"""Agent programs by form: offered, checked at their fields, and honest about what is installed."""

from __future__ import annotations

import pytest

from autodev.programs.types import ProgramMissing
from providers import agent_forms
from providers.config.defaults import ensure_defaults
from providers.config.problems import ConfigInvalid
from providers.models import Chain, Provider
from providers.services.drills import DrillRefused, drill_start
from providers.views import programs
from tests.cast import Cast, signed_in

pytestmark = pytest.mark.feature("F2.2", "F4.2")
PROVIDERS = "/w/engines/providers/"
SERVERS = "tickets:\n  command: node\n  args: [/opt/tools/tickets.js]\n  env: {PROJECT: shop}\n"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither program is on this machine."""

    def missing(name: str) -> None:
        raise ProgramMissing(f"{name} is not installed.")

    monkeypatch.setattr(programs, "find", missing)


def test_the_kinds_are_offered_with_the_command_that_installs_them(cast: Cast, there: None) -> None:
    client = signed_in(cast.maintainer)
    chooser = client.get(f"{PROVIDERS}new/").text
    assert "Claude Agent SDK" in chooser
    assert "?kind=opencode" in chooser
    page = client.get(f"{PROVIDERS}new/?kind=opencode").text
    assert "Not installed" in page
    assert "autodev agents install opencode" in page
    assert 'value="implement"' in page  # a chain that it may ask for
    assert 'value="opencode"' not in page  # and no program
    assert "secret" in client.get(f"{PROVIDERS}new/?kind=nonsense").context["form"].fields  # a model's form


def test_a_program_is_added_with_its_limits_and_servers(cast: Cast) -> None:
    form = {
        "name": "open", "model": "implement", "max_turns": "40", "max_budget_usd": "1.5", "run_seconds": "900",
        "silence_seconds": "", "mcp_servers": SERVERS.replace("\n", "\r\n"),
    }  # fmt: skip
    client = signed_in(cast.maintainer)
    assert client.post(f"{PROVIDERS}new/?kind=opencode", form).headers["Location"] == PROVIDERS
    row = Provider.objects.get(workspace=cast.workspace, name="open")
    server = {"command": "node", "args": ["/opt/tools/tickets.js"], "env": {"PROJECT": "shop"}}
    assert (row.kind, row.model, row.keys) == ("opencode", "implement", [])
    assert row.document["params"] == {
        "max_turns": 40, "max_budget_usd": 1.5, "run_seconds": 900.0, "mcp_servers": {"tickets": server}
    }  # fmt: skip
    for kind in ("implement", "repair"):
        assert Chain.objects.get(workspace=cast.workspace, task_kind=kind).providers[-1] == "open"
    shown = client.get(f"{PROVIDERS}p/open/").context["form"]
    assert shown["max_turns"].value() == 40
    assert agent_forms.servers_in(shown["mcp_servers"].value()) == {"tickets": server}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "no blanks", "valid"),
        ("model", "two words", "no blanks"),
        ("max_turns", "0", "greater than or equal to 1"),
        ("max_budget_usd", "0", "must be more than 0"),
        ("run_seconds", "100000", "must be at most 86400"),
        ("silence_seconds", "-1", "must be more than 0"),
        ("mcp_servers", "tickets:\n  args: [x]\n", "Line 1: tickets.command: is missing"),
        ("mcp_servers", "tickets:\n  command: x\n  arg: [x]\n", "Line 3: tickets.arg: there is no such key"),
        ("mcp_servers", "tickets: [\n", "Line 2"),
        ("mcp_servers", '{"tickets": {"command": "x", "env": {"API_TOKEN": "x"}}}', "would hold a key"),
        ("mcp_servers", "- x", "must be a mapping"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(cast: Cast, field: str, value: str, said: str) -> None:
    form = {"name": "open", "model": "", "mcp_servers": "", field: value}
    page = signed_in(cast.maintainer).post(f"{PROVIDERS}new/?kind=opencode", form)
    assert page.status_code == 422
    assert any(said in error for error in page.context["form"].errors[field])
    assert not Provider.objects.filter(name="open").exists()


def test_an_edit_keeps_what_the_form_does_not_show_and_sees_who_was_first(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    Provider.objects.filter(name="opencode").update(
        document={"max_concurrency": 2, "params": {"max_turns": 9, "own": True}}
    )
    client = signed_in(cast.maintainer)
    seen = client.get(f"{PROVIDERS}p/opencode/").context["form"]["seen"].value()
    assert "It is switched off" in client.get(f"{PROVIDERS}p/opencode/").text
    Provider.objects.filter(name="opencode").update(document={"max_concurrency": 2, "params": {"max_turns": 9}})
    late = client.post(f"{PROVIDERS}p/opencode/", {"model": "default", "max_turns": "12", "seen": seen})
    assert late.status_code == 422
    assert "Somebody changed this provider meanwhile" in late.text
    again = late.context["form"]["seen"].value()
    sent = client.post(f"{PROVIDERS}p/opencode/", {"model": "default", "max_turns": "12", "seen": again})
    assert sent.status_code == 302
    row = Provider.objects.get(workspace=cast.workspace, name="opencode")
    assert (row.model, row.document) == ("default", {"max_concurrency": 2, "params": {"max_turns": 12}})
    client.post(f"{PROVIDERS}p/opencode/", {"model": "", "max_turns": ""})
    row.refresh_from_db()
    assert (row.model, row.document) == ("", {"max_concurrency": 2})


def test_a_card_says_how_a_program_comes_here(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("providers.views.cards.why_not", lambda kind, task: "Install it." if kind == "opencode" else "")
    page = signed_in(cast.viewer).get(PROVIDERS).text
    assert page.count("It is switched off: nobody asks it. Install it.") == 1


@pytest.mark.feature("F2.9")
def test_no_fault_is_offered_for_an_agent_program(cast: Cast) -> None:
    ensure_defaults(cast.workspace)
    Provider.objects.filter(name="opencode").update(enabled=True)
    page = signed_in(cast.maintainer).get(f"{PROVIDERS}drills/")
    names = [value for value, _ in page.context["form"].fields["provider"].choices]
    assert "opencode" not in names
    assert "gpt" in names
    assert "Not offered: opencode" in page.text
    for name, why in (("opencode", "asks every model through the gateway"), ("blueprint", "completes no messages")):
        row = Provider.objects.get(workspace=cast.workspace, name=name)
        with pytest.raises(DrillRefused, match=why):
            drill_start(workspace=cast.workspace, provider=row, fault="quota", actor=cast.owner)


def test_servers_are_nothing_where_nothing_is_written() -> None:
    assert agent_forms.servers_in("") == {}
    with pytest.raises(ConfigInvalid):
        agent_forms.servers_in("x: 2024-01-01")
