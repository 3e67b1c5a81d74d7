"""What clients read beside the answer: ids, kinds of error, lists of models, addresses that are none."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from providers.failures.kinds import FailureKind
from providers.gateway.errors import anthropic_error, words_of
from providers.routing.errors import BudgetRefused, NoAnswer
from tests.gateway.test_fields import ASKED, MESSAGES
from tests.routing.fakes import Break, World

pytestmark = pytest.mark.feature("F2.16")
BODIES = {"/v1/chat/completions": ASKED, "/v1/messages": MESSAGES}


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_has_the_id_of_the_ledger_where_clients_look(
    client: httpx.AsyncClient, here: World, path: str, stream: bool
) -> None:
    found = await client.post(path, json=BODIES[path] | {"stream": stream})
    id_ = str(here.ledger.reserved[0].request_id)
    assert {found.headers[name] for name in ("x-request-id", "request-id", "x-autodev-request-id")} == {id_}


@pytest.mark.parametrize("path", BODIES)
async def test_an_error_has_one_too(client: httpx.AsyncClient, here: World, path: str) -> None:
    here.kind.always("a", Break(FailureKind.CONTEXT_WINDOW))
    here.kind.always("b", Break(FailureKind.CONTEXT_WINDOW))
    for asked in (BODIES[path], {"model": ""}):
        found = await client.post(path, json=asked)
        assert found.status_code == 400
        assert len(found.headers["x-request-id"]) == len(found.headers["request-id"]) == 36


async def test_who_is_limited_everywhere_is_told_so_again_while_it_lasts(
    client: httpx.AsyncClient, here: World
) -> None:
    for name in ("a", "b"):
        here.kind.always(name, Break(FailureKind.RATE_LIMIT, retry_after_s=30.0))
    asked = ASKED | {}
    for _ in range(2):
        found = await client.post("/v1/chat/completions", json=asked, headers={"x-autodev-deadline-s": "2"})
        assert found.status_code == 429
        assert found.json()["error"]["code"] == "rate_limit_exceeded"
        assert 1 <= int(found.headers["retry-after"]) <= 30


def test_one_that_is_away_for_another_reason_makes_it_no_limit() -> None:
    away = (("a", "rate_limit"), ("b", "unavailable"))
    assert words_of(NoAnswer("x", away=away, retry_after_s=5.0))[0] == 503
    assert words_of(NoAnswer("x", away=away[:1], retry_after_s=5.0))[0] == 429
    assert words_of(NoAnswer("x", away=away[:1]))[0] == 503


def test_anthropics_words_for_money_and_time() -> None:
    assert anthropic_error(BudgetRefused("x"))["error"]["type"] == "billing_error"
    assert words_of(BudgetRefused("x"))[0] == 402


async def test_models_are_listed_in_both_formats_words(client: httpx.AsyncClient) -> None:
    found = (await client.get("/v1/models")).json()
    assert [one["id"] for one in found["data"]] == ["default", "a", "b"]
    assert (found["object"], found["has_more"], found["first_id"], found["last_id"]) == ("list", False, "default", "b")
    one = (await client.get("/v1/models/a")).json()
    assert (one["object"], one["type"], one["display_name"]) == ("model", "model", "a")


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/embeddings", "/v1/completions", "/v1/messages/batches", "/v1"])
async def test_an_address_that_is_not_served_is_named_in_words(client: httpx.AsyncClient, path: str) -> None:
    found = await client.post(path, json={})
    assert found.status_code == 404
    body: dict[str, Any] = found.json()
    assert path in body["error"]["message"]
    assert "/v1/chat/completions" in body["error"]["message"]
    assert (body.get("type") == "error") == path.startswith("/v1/messages")


async def test_a_wrong_method_too(client: httpx.AsyncClient) -> None:
    found = await client.get("/v1/chat/completions")
    assert (found.status_code, found.json()["error"]["code"]) == (405, "unknown_url")
