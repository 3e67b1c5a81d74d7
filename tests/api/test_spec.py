"""The Spec, checkpoints, rollback and replay over REST."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from autodev.lib.clock import utcnow
from autodev.spec.rules import analyse
from projects import review
from projects.models import Build, Step, Task
from projects.repository.repository import repository_of
from projects.states import BuildState
from tests.cast import Cast, key_client, rich_build, signed_in
from tests.steering.conftest import LIBRARY

BUILDS = "/api/v1/builds/"
JSON = "application/json"


@pytest.fixture
def read_build(cast: Cast, build: Build) -> Build:
    """A build whose idea was read, and nothing has come of it yet."""
    Build.objects.update(spec=analyse(LIBRARY).model_dump(mode="json"), head="")
    Task.objects.filter(key="implement").update(state="pending")
    build.refresh_from_db()
    return build


def put(client: Client, build: Build, body: dict[str, Any], match: str | None = None) -> Any:
    headers = {"If-Match": match} if match else None
    return client.put(f"{BUILDS}{build.pk}/spec/", body, content_type=JSON, headers=headers)


@pytest.mark.feature("F1.3")
def test_a_spec_is_read_with_its_version_and_replaced(cast: Cast, read_build: Build) -> None:
    client = key_client(cast, cast.member, "build")
    got = client.get(f"{BUILDS}{read_build.pk}/spec/")
    assert got.headers["ETag"] == '"1"'
    seen = got.json()
    assert (seen["version"], seen["revision"]["origin"], seen["awaits_approval"]) == (1, "analysis", False)
    before = seen["spec"]["title"]
    spec = {**seen["spec"], "title": "Shelves"}
    changed = put(client, read_build, {"spec": spec}, '"1"')
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert changed.json()["revision"]["changes"] == [f"title: “{before}” → “Shelves”"]
    assert changed.json()["revision"]["author"] == str(cast.member)
    listed = client.get(f"{BUILDS}{read_build.pk}/spec/revisions/").json()
    assert [(r["number"], r["origin"]) for r in listed] == [(2, "edit"), (1, "analysis")]
    first = client.get(f"{BUILDS}{read_build.pk}/spec/revisions/1/").json()
    assert (first["spec"]["title"], first["evidence"]) == (before, None)
    undone = client.post(f"{BUILDS}{read_build.pk}/spec/revisions/1/restore/", {"version": 2}, content_type=JSON)
    assert (undone.json()["version"], undone.json()["spec"]["title"]) == (3, before)


@pytest.mark.feature("F1.3")
def test_an_older_version_does_not_overwrite_a_newer(cast: Cast, read_build: Build) -> None:
    client = key_client(cast, cast.member, "build")
    spec = client.get(f"{BUILDS}{read_build.pk}/spec/").json()["spec"]
    assert put(client, read_build, {"spec": {**spec, "title": "One"}, "version": 1}).status_code == 200
    by_header = put(client, read_build, {"spec": {**spec, "title": "Two"}}, 'W/"1"')
    assert (by_header.status_code, by_header.json()["code"]) == (412, "spec_changed")
    by_body = put(client, read_build, {"spec": {**spec, "title": "Two"}, "version": 1})
    assert (by_body.status_code, by_body.json()["code"]) == (409, "spec_changed")
    assert "version 2 by" in by_body.json()["detail"]
    assert put(client, read_build, {"spec": spec}).status_code == 428
    assert put(client, read_build, {"spec": spec}, "latest").status_code == 400
    late = client.post(
        f"{BUILDS}{read_build.pk}/spec/revisions/1/restore/", {}, content_type=JSON, headers={"If-Match": '"1"'}
    )
    assert late.status_code == 412


@pytest.mark.feature("F1.3")
def test_what_is_wrong_is_named_by_its_path(cast: Cast, read_build: Build) -> None:
    client = key_client(cast, cast.member, "build")
    spec = client.get(f"{BUILDS}{read_build.pk}/spec/").json()["spec"]
    spec["entities"][0]["fields"][0]["type"] = "strng"
    spec["screens"] = [{"name": "x"}]
    answer = put(client, read_build, {"spec": spec, "version": 1})
    assert (answer.status_code, answer.json()["code"]) == (422, "spec_invalid")
    assert {e["field"] for e in answer.json()["errors"]} == {
        "entities.0.fields.0.type", "screens.0.title", "screens.0.kind",
    }  # fmt: skip
    assert put(client, read_build, {"version": 1}).json()["errors"][0]["field"] == "spec"


@pytest.mark.feature("F1.3")
def test_viewers_read_and_outsiders_do_not_see(cast: Cast, read_build: Build) -> None:
    address = f"{BUILDS}{read_build.pk}/"
    for name in ("spec/", "spec/revisions/", "spec/revisions/1/", "checkpoints/"):
        assert signed_in(cast.viewer).get(address + name).status_code == 200
        assert signed_in(cast.outsider).get(address + name).status_code == 404
    posts = ("spec/approve/", "spec/revisions/1/restore/", "rollback/", "replay/")
    for client, status in ((signed_in(cast.viewer), 403), (signed_in(cast.outsider), 404)):
        assert [client.post(address + name, {}, content_type=JSON).status_code for name in posts] == [status] * 4
        assert put(client, read_build, {"spec": {}, "version": 1}).status_code == status
    assert signed_in(cast.viewer).get(f"{address}spec/revisions/7/").status_code == 404
    Build.objects.update(spec=None)
    assert signed_in(cast.viewer).get(f"{address}spec/").json()["version"] == 0
    assert signed_in(cast.viewer).get(f"{address}spec/revisions/").json() == []


@pytest.mark.feature("F1.3")
def test_a_build_that_waits_is_approved(cast: Cast, read_build: Build) -> None:
    Task.objects.filter(key="implement").update(key=review.KEY, state="waiting", wait_reason=review.REASON)
    client = key_client(cast, cast.member, "build")
    address = f"{BUILDS}{read_build.pk}/spec/"
    assert client.get(address).json()["awaits_approval"] is True
    assert client.post(f"{address}approve/", {"version": 2}, content_type=JSON).status_code == 409
    done = client.post(f"{address}approve/", {"version": 1}, content_type=JSON)
    assert {t["key"]: t["state"] for t in done.json()["tasks"]}[review.KEY] == "ready"
    seen = client.get(address).json()
    assert (seen["awaits_approval"], seen["revision"]["approved_by"]) == (False, str(cast.member))


@pytest.mark.feature("F4.6")
def test_options_are_checked_by_the_keys_of_the_configuration(cast: Cast) -> None:
    client = key_client(cast, cast.member, "build")

    def start(options: dict[str, Any]) -> Any:
        return client.post(BUILDS, {"idea": "A todo list", "options": options}, content_type=JSON)

    made = start({"validation": {"strict_mode": False}, "review_spec": True}).json()
    assert made["options"] == {"validation": {"strict_mode": False}, "review_spec": True}
    for options, field in (
        ({"generation": {"tests": False}}, "generation.tests"),
        ({"validation": {"stricter_mode": True}}, "validation.stricter_mode"),
        ({"research": {"timeout": -1}}, "research.timeout"),
        ({"research": 3}, "research"),
        ({"orchestration": {"parallel_tasks": 2}}, "orchestration"),
        ({"other": 1}, "other"),
    ):
        refused = start(options)
        assert refused.status_code == 422, options
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert (refused.json()["code"], refused.json()["errors"][0]["field"]) == ("options_invalid", field)
        assert field in refused.json()["detail"]
    assert Build.objects.count() == 1


@pytest.fixture
def ended(cast: Cast, data_dir: Path, tmp_path: Path) -> Build:
    """A build that has ended, with two checkpoints."""
    made = rich_build(cast, state=BuildState.SUCCEEDED)
    repository = repository_of(made.project_id)
    parent = repository.init()
    folder = tmp_path / "files"
    folder.mkdir()
    for number in (0, 1):
        (folder / "README.md").write_text(f"# {number}\n")
        parent = repository.snapshot(folder, parent=parent, message="One", date=utcnow())
        Step.objects.filter(key=f"s{number}").update(commit=parent)
    Build.objects.filter(pk=made.pk).update(head=parent)
    Task.objects.filter(key="implement").update(state="succeeded", head=parent, started_at=utcnow())
    made.refresh_from_db()
    return made


@pytest.mark.feature("F3.7")
def test_a_build_goes_back_to_a_checkpoint(cast: Cast, ended: Build) -> None:
    client = key_client(cast, cast.member, "build")
    listed = client.get(f"{BUILDS}{ended.pk}/checkpoints/").json()
    assert [(c["title"], c["task"], c["undone"]) for c in listed] == [
        ("Step 1", "implement", False), ("Step 0", "implement", False),
    ]  # fmt: skip
    first = listed[1]

    def back(name: str) -> Any:
        return client.post(f"{BUILDS}{ended.pk}/rollback/", {"checkpoint": name}, content_type=JSON)

    assert back(first["commit"][:10]).json()["head"] == first["commit"]
    again = {c["id"]: c["undone"] for c in client.get(f"{BUILDS}{ended.pk}/checkpoints/").json()}
    assert list(again.values()) == [True, False]
    assert back(first["id"]).status_code == 200
    for wrong in ("zzzz", "abc", str(cast.workspace.pk), ended.project.slug):
        assert back(wrong).status_code == 404
    Build.objects.update(state=BuildState.CANCELLED)
    assert back(first["id"]).json()["code"] == "wrong_state"


@pytest.mark.feature("F3.7")
def test_a_build_runs_again_from_a_task_or_a_step(cast: Cast, ended: Build) -> None:
    client = key_client(cast, cast.member, "build")

    def replay(body: dict[str, Any]) -> Any:
        return client.post(f"{BUILDS}{ended.pk}/replay/", body, content_type=JSON)

    done = replay({"start": "implement"}).json()
    assert (done["state"], {t["key"]: t["state"] for t in done["tasks"]}["implement"]) == ("running", "ready")
    assert replay({"start": "nowhere"}).json()["code"] == "no_such_checkpoint"
    assert replay({"start": "implement"}).json()["code"] == "wrong_state"  # it has not begun again yet
    assert replay({"start": 3.5, "x": 1}).status_code == 404
