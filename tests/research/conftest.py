"""An index on the loopback that speaks the Simple API, and the package client pointed at it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from projects.research import uv


@dataclass
class Index:
    """`pages`: path → (status, content type, body); what is not there is 404. `asked`: the paths, in order."""

    url: str = ""
    pages: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def html(self, name: str, *links: str) -> None:
        body = "<!DOCTYPE html><html><body>" + "".join(links) + "</body></html>"
        self.pages[f"/simple/{name}/"] = (200, "text/html", body)

    def json(self, name: str, *files: dict[str, object], status: str = "") -> None:
        data: dict[str, object] = {"name": name, "files": list(files)}
        if status:
            data["project-status"] = {"status": status}
        self.pages[f"/simple/{name}/"] = (200, "application/vnd.pypi.simple.v1+json", json.dumps(data))


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """The package client's index for the time of the test."""
    state = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            status, kind, body = state.pages.get(self.path, (404, "text/plain", "none"))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Quiet: the tests look at `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    point_client_at(monkeypatch, f"{state.url}/simple")
    yield state
    server.shutdown()
    thread.join()
    server.server_close()
    uv.index_url.cache_clear()


def point_client_at(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Configure uv by its own variable, as an operator would."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", url)
    for name in ("UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    uv.index_url.cache_clear()


@pytest.fixture
def no_index(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An index that refuses every connection."""
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    point_client_at(monkeypatch, "http://127.0.0.1:9/simple")
    yield
    uv.index_url.cache_clear()
