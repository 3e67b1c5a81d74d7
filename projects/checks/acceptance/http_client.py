"""A small browser: HTTP/1.1 over sockets into the sandbox; cookies and a bearer token for each session, redirects."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from autodev.spec.checks import HttpStep
from projects.checks.acceptance.page import Page
from projects.checks.acceptance.placeholders import Placeholders

Connect = Callable[[float], socket.socket]

MAX_BODY_BYTES = 2 * 1024 * 1024
MAXREDIRECTS = 10
REQUEST_S = 20.0
_BROKEN = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
)
REDIRECTS = (301, 302, 303, 307, 308)


class RequestFailed(Exception):
    """No usable answer came: the connection broke, it took too long, it was too large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`path` is where the request ended, with its query; `location` where a redirect that was not followed points."""

    status: int
    path: str
    text: str
    location: str | None = None


class _Stream(httpcore.NetworkStream):
    """A socket as httpcore reads and writes one."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._socket.settimeout(timeout)
        try:
            return self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._socket.settimeout(timeout)
        try:
            self._socket.sendall(buffer)
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        raise httpcore.UnsupportedProtocol("the product is reached without TLS")

    def get_extra_info(self, info: str) -> Any:
        return None


class _Network(httpcore.NetworkBackend):
    """Every connection, whatever its host, goes into the sandbox."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            return _Stream(self._connect(timeout or REQUEST_S))
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error


class _Transport(httpx.BaseTransport):
    """httpx over `_Network`. No connection is kept: the product may be started anew between two requests."""

    def __init__(self, connect: Connect) -> None:
        self._pool = httpcore.ConnectionPool(network_backend=_Network(connect), max_keepalive_connections=0)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port, target=request.url.raw_path
        )
        body = request.read()
        answer = self._pool.handle_request(
            httpcore.Request(
                request.method, url, headers=request.headers.raw, content=body, extensions=request.extensions
            )
        )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Any:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class Session:
    """One person's client: cookie jar and bearer token of its own."""

    def __init__(self, connect: Connect, *, port: int) -> None:
        self.origin = f"http://localhost:{port}"
        self.token: str | None = None
        self._client = httpx.Client(
            transport=_Transport(connect),
            base_url=self.origin,
            headers={"Accept-Encoding": "identity", "User-Agent": "acceptance"},
            timeout=REQUEST_S,
            trust_env=False,
        )

    def close(self) -> None:
        self._client.close()

    def send(self, step: HttpStep, names: Placeholders) -> Answer:
        """The answer to a step's request, at the end of its redirects. Raises RequestFailed."""
        path = names.text(step.path)
        query = {key: names.text(value) for key, value in step.query.items()}
        if step.form is not None:
            form = self._filled_form(step, names, path)
            answer = self._request(step.method, path, params=query, data=form)
        elif step.json_body is not None:
            answer = self._request(step.method, path, params=query, json=names.fill(step.json_body))
        else:
            answer = self._request(step.method, path, params=query)
        method = step.method
        for _ in range(MAXREDIRECTS):
            target = self._own_path(answer)
            if target is None or answer.status in step.status:
                return answer
            keeps = answer.status in (HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT)
            if keeps and method not in ("GET", "DELETE"):
                return answer
            method = method if keeps else "GET"
            answer = self._request(method, target)
        raise RequestFailed(f"more than {MAXREDIRECTS} redirects from {path}")

    def _filled_form(self, step: HttpStep, names: Placeholders, path: str) -> dict[str, str | list[str]]:
        """What a browser would send: the form as the page gives it, with the step's own values over it."""
        sent: dict[str, str | list[str]] = {}
        if step.form_page is not None:
            page = Page(self._page(names.text(step.form_page)))
            form = page.form_for(path)
            for name, value in form.controls if form is not None else ():
                before = sent.get(name)
                sent[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
            token = page.token() or self._csrf_cookie()
            if token is not None:
                sent["csrfmiddlewaretoken"] = token
        for name, given in (step.form or {}).items():
            sent[name] = [names.text(item) for item in given] if isinstance(given, list) else names.text(given)
        return {name: value for name, value in sent.items() if name not in step.form_without}

    def _csrf_cookie(self) -> str | None:
        return next((cookie.value for cookie in self._client.cookies.jar if cookie.name == "csrftoken"), None)

    def _page(self, path: str) -> str:
        answer = self._request("GET", path)
        for _ in range(MAXREDIRECTS):
            target = self._own_path(answer)
            if target is None:
                return answer.text
            answer = self._request("GET", target)
        raise RequestFailed(f"more than {MAXREDIRECTS} redirects from {path}")

    def _own_path(self, answer: Answer) -> str | None:
        """Where a redirect to the product itself leads; None for any other answer."""
        if answer.location is None:
            return None
        try:
            target = urlsplit(urljoin(self.origin + answer.path, answer.location))
        except ValueError:
            return None
        if f"{target.scheme}://{target.netloc}" != self.origin:
            return None
        return target.path + (f"?{target.query}" if target.query else "")

    def _request(self, method: str, path: str, **content: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if not content.get("params"):
            content.pop("params", None)
        try:
            request = self._client.build_request(method, path, headers=headers, **content)
            response = self._client.send(request, stream=True, follow_redirects=False)
            try:
                text = _bounded(response)
            finally:
                response.close()
        except (*_BROKEN, ValueError) as error:
            raise RequestFailed(f"{method} {path}: {type(error).__name__} {error}".strip()) from error
        location = response.headers.get("Location") if response.status_code in REDIRECTS else None
        where = request.url.raw_path.decode()
        return Answer(status=response.status_code, path=where, text=text, location=location)


def _bounded(response: httpx.Response) -> str:
    """The body as text; what is too long or too slow is refused, since the product is not trusted."""
    deadline = time.monotonic() + REQUEST_S
    parts: list[bytes] = []
    size = 0
    for chunk in response.iter_raw():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise RequestFailed(f"an answer of more than {MAX_BODY_BYTES} bytes")
        if time.monotonic() > deadline:
            raise RequestFailed(f"an answer that took more than {REQUEST_S:.0f} s")
        parts.append(chunk)
    return b"".join(parts).decode("utf-8", errors="replace")
