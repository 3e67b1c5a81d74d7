"""The client against a server that answers what the test says: redirects, limits, broken answers, sessions."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from autodev.spec.checks import HttpCheck, HttpStep, JsonExpect
from projects.checks.acceptance import http_client
from projects.checks.acceptance.http_client import Answer, RequestFailed, Session
from projects.checks.acceptance.http_runner import HttpRun
from projects.checks.acceptance.placeholders import Placeholders
from projects.checks.acceptance.types import StepOutcome

Reply = tuple[int, dict[str, str], bytes]


class Server:
    """`replies`: path → answer; `seen`: method, path, headers and body of each request. Stands for the product."""

    port = 8000

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.seen: list[tuple[str, str, Any, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                outer.seen.append((self.command, self.path, self.headers, body))
                status, headers, content = outer.replies.get(self.path, (404, {}, b"nothing here"))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(content)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the base class's names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
                """Says nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def connect(self, timeout_s: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.http.server_port), timeout_s)


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.http.shutdown()
    found.http.server_close()


@pytest.fixture
def send(server: Server) -> Iterator[Callable[..., Answer]]:
    session = Session(server.connect, port=8000)
    yield lambda **step: session.send(HttpStep(**step), Placeholders.at_start())
    session.close()


def outcomes(server: Any, *steps: HttpStep) -> list[StepOutcome]:
    check = HttpCheck(id="c", title="c", steps=steps)
    return list(HttpRun(server, Placeholders.at_start()).steps(check))


def test_redirects_are_followed_with_cookies(server: Server, send: Callable[..., Answer]) -> None:
    server.replies["/a"] = (302, {"Location": "b?x=1", "Set-Cookie": "sid=7; Path=/"}, b"")
    server.replies["/b?x=1"] = (200, {}, "grün".encode())
    answer = send(method="POST", path="/a", form={"k": "v"})
    assert (answer.status, answer.path, answer.text) == (200, "/b?x=1", "grün")
    (_, _, _, body), (method, _, headers, _) = server.seen
    assert (body, method, headers["Cookie"], headers["Host"]) == ("k=v", "GET", "sid=7", "localhost:8000")


def test_redirect_that_the_step_expects_is_its_answer(server: Server, send: Callable[..., Answer]) -> None:
    server.replies["/go"] = (307, {"Location": "/there"}, b"")
    assert send(path="/go", status=(302, 307)).location == "/there"


@pytest.mark.parametrize("location", ["http://elsewhere.example/x", "http://[bad", "//elsewhere.example/"])
def test_redirect_to_another_host_is_not_followed(location: str, server: Server, send: Callable[..., Answer]) -> None:
    server.replies["/go"] = (302, {"Location": location}, b"")
    assert send(path="/go").status == 302
    assert len(server.seen) == 1


def test_a_post_is_not_repeated_by_a_redirect(server: Server, send: Callable[..., Answer]) -> None:
    server.replies["/go"] = (307, {"Location": "/there"}, b"")
    assert send(path="/go", method="POST", json_body={}).status == 307
    server.replies["/there"] = (200, {}, b"")
    assert send(path="/go").status == 200


def test_redirects_in_a_circle_fail(server: Server, send: Callable[..., Answer]) -> None:
    server.replies["/go"] = (302, {"Location": "/go"}, b"")
    with pytest.raises(RequestFailed, match="more than 10 redirects"):
        send(path="/go")
    with pytest.raises(RequestFailed, match="more than 10 redirects"):
        send(path="/x", method="POST", form={}, form_page="/go")


def test_too_long_an_answer_fails(server: Server, send: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_client, "MAX_BODY_BYTES", 10)
    server.replies["/big"] = (200, {}, b"x" * 11)
    with pytest.raises(RequestFailed, match="more than 10 bytes"):
        send(path="/big")


def test_too_slow_an_answer_fails(server: Server, send: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, http_client.REQUEST_S + 1])
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    server.replies["/slow"] = (200, {}, b"x")
    with pytest.raises(RequestFailed, match="took more than 20 s"):
        send(path="/slow")


def test_broken_answer_fails(server: Server, send: Callable[..., Answer]) -> None:
    server.replies["/short"] = (200, {"Transfer-Encoding": "chunked"}, b"no chunk\r\n")
    with pytest.raises(RequestFailed, match="GET /short"):
        send(path="/short")


def test_unreachable_product_fails() -> None:
    def refuse(timeout_s: float) -> socket.socket:
        raise ConnectionRefusedError("it has ended")

    with pytest.raises(RequestFailed, match="it has ended"):
        Session(refuse, port=8000).send(HttpStep(path="/"), Placeholders.at_start())


def test_form_is_sent_over_what_its_page_holds(server: Server, send: Callable[..., Answer]) -> None:
    page = b"""<form method=post><input name=a value=1><input type=checkbox name=b checked>
      <select name=t multiple><option selected>x<option selected>y</select></form>"""
    server.replies["/edit"] = (200, {"Set-Cookie": "csrftoken=tok"}, page)
    send(method="POST", path="/edit", form_page="/edit", form={"a": "2", "c": ["p", "q"]}, form_without=("b",))
    assert server.seen[1][3] == "a=2&t=x&t=y&csrfmiddlewaretoken=tok&c=p&c=q"


def test_token_and_saved_values_go_into_later_steps(server: Server) -> None:
    server.replies["/login"] = (200, {}, b'{"token": "t0", "id": 5}')
    server.replies["/things/5?q=a+b"] = (200, {}, b'<a href="/x/9">')
    server.replies["/x/9"] = (200, {}, b"[5]")
    found = outcomes(
        server,
        HttpStep(path="/login", token_from="token", save={"me": "id"}),
        HttpStep(path="/things/{me}", query={"q": "a b"}, save={"x": 'html:href="/x/(\\d+)"', "all": "url:^/things"}),
        HttpStep(path="/x/{x}", json_expect=(JsonExpect(path="0", op="eq", value="{me}"),), text_contains=("{me}",)),
    )
    assert [(step.ok, step.expected) for step in found] == [(True, "")] * 3
    assert [headers["Authorization"] for _, _, headers, _ in server.seen] == [None, "Bearer t0", "Bearer t0"]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ({"status": (201, 204)}, "status 201 or 204"),
        ({"final_path": "/other"}, "to end on /other"),
        ({"text_contains": ("tea",)}, "'tea' in the answer"),
        ({"text_lacks": ("milk",)}, "no 'milk' in the answer"),
        ({"json_expect": (JsonExpect(op="exists"),)}, "the body exists None"),
        ({"save": {"id": "id"}}, "a value at id"),
        ({"save": {"id": "html:(tea)"}}, "a value at html:(tea)"),
        ({"token_from": "token"}, "a token at token"),
    ],
)
def test_step_that_does_not_hold_ends_the_check(step: dict[str, Any], expected: str, server: Server) -> None:
    server.replies["/"] = (200, {}, b"milk")
    found = outcomes(server, HttpStep(path="/", **step), HttpStep(path="/"))
    assert [(outcome.ok, outcome.expected) for outcome in found] == [(False, expected)]


def test_request_that_fails_ends_the_check(server: Server) -> None:
    server.replies["/go"] = (302, {"Location": "/go"}, b"")
    found = outcomes(server, HttpStep(path="/go"), HttpStep(path="/go"))
    assert [(outcome.ok, outcome.got) for outcome in found] == [(False, "more than 10 redirects from /go")]
