"""The page *Knowledge*, its REST endpoints and `autodev knowledge`; and versions of prompts."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from typer.testing import CliRunner

from autodev.cli import app
from autodev.events.models import Event
from projects.models import Build, LearnedFix, Task
from projects.selectors.knowledge import patterns_of
from projects.services.errors import WrongState
from projects.services.knowledge import learned_fix_delete, learned_fix_restore, learned_fix_switch
from tests.cast import Cast, build, cast, key_client, signed_in
from tests.factories.providers import call_of, lively

__all__ = ["build", "cast"]
pytestmark = [pytest.mark.django_db, pytest.mark.feature("F1.12", "F4.6")]


@pytest.fixture(autouse=True)
def _no_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def fix(cast: Cast, build: Build) -> LearnedFix:
    return LearnedFix.objects.create(
        workspace=cast.workspace, signature="s" * 64, check_key="lint", rule="F821", digest="d" * 64, provider="gpt",
        example="app.py:3 Undefined name `x`", uses=4, successes=3, failures_in_a_row=1, evidence=build,
        edits=[{"path": "app.py", "before": "x\n", "after": "y\n", "own": True}],
    )  # fmt: skip


def test_the_page_shows_filters_and_patterns(cast: Cast, fix: LearnedFix) -> None:
    client = signed_in(cast.viewer)
    text = client.get("/w/engines/knowledge/").content.decode()
    for words in ("Undefined name `x`", "3 of 4", "75 %", "gpt", "the proof", "missing-import"):
        assert words in text
    assert "Switch off" not in text
    for query, there in (("state=off", False), ("state=on&check=lint&query=f821", True), ("query=zzz", False)):
        text = client.get(f"/w/engines/knowledge/?{query}").content.decode()
        assert ("3 of 4" in text) is there
        assert ("Nothing fits the filters" in text) is not there
    fix.delete()
    assert "Nothing learned yet" in client.get("/w/engines/knowledge/").content.decode()


def test_queries_do_not_grow_with_what_was_learned(cast: Cast, fix: LearnedFix) -> None:
    client = signed_in(cast.viewer)
    counts = []
    for number in (1, 20):
        for n in range(number):
            LearnedFix.objects.create(
                workspace=cast.workspace, signature="s", check_key="lint", example="e", digest=f"{number}-{n}",
                evidence=fix.evidence,
            )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/w/engines/knowledge/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12


def test_patterns_are_counted_over_the_newest_builds(cast: Cast, build: Build) -> None:
    tried = [
        {"fix": "missing-import", "outcome": "kept"}, {"fix": "missing-import", "outcome": "rolled_back"},
        {"fix": "missing-import", "outcome": "refused"}, {"fix": "learned:1", "outcome": "kept"},
        {"fix": "a-plug-in", "outcome": "error"},
    ]  # fmt: skip
    Task.objects.create(build=build, key="refine", kind="refine", phase="refine", title="R", result={"tried": tried})
    found = {one.key: one for one in patterns_of(cast.workspace)}
    assert (found["missing-import"].uses, found["missing-import"].kept) == (2, 1)
    assert found["missing-import"].success_rate == 0.5
    assert found["missing-import"].about.startswith("A name that is used and never imported")
    assert found["formatting"].success_rate is None
    assert (found["a-plug-in"].there, "learned:1" in found) == (False, False)


def test_a_fix_is_switched_deleted_and_brought_back(cast: Cast, fix: LearnedFix) -> None:
    off = learned_fix_switch(fix=fix, user=cast.maintainer, enabled=False)
    assert (off.enabled, off.failures_in_a_row) == (False, 1)
    learned_fix_switch(fix=fix, user=cast.maintainer, enabled=False)
    assert Event.objects.filter(type="knowledge.switched_off", actor=cast.maintainer).count() == 1
    assert learned_fix_switch(fix=fix, user=cast.maintainer, enabled=True).failures_in_a_row == 0
    event = learned_fix_delete(fix=fix, user=cast.maintainer)
    with pytest.raises(WrongState):
        learned_fix_delete(fix=fix, user=cast.maintainer)
    back = learned_fix_restore(workspace=cast.workspace, event_id=event.pk, user=cast.maintainer)
    assert (back.pk, back.uses, back.edits, back.evidence_id) == (fix.pk, 4, fix.edits, fix.evidence_id)
    with pytest.raises(WrongState, match="there already"):
        learned_fix_restore(workspace=cast.workspace, event_id=event.pk, user=None)
    with pytest.raises(WrongState, match="no such deletion"):
        learned_fix_restore(workspace=cast.workspace, event_id=uuid.uuid4(), user=None)


def test_a_deletion_of_another_workspace_is_not_taken_back(cast: Cast, fix: LearnedFix) -> None:
    event = learned_fix_delete(fix=fix, user=None)
    theirs = cast.outsider.memberships.get().workspace
    with pytest.raises(WrongState, match="no such deletion"):
        learned_fix_restore(workspace=theirs, event_id=event.pk, user=None)


def test_the_page_switches_and_deletes_with_undo(cast: Cast, fix: LearnedFix) -> None:
    client = signed_in(cast.maintainer)
    base = "/w/engines/knowledge"
    assert "It is not tried any more." in client.post(f"{base}/{fix.pk}/switch/", {"on": "0"}, follow=True).text
    assert "It is tried again." in client.post(f"{base}/{fix.pk}/switch/", {"on": "1"}, follow=True).text
    deleted = client.post(f"{base}/{fix.pk}/delete/", follow=True)
    assert "The fix is deleted." in deleted.text
    event = Event.objects.get(type="knowledge.deleted")
    assert "It is back." in client.post(f"{base}/restore/{event.pk}/", follow=True).text
    assert "It is there already." in client.post(f"{base}/restore/{event.pk}/", follow=True).text
    assert client.post(f"{base}/{uuid.uuid4()}/switch/").status_code == 404
    assert client.get(f"{base}/?deleted=nonsense").status_code == 200


def test_rest(cast: Cast, fix: LearnedFix) -> None:
    reader, admin = key_client(cast, cast.member, "read"), key_client(cast, cast.maintainer, "admin")
    base = "/api/v1/knowledge"
    (row,) = reader.get(f"{base}/?state=on&check=lint").json()["results"]
    assert (row["success_rate"], row["edits"][0]["own"]) == (0.75, True)
    assert reader.get(f"{base}/?state=odd").status_code == 400
    assert reader.get(f"{base}/{fix.pk}/").json()["rule"] == "F821"
    assert "missing-import" in {one["key"] for one in reader.get(f"{base}/patterns/").json()}
    off, form = json.dumps({"enabled": False}), "application/json"
    assert reader.patch(f"{base}/{fix.pk}/", off, content_type=form).status_code == 403
    assert admin.patch(f"{base}/{fix.pk}/", off, content_type=form).json()["enabled"] is False
    event = admin.delete(f"{base}/{fix.pk}/").json()["event"]
    assert admin.get(f"{base}/{fix.pk}/").status_code == 404
    assert admin.post(f"{base}/restore/{event}/").json()["id"] == str(fix.pk)
    assert admin.post(f"{base}/restore/{event}/").status_code == 409


@pytest.fixture
def cli(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    for name in ("knowledge", "prompts"):
        module = sys.modules[f"autodev.cli.{name}"]
        monkeypatch.setattr(module, "workspace_of", lambda slug: (cast.workspace, cast.owner))
    return CliRunner()


def test_the_command_line(cli: CliRunner, fix: LearnedFix) -> None:
    assert "3 of 4" in cli.invoke(app, ["knowledge", "list"]).output
    assert json.loads(cli.invoke(app, ["knowledge", "list", "--json"]).output)[0]["rule"] == "F821"
    assert cli.invoke(app, ["knowledge", "list", "--state", "off"]).output == "Nothing learned.\n"
    assert "missing-import" in cli.invoke(app, ["knowledge", "patterns"]).output
    assert json.loads(cli.invoke(app, ["knowledge", "patterns", "--json"]).output)
    assert cli.invoke(app, ["knowledge", "off", str(fix.pk)]).output == "It is not tried any more.\n"
    assert cli.invoke(app, ["knowledge", "on", str(fix.pk)]).output == "It is tried again.\n"
    deleted = cli.invoke(app, ["knowledge", "delete", str(fix.pk)]).output
    event = deleted.split()[-1]
    assert cli.invoke(app, ["knowledge", "restore", event]).output == "It is back.\n"
    assert cli.invoke(app, ["knowledge", "restore", event]).exit_code == 1
    assert cli.invoke(app, ["knowledge", "on", str(uuid.uuid4())]).exit_code == 1


@pytest.mark.feature("F1.3")
def test_versions_of_prompts_side_by_side(cast: Cast, cli: CliRunner) -> None:
    gpt = lively(cast.workspace, calls=0)["gpt"]
    call_of(gpt, prompt="repair@1", work_passed=True)
    call_of(gpt, prompt="repair@99", work_passed=False)
    page = signed_in(cast.viewer).get("/w/engines/providers/prompts/").content.decode()
    for words in ("repair@1", "repair@99", "1 of 1", "0 of 1", "Gone", "In use"):
        assert words in page
    rows = key_client(cast, cast.member, "read").get("/api/v1/prompts/").json()
    assert {(one["name"], one["version"], one["passed"]) for one in rows} >= {("repair", 1, 1), ("repair", 99, 0)}
    shown = cli.invoke(app, ["prompts", "repair"]).output
    assert "repair@1" in shown
    assert "analyse" not in shown
    assert json.loads(cli.invoke(app, ["prompts", "--json"]).output)
    assert "There is no prompt" in cli.invoke(app, ["prompts", "poem"]).output
