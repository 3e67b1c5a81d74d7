"""Callers who go away: nobody is asked any more, the provider's connection is closed, and the call is settled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from providers.failures.kinds import FailureKind
from providers.gateway.app import make_app
from providers.gateway.callers import Caller, Callers
from providers.states import CallOutcome
from tests.gateway.test_app import ASKED, MESSAGES
from tests.routing.fakes import WORKSPACE, Break, Hang, Say, World, world
from tests.routing.virtual import run

pytestmark = pytest.mark.feature("F2.16")
PATHS = {"/v1/chat/completions": ASKED, "/v1/messages": MESSAGES}
Sent = list[dict[str, Any]]


class Known(Callers):
    """Everybody is known, without a thread: the clock of these tests jumps."""

    async def find(self, text: str) -> Caller | None:
        return Caller(workspace_id=WORKSPACE)


class Talk:
    """What went out so far; `spoke` once the answer's first word did."""

    def __init__(self) -> None:
        self.sent: Sent = []
        self.spoke = asyncio.Event()

    async def send(self, event: Any) -> None:
        self.sent.append(dict(event))
        if b"Hello" in event.get("body", b""):
            self.spoke.set()


async def asked(here: World, path: str, leaves: Callable[[Talk], Awaitable[object]], *, stream: bool) -> Sent:
    """What went out to a caller who leaves when `leaves` returns."""
    body = json.dumps(PATHS[path] | {"stream": stream}).encode()
    events = [{"type": "http.request", "body": body, "more_body": False}]
    talk = Talk()

    async def receive() -> dict[str, Any]:
        if events:
            return events.pop()
        await leaves(talk)
        return {"type": "http.disconnect"}

    app = make_app(Known(), ports=here.ports)
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": "POST",
        "path": path, "raw_path": path.encode(), "query_string": b"", "headers": [(b"x-api-key", b"k")],
        "scheme": "http", "server": ("gateway", 80), "client": ("127.0.0.1", 1), "root_path": "",
    }  # fmt: skip
    await app(scope, receive, talk.send)
    return talk.sent


async def _after_a_second(_: Talk) -> None:
    await asyncio.sleep(1.0)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
def test_who_leaves_before_the_first_word(path: str, stream: bool) -> None:
    here = world()
    here.kind.always("a", Hang())
    run(asked(here, path, _after_a_second, stream=stream))
    assert here.kind.names() == ["a"]
    assert here.kind.closed == ["a"]
    assert here.ledger.outcomes == [("a", CallOutcome.ABANDONED)]
    assert here.live.failures == []


@pytest.mark.parametrize("path", PATHS)
def test_who_leaves_while_the_next_one_is_asked(path: str) -> None:
    here = world()
    here.kind.always("a", Break(FailureKind.MALFORMED_ANSWER))
    here.kind.always("b", Hang())
    run(asked(here, path, _after_a_second, stream=True))
    assert here.ledger.outcomes == [("a", CallOutcome.FAILED), ("b", CallOutcome.ABANDONED)]
    assert here.kind.under_way == 0


@pytest.mark.parametrize("path", PATHS)
def test_who_leaves_in_the_middle_pays_for_what_came(path: str) -> None:
    here = world()
    here.kind.always("a", Say(pause_s=0.5))
    run(asked(here, path, lambda talk: talk.spoke.wait(), stream=True))
    ((reservation, settled),) = here.ledger.settled
    assert (reservation.target.name, settled.outcome) == ("a", CallOutcome.ABANDONED)
    assert settled.usage.estimated
    assert settled.usage.output_tokens > 0
    assert here.kind.closed == ["a"]
    assert here.live.failures == []


def test_a_stream_says_how_many_were_asked_and_by_which_name_the_ledger_has_it() -> None:
    here = world()
    here.kind.always("a", Break(FailureKind.MALFORMED_ANSWER))
    sent = run(asked(here, "/v1/messages", lambda _: asyncio.sleep(50), stream=True))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    assert headers["x-autodev-attempts"] == "2"
    assert headers["x-autodev-request-id"] == str(here.ledger.reserved[0].request_id)
