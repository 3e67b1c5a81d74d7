"""The editor of a chain: each step is tried before it is saved, and nothing is lost or overwritten unseen."""

from __future__ import annotations

from typing import Any

import pytest

from providers.models import Breaker, Chain, Provider
from providers.services.chains import chain_save
from providers.views.chains import stepped
from tests.cast import Cast, signed_in
from tests.factories.providers import lively

pytestmark = pytest.mark.feature("F2.8")
ROUTING = "/w/engines/providers/routing/"
CHAIN = f"{ROUTING}chain/?kind=default"
NAMES = ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("do", "order"),
    [
        ("up b", "bac"), ("down b", "acb"), ("up a", "bca"), ("down c", "cab"), ("remove b", "ac"), ("add", "abdc"),
        ("up d", "abc"), ("try", "abc"), ("", "abc"),
    ],
)  # fmt: skip
def test_a_step_changes_the_order(do: str, order: str) -> None:
    assert stepped(["a", "b", "c"], do, "d", NAMES, last=["c"]) == list(order)


def test_who_is_there_already_or_nowhere_is_not_added() -> None:
    assert stepped(["a"], "add", "a", NAMES) == ["a"]
    assert stepped(["a"], "add", "nobody", NAMES) == ["a"]


def shown(cast: Cast, address: str = CHAIN) -> Any:
    return signed_in(cast.maintainer).get(address)


def sent(cast: Cast, do: str, members: list[str], address: str = CHAIN, **data: str) -> Any:
    seen = shown(cast, address).context["form"]["seen"].value()
    return signed_in(cast.maintainer).post(address, {"member": members, "do": do, "seen": seen, **data})


def test_a_step_says_who_would_be_asked_then_and_saves_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "key-of-a-test-000000000")
    lively(cast.workspace)
    before = Chain.objects.get(task_kind="default").providers
    assert shown(cast).context["members"] == before
    page = sent(cast, "add", ["blueprint"], add="gemini")
    assert page.context["members"] == ["gemini", "blueprint"]
    assert "This job would go to <strong>gemini</strong>" in page.text
    assert "Not saved yet." in page.text
    assert Chain.objects.get(task_kind="default").providers == before


def test_saved_is_the_order_that_was_looked_at(cast: Cast) -> None:
    lively(cast.workspace)
    answer = sent(cast, "save", ["gpt", "claude", "blueprint"], strategy="cost_based")
    assert answer.headers["Location"] == ROUTING
    row = Chain.objects.get(task_kind="default")
    assert (row.providers, row.strategy) == (["gpt", "claude", "blueprint"], "cost_based")
    again = sent(cast, "save", ["gpt", "blueprint"])
    assert Chain.objects.get(task_kind="default").strategy == ""
    page = again.client.get(ROUTING)
    assert "Saved: default asks gpt, then blueprint." in page.text
    assert "gpt → blueprint" in page.text


def test_who_comes_too_late_reads_what_holds_and_loses_nothing(cast: Cast) -> None:
    lively(cast.workspace)
    old = shown(cast).context["form"]["seen"].value()
    chain_save(workspace=cast.workspace, actor=cast.owner, task_kind="default", providers=["blueprint"])
    client = signed_in(cast.maintainer)
    form = {"member": ["gpt", "claude"], "do": "save", "seen": old}
    page = client.post(CHAIN, form)
    assert page.status_code == 422
    assert "it is now blueprint" in page.text
    assert page.context["members"] == ["gpt", "claude"]
    assert Chain.objects.get(task_kind="default").providers == ["blueprint"]
    assert client.post(CHAIN, {**form, "seen": page.context["form"]["seen"].value()}).status_code == 302
    assert Chain.objects.get(task_kind="default").providers == ["gpt", "claude"]


def test_a_new_chain_begins_as_the_default_one_and_takes_no_others_name(cast: Cast) -> None:
    lively(cast.workspace)
    new = f"{ROUTING}chain/"
    assert shown(cast, new).context["members"] == Chain.objects.get(task_kind="default").providers
    for kind in ("", "default", "No Name"):
        page = sent(cast, "save", ["gpt"], new, kind=kind)
        assert page.status_code == 422, kind
        assert page.context["form"].errors["kind"]
    assert sent(cast, "add", ["gpt"], new, add="blueprint", kind="").context["form"].errors == {}
    assert sent(cast, "save", ["gpt"], new, kind="review").status_code == 302
    assert Chain.objects.get(task_kind="review").providers == ["gpt"]


def test_an_empty_chain_is_refused_at_its_place(cast: Cast) -> None:
    lively(cast.workspace)
    page = sent(cast, "save", [])
    assert page.status_code == 422
    assert "A chain names at least one provider." in page.text
    assert "Nobody is in it yet." in page.text


def test_a_chain_is_removed_and_the_history_brings_it_back(cast: Cast) -> None:
    lively(cast.workspace)
    client = signed_in(cast.maintainer)
    answer = client.post(f"{ROUTING}chain/remove/", {"kind": "implement"}, follow=True)
    assert "The default chain serves implement now. The history" in answer.text
    assert not Chain.objects.filter(task_kind="implement").exists()
    assert client.post(f"{ROUTING}chain/remove/", {"kind": "default"}).status_code == 409
    assert "Remove this chain" not in client.get(CHAIN).text


def test_where_nobody_is_ready_it_says_for_whom_a_job_would_wait(cast: Cast) -> None:
    rows = lively(cast.workspace)
    Provider.objects.exclude(pk__in=[rows["claude"].pk, rows["blueprint"].pk]).update(enabled=False)
    Provider.objects.filter(name="claude").update(keys=["env:ANTHROPIC_API_KEY"], document={"needs_key": False})
    assert Breaker.objects.get(provider=rows["claude"]).state == "open"
    page = signed_in(cast.viewer).get(ROUTING, {"kind": "default"})
    assert "Nobody is ready at this moment. This job would wait for <strong>claude</strong>" in page.text
    assert "which is tried again in 1" in page.text
    assert "would go to" not in page.text
