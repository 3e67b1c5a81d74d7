"""Errors, scopes and limits."""

from __future__ import annotations

import pytest
from django.test import Client

from projects.models import Build
from tests.cast import Cast, key_client, signed_in

BUILDS = "/api/v1/builds/"
pytestmark = pytest.mark.feature("F4.6")


def is_problem(answer: object, status: int, code: str) -> None:
    assert getattr(answer, "status_code") == status  # noqa: B009 - the client's answer has no public type
    assert answer.headers["Content-Type"] == "application/problem+json"  # type: ignore[attr-defined]  # as above
    document = answer.json()  # type: ignore[attr-defined]  # as above
    assert (document["status"], document["code"]) == (status, code)
    assert document["title"]
    assert document["detail"]


def test_every_kind_of_error_is_a_problem_document(cast: Cast, build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(cast.member)
    client.raise_request_exception = False
    is_problem(Client().get(BUILDS), 401, "not_authenticated")
    is_problem(client.get("/api/v1/nothing/"), 404, "not_found")
    is_problem(client.get("/api/"), 404, "not_found")
    is_problem(client.get(f"{BUILDS}01234567-0000-7000-8000-000000000000/"), 404, "not_found")
    is_problem(client.delete(BUILDS), 405, "method_not_allowed")
    is_problem(client.get(BUILDS, headers={"Accept": "text/csv"}), 406, "not_acceptable")
    is_problem(
        client.post(BUILDS, "a=b", content_type="application/x-www-form-urlencoded"), 415, "unsupported_media_type"
    )
    is_problem(client.post(BUILDS, "{", content_type="application/json"), 400, "parse_error")
    is_problem(client.post(BUILDS, {"idea": ""}, content_type="application/json"), 400, "invalid")
    is_problem(client.get(f"{BUILDS}?cursor=nonsense"), 404, "not_found")

    def broken(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("projects.api.views.builds.build_for_user", broken)
    answer = client.get(f"{BUILDS}{build.pk}/")
    is_problem(answer, 500, "internal_error")
    assert "secret detail" not in answer.text


@pytest.mark.parametrize(
    "header", ["Bearer wrong", "Bearer ad_000000000000_" + "x" * 43, "Bearer ", "Bearer ad_\x00", "Bearer é"]
)
def test_a_key_that_is_none_is_refused_with_a_challenge(cast: Cast, header: str) -> None:
    answer = Client(headers={"Authorization": header}).get(BUILDS)
    is_problem(answer, 401, "authentication_failed")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_other_schemes_are_not_ours(cast: Cast) -> None:
    is_problem(Client(headers={"Authorization": "Basic YTpi"}).get(BUILDS), 401, "not_authenticated")


@pytest.mark.parametrize(
    ("scopes", "read", "steer"), [(["read"], 200, 403), (["build"], 200, 200), (["read", "build"], 200, 200)]
)
def test_scopes_bound_what_a_key_does(cast: Cast, build: Build, scopes: list[str], read: int, steer: int) -> None:
    client = key_client(cast, cast.owner, *scopes)
    assert client.get(f"{BUILDS}{build.pk}/").status_code == read
    assert client.post(f"{BUILDS}{build.pk}/cancel/").status_code == steer
    created = client.post(BUILDS, {"idea": "x"}, content_type="application/json")
    assert created.status_code == (201 if steer == 200 else 403)


def test_a_key_reaches_no_other_workspace_of_its_maker(cast: Cast, build: Build) -> None:
    from tests.factories.accounts import MembershipFactory
    from tests.factories.projects import BuildFactory

    other = MembershipFactory.create(user=cast.owner, role="owner").workspace
    elsewhere = BuildFactory.create(project__workspace=other)
    client = key_client(cast, cast.owner, "build")
    assert client.get(f"{BUILDS}{elsewhere.pk}/").status_code == 404
    assert [b["id"] for b in client.get(BUILDS).json()["results"]] == [str(build.pk)]
    body = {"idea": "x", "workspace": str(other.pk)}
    assert client.post(BUILDS, body, content_type="application/json").status_code == 404
    assert signed_in(cast.owner).get(f"{BUILDS}{elsewhere.pk}/").status_code == 200


ADDRESSES = (
    "", "cancel/", "pause/", "resume/", "events/", "files/", "files/a.py", "raw/a.py", "diff/", "zip/", "evidence/",
    "findings/",
)  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_outsiders_are_told_nothing(cast: Cast, build: Build, address: str) -> None:
    post = address in ("cancel/", "pause/", "resume/")
    for user, status in ((cast.outsider, 404), (None, 401)):
        client = signed_in(user)
        answer = client.post(f"{BUILDS}{build.pk}/{address}") if post else client.get(f"{BUILDS}{build.pk}/{address}")
        assert answer.status_code == status
    if post:
        assert signed_in(cast.viewer).post(f"{BUILDS}{build.pk}/{address}").status_code == 403


def test_a_session_needs_the_csrf_token(cast: Cast, build: Build) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.owner)
    is_problem(client.post(f"{BUILDS}{build.pk}/cancel/"), 403, "permission_denied")


def test_each_caller_has_a_limit_of_its_own(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from autodev.api.throttling import ByCaller

    monkeypatch.setattr(ByCaller, "THROTTLE_RATES", {"read": "2/min", "write": "1/min", "build": "1/min"})
    client = signed_in(cast.viewer)
    assert [client.get(BUILDS).status_code for _ in range(3)] == [200, 200, 429]
    blocked = client.get(BUILDS)
    is_problem(blocked, 429, "throttled")
    assert 1 <= int(blocked.headers["Retry-After"]) <= 60
    assert signed_in(cast.member).get(BUILDS).status_code == 200
    key = key_client(cast, cast.member, "build")
    codes = [key.post(BUILDS, {"idea": "x"}, content_type="application/json").status_code for _ in range(2)]
    assert codes == [201, 429]
