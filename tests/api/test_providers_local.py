"""Models on one's own machines over REST: found, added in one step, and what came where there is none."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from providers.api.views import local
from providers.config.defaults import ensure_defaults
from providers.local import find_local
from providers.models import Chain, Provider
from tests.cast import Cast, key_client
from tests.providers_lab import Lab
from tests.providers_lab.fixtures import _lab, lab

__all__ = ["_lab", "lab"]
pytestmark = pytest.mark.feature("F2.1", "F4.6")
LOCAL = "/api/v1/local-endpoints/"


def post(client: Any, body: object, path: str = LOCAL) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json")


def test_what_runs_is_found_and_added_in_one_step(cast: Cast, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_defaults(cast.workspace)
    here = lab.upstream("a")
    here.server, here.models = "ollama", ("qwen3:8b", "devstral")
    port = int(urlsplit(here.base_url).port or 0)
    monkeypatch.setattr(local, "find_local", lambda: find_local(ports=[port]))
    client = key_client(cast, cast.maintainer, "admin")
    (found,) = post(client, {}).json()
    assert (found["server"], found["api_base"]) == ("ollama", here.base_url)
    assert [one["model"] for one in found["models"]] == ["ollama_chat/qwen3:8b", "ollama_chat/devstral"]
    assert post(client, {"url": here.base_url}).json() == [found]
    made = post(client, {"url": here.base_url}, f"{LOCAL}add/")
    assert (made.status_code, made.json()["name"], made.json()["enabled"]) == (201, "local", True)
    named = {"url": here.base_url, "model": "devstral", "name": "second"}
    assert post(client, named, f"{LOCAL}add/").json()["model"] == "ollama_chat/devstral"
    chain = Chain.objects.get(workspace=cast.workspace, task_kind="default").providers
    assert chain == ["claude", "gpt", "local", "second", "blueprint"]
    assert post(client, named, f"{LOCAL}add/").json()["code"] == "name_taken"
    missing = post(client, {**named, "model": "phi"}, f"{LOCAL}add/")
    assert (missing.status_code, missing.json()["hint"]) == (404, "It has: qwen3:8b, devstral.")


def test_who_may_and_what_came_where_there_is_none(cast: Cast, lab: Lab) -> None:
    ensure_defaults(cast.workspace)
    url = lab.upstream("a").base_url
    for person, scope, status in ((cast.member, "read", 403), (cast.maintainer, "read", 403)):
        client = key_client(cast, person, scope)
        assert [post(client, {"url": url}, path).status_code for path in (LOCAL, f"{LOCAL}add/")] == [status] * 2
    assert not Provider.objects.filter(workspace=cast.workspace, api_base=url).exists()
    client = key_client(cast, cast.maintainer, "admin")
    for there, words in (("http://127.0.0.1:1", "127.0.0.1:1"), ("ftp://x", "no address"), ("http://169.254.1.1", "")):
        for path in (LOCAL, f"{LOCAL}add/"):
            answer = post(client, {"url": there}, path)
            assert (answer.status_code, words in answer.json()["detail"]) == (404, True), there
