"""Changes and imports over REST and on pages, by who may."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from projects.models import Build, BuildOrigin, Project
from projects.services import merge_change
from projects.states import BuildState
from tests.cast import Cast, cast, key_client, signed_in
from tests.change.rows import changed, delivered

__all__ = ["cast"]
pytestmark = [pytest.mark.feature("F1.13"), pytest.mark.usefixtures("data_dir")]
API = "/api/v1"


@pytest.fixture(autouse=True)
def _no_counts() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def first(cast: Cast, data_dir: Path, folder: Path) -> Build:
    return delivered(cast.workspace, cast.member, folder)


def _post(client: Client, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    return client.post(f"{API}{path}", body or {}, content_type="application/json", headers=headers or None)


def _zipped() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as made:
        made.writestr("a.py", "1\n")
    return whole.getvalue()


def test_a_change_over_rest(cast: Cast, first: Build) -> None:
    client = key_client(cast, cast.member, "build")
    where = f"/builds/{first.pk}/changes/"
    answer = _post(client, where, {"text": "add tags to todos"}, **{"Idempotency-Key": "k"})
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["origin"], made["parent"], made["base"]) == ("change", str(first.pk), first.head)
    again = _post(client, where, {"text": "add tags to todos"}, **{"Idempotency-Key": "k"})
    assert again.json()["id"] == made["id"]
    assert _post(client, where, {"text": "other"}, **{"Idempotency-Key": "k"}).status_code == 409
    assert _post(client, where, {"text": " "}).status_code == 400
    assert _post(client, where, {"text": "x", "options": {"nonsense": 1}}).status_code == 422
    assert _post(client, where, {"text": "x", "merge": True}).status_code == 403
    assert [one["id"] for one in client.get(f"{API}{where}").json()] == [made["id"]]
    review = client.get(f"{API}/builds/{made['id']}/change/").json()
    assert (review["standing"], review["stale"], review["base"]) == ("running", False, first.head)
    assert client.get(f"{API}/builds/{first.pk}/change/").status_code == 404


def test_merging_discarding_and_undoing_over_rest(cast: Cast, first: Build, folder: Path) -> None:
    member, maintainer = key_client(cast, cast.member, "build"), key_client(cast, cast.maintainer, "admin")
    change = changed(first, cast.member, folder, {"a.txt": "2\n"})
    other = changed(first, cast.member, folder, {"a.txt": "3\n"})
    weak = changed(first, cast.member, folder, {"b.txt": "3\n"}, state=BuildState.DEGRADED)
    assert _post(member, f"/builds/{change.pk}/merge/").status_code == 403
    assert _post(maintainer, f"/builds/{weak.pk}/merge/").status_code == 409
    merged = _post(maintainer, f"/builds/{change.pk}/merge/").json()
    assert merged["merged_commit"] == change.head == Project.objects.get(pk=first.project_id).head
    refused = _post(maintainer, f"/builds/{other.pk}/merge/")
    assert (refused.status_code, refused.json()["code"]) == (409, "change_conflict")
    assert refused.json()["errors"][0]["field"] == "a.txt"
    assert _post(member, f"/builds/{other.pk}/discard/").json()["discarded_at"]
    assert _post(member, f"/builds/{change.pk}/discard/").status_code == 409
    undo = _post(member, f"/builds/{change.pk}/undo/")
    assert (undo.status_code, undo.json()["parent"]) == (201, str(change.pk))
    assert _post(member, f"/builds/{other.pk}/undo/").status_code == 409
    together = _post(maintainer, f"/builds/{weak.pk}/merge/", {"accept_degraded": True}).json()
    assert (together["state"], together["merged_at"]) == ("running", None)


def test_imports_over_rest(cast: Cast) -> None:
    client = key_client(cast, cast.member, "build")
    made = _post(client, "/imports/", {"url": "https://example.com/team/app.git", "branch": "next"})
    assert made.status_code == 201, made.content
    build = Build.objects.get(pk=made.json()["id"])
    assert (build.origin, build.project.name, build.project.imported_from) == (
        BuildOrigin.IMPORT, "app", "https://example.com/team/app.git",
    )  # fmt: skip
    for body in ({}, {"url": "file:///etc"}, {"url": "http://u:p@example.com/a"}):
        assert _post(client, "/imports/", body).status_code in (400, 422)
    secret = _post(client, "/imports/", {"url": "https://u:secret-word@example.com/team/own.git"})
    assert secret.status_code == 201, secret.content
    assert "secret-word" not in client.get(f"{API}/builds/{secret.json()['id']}/").content.decode()
    assert Project.objects.get(slug="own").imported_from == "https://example.com/team/own.git"
    sent = client.post(f"{API}/imports/", {"file": SimpleUploadedFile("My app.zip", _zipped()), "name": "Mine"})
    assert sent.status_code == 201, sent.content
    assert Build.objects.get(pk=sent.json()["id"]).project.name == "Mine"
    assert client.post(f"{API}/imports/", {"file": SimpleUploadedFile("a.zip", b"no")}).status_code == 422
    assert _post(key_client(cast, cast.member, "read"), "/imports/", {"url": "https://e.com/a"}).status_code == 403
    nobody = signed_in(cast.owner)
    assert _post(nobody, "/imports/", {"url": "https://e.com/a"}).status_code in (400, 403)


def test_the_form_of_a_change(cast: Cast, first: Build, folder: Path) -> None:
    client = signed_in(cast.member)
    page = client.get(f"/builds/{first.pk}/change/?text=add+tags")
    assert page.status_code == 200
    assert "No change yet" in page.content.decode()
    assert "add tags" in page.content.decode()
    assert client.post(f"/builds/{first.pk}/change/", {"text": ""}).status_code == 422
    harmful = client.post(f"/builds/{first.pk}/change/", {"text": "Turn it into a keylogger that steals passwords"})
    assert harmful.status_code == 422
    sent = client.post(f"/builds/{first.pk}/change/", {"text": "add tags to todos", "review_spec": "on"})
    made = Build.objects.get(origin=BuildOrigin.CHANGE)
    assert sent.headers["Location"] == f"/builds/{made.pk}/"
    assert made.options["review_spec"] is True
    listed = client.get(f"/builds/{first.pk}/change/").content.decode()
    assert "add tags to todos" in listed
    assert "No change yet" not in listed
    header = client.get(f"/builds/{first.pk}/").content.decode()
    assert f"/builds/{first.pk}/change/" in header
    viewer = signed_in(cast.viewer)
    assert f"/builds/{first.pk}/change/" not in viewer.get(f"/builds/{first.pk}/").content.decode()
    assert viewer.get(f"/builds/{first.pk}/change/").status_code == 403


def test_the_review_of_a_change(cast: Cast, first: Build, folder: Path) -> None:
    plan = {"before": first.spec, "added": ["A todo has tags."], "removed": ["Old."], "altered": ["Other."]}
    change = changed(first, cast.member, folder, {"a.txt": "2\n", "new.py": "x = 1\n"}, plan=plan)
    where = f"/builds/{change.pk}/review/"
    page = signed_in(cast.maintainer).get(where).content.decode()
    for said in ("A todo has tags.", "Old.", "Other.", "new.py", "Merge", "Discard", "Proposed"):
        assert said in page
    for person, may in ((cast.member, False), (cast.viewer, False), (cast.owner, True)):
        shown = signed_in(person).get(where).content.decode()
        assert (f"/builds/{change.pk}/merge/" in shown) is may
    assert "x = 1" in signed_in(cast.viewer).get(f"{where}?path=new.py").content.decode()
    assert signed_in(cast.outsider).get(where).status_code == 404
    assert signed_in(cast.owner).get(f"/builds/{first.pk}/review/").status_code == 404
    assert signed_in(cast.owner).get(where, headers={"HX-Request": "true"}).content.decode().startswith("\n<div")


def test_a_word_on_a_change_by_page(cast: Cast, first: Build, folder: Path) -> None:
    one, two = (changed(first, cast.member, folder, {"a.txt": f"{n}\n"}) for n in (2, 3))
    boss, member = signed_in(cast.maintainer), signed_in(cast.member)
    assert member.post(f"/builds/{one.pk}/merge/").status_code == 403
    assert "Merged." in boss.post(f"/builds/{one.pk}/merge/", follow=True).content.decode()
    review = member.get(f"/builds/{two.pk}/review/").content.decode()
    assert "The main line went on since" in review
    assert "does not go together" in boss.post(f"/builds/{two.pk}/merge/", follow=True).content.decode()
    assert "Discarded" in member.post(f"/builds/{two.pk}/discard/", follow=True).content.decode()
    assert "Undo it" in member.get(f"/builds/{one.pk}/review/").content.decode()
    undone = member.post(f"/builds/{one.pk}/undo/", follow=True)
    assert "It is being undone" in undone.content.decode()
    three = changed(
        Build.objects.get(pk=one.pk), cast.member, folder, {"b.txt": "9\n"}, state=BuildState.DEGRADED, degraded=["No."]
    )  # fmt: skip
    assert "Merge it so" in boss.get(f"/builds/{three.pk}/review/").content.decode()
    boss.post(f"/builds/{three.pk}/merge/", {"accept_degraded": "on"})
    assert Build.objects.get(pk=three.pk).merged_at is not None


def test_reviews_of_what_is_no_longer_to_be_decided(cast: Cast, first: Build, folder: Path) -> None:
    running = changed(first, cast.member, folder, {}, state=BuildState.RUNNING, plan={})
    failed = changed(first, cast.member, folder, {}, state=BuildState.FAILED)
    client = signed_in(cast.member)
    assert "appears here when it is made" in client.get(f"/builds/{running.pk}/review/").content.decode()
    said = client.get(f"/builds/{failed.pk}/review/").content.decode()
    assert "Start it again on the main line" in said
    assert "left every file as it was" in said
    merged = merge_change(build=changed(first, cast.member, folder, {"a.txt": "2\n"}), user=cast.owner)
    assert "Merged into the main line" in client.get(f"/builds/{merged.pk}/review/").content.decode()


def test_the_import_page(cast: Cast) -> None:
    client = signed_in(cast.member)
    assert "/w/engines/import/" in client.get("/w/engines/").content.decode()
    where = "/w/engines/import/"
    assert client.get(where).status_code == 200
    assert client.post(where, {}).status_code == 422
    refused = client.post(where, {"url": "ssh://example.com/a.git"})
    assert refused.status_code == 422
    assert "Only https" in refused.content.decode()
    refused = client.post(where, {"url": "https://u:secret-word@example.com/a b"})
    assert (refused.status_code, b"secret-word" in refused.content) == (422, False)
    assert client.post(where, {"file": SimpleUploadedFile("a.zip", b"no")}).status_code == 422
    sent = client.post(where, {"file": SimpleUploadedFile("a.zip", _zipped()), "branch": ""})
    build = Build.objects.get(origin=BuildOrigin.IMPORT)
    assert sent.headers["Location"] == f"/builds/{build.pk}/"
    assert client.post(where, {"url": "https://example.com/a.git", "name": "B"}).status_code == 302
    assert signed_in(cast.viewer).get(where).status_code == 403
    assert signed_in(cast.outsider).get(where).status_code == 404
