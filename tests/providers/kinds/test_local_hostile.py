"""What an address that a person gave may not do to the process that looks at it."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django import Settings

from providers import local
from providers.local import NoEndpoint, look_at

pytestmark = pytest.mark.feature("F2.1")

Answers = Callable[[BaseHTTPRequestHandler], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    answers: Answers
    asked: list[str]


@pytest.fixture
def server() -> Iterator[_Server]:
    class Handler(BaseHTTPRequestHandler):
        server: _Server

        def do_GET(self) -> None:
            self.server.asked.append(self.path)
            try:
                self.server.answers(self)
            except ConnectionError:
                self.close_connection = True

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the class has it
            """Nothing: the tests look at `asked`."""

    with _Server(("127.0.0.1", 0), Handler) as found:
        found.asked = []
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield found
        found.shutdown()


def url_of(server: _Server) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def said(handler: BaseHTTPRequestHandler, value: object) -> None:
    body = json.dumps(value).encode()
    handler.send_response(200)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@pytest.mark.parametrize("url", ["http://169.254.169.254", "[fd00:ec2::254]", "metadata.google.internal.invalid"])
def test_a_metadata_service_is_not_looked_at(url: str) -> None:
    with pytest.raises(NoEndpoint):
        look_at(url, timeout_s=0.5)


def test_in_production_nobody_looks_into_the_installations_network(server: _Server, settings: Settings) -> None:
    settings.PRODUCTION = True
    with pytest.raises(NoEndpoint, match="AUTODEV_PROVIDER_HOSTS"):
        look_at(url_of(server))
    assert server.asked == []
    assert local.find_local(ports=[server.server_address[1]]) == ()
    settings.AUTODEV_PROVIDER_HOSTS = ["127.0.0.1"]
    server.answers = lambda handler: said(handler, {"models": [{"name": "qwen"}]})
    assert look_at(url_of(server)).models


def test_the_address_that_was_looked_at_is_the_one_that_is_asked(
    server: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name may lead to another machine each time that it is asked for."""
    port = server.server_address[1]
    server.answers = lambda handler: said(handler, {"models": [{"name": "qwen"}]})
    answers = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]]
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: answers.pop() if answers else pytest.fail("asked again")
    )
    server.asked.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "create_connection", _direct)
        found = look_at(f"http://models.example.org:{port}")
    assert found.api_base == f"http://models.example.org:{port}"


def _direct(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
    made = socket.socket()
    made.connect(address)
    return made


@pytest.mark.parametrize("listed", [{"models": [1, None, {"name": 5}]}, {"data": [None, 3, {"id": []}]}])
def test_a_list_of_another_form_has_no_models(server: _Server, listed: object) -> None:
    server.answers = lambda handler: said(handler, listed)
    assert look_at(url_of(server)).models == ()


def test_an_endless_list_is_left(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "MOST_BYTES", 2**20)

    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"[" * 2**16)

    server.answers = flood
    with pytest.raises(NoEndpoint, match="end"):
        look_at(url_of(server))


def test_a_list_of_very_many_models_is_not_asked_for_each(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "MOST_MODELS", 3)
    names = [{"name": f"m{number}"} for number in range(50)]
    server.answers = lambda handler: said(handler, {"models": names} if handler.path == "/api/tags" else {})
    assert len(look_at(url_of(server)).models) == 3
    assert len(server.asked) == 4


@pytest.mark.parametrize("url", ["http://[", "[::1", "http://[::1]x:80"])
def test_what_is_no_address_is_said_to_be_none(url: str) -> None:
    with pytest.raises(NoEndpoint):
        look_at(url)


def test_lists_within_lists_without_end_are_no_list(server: _Server) -> None:
    def nested(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b'{"models":' + 100_000 * b"[")

    server.answers = nested
    with pytest.raises(NoEndpoint, match="lists no models"):
        look_at(url_of(server))


def test_a_name_that_no_provider_can_have_is_no_model(server: _Server) -> None:
    names = ["qwen3:8b", "\ud83d", "a\x1b[2J", "", 300 * "x"]
    server.answers = lambda handler: said(handler, {"models": [{"name": one} for one in names]})
    assert [one.name for one in look_at(url_of(server)).models] == ["qwen3:8b"]


def test_models_are_asked_for_what_they_can_for_a_while_only(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page waits for it; two hundred slow answers would hold a thread for minutes."""
    monkeypatch.setattr(local, "SHOWN_S", 0.0)
    server.answers = lambda handler: said(handler, {"models": [{"name": "a"}, {"name": "b"}]})
    assert [one.name for one in look_at(url_of(server)).models] == ["a", "b"]
    assert server.asked == ["/api/tags"]
