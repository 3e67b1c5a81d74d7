"""The ASGI application: one for TCP and for the socket of a job."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from django.db import DatabaseError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Lifespan

from providers.gateway.answering import Door, answer
from providers.gateway.callers import Caller, Callers
from providers.gateway.errors import named
from providers.gateway.naming import listing
from providers.gateway.stopping import Stoppable
from providers.gateway.wire import anthropic, anthropic_answer, openai
from providers.gateway.wire.base import BadBody, Parsed, body_of
from providers.money.tokens import estimate_tokens
from providers.routing.ports import RoutingPorts

BODY_LIMIT = 32 * 2**20
# Opening braces and a fifth of the commas, those in texts among them: a million tokens of JSON have half as many. What
# has more is read for seconds, in which the event loop hears nobody.
MOST_PARTS = 200_000
LARGE = "The body is larger than 32 MB."
NO_KEY = "No key of a workspace came with the request. Send `Authorization: Bearer ad_…` (Settings → API keys)."
SERVED = "There are POST /v1/chat/completions, POST /v1/messages, POST /v1/messages/count_tokens and GET /v1/models."
log = logging.getLogger(__name__)
Handler = Callable[[Request, Caller], Awaitable[Response]]


class TooLarge(Exception):
    """The body is beyond a limit; the message says which."""


def make_app(
    callers: Callers | None = None, *, ports: RoutingPorts | None = None, lifespan: Lifespan[Starlette] | None = None
) -> Starlette:
    """`ports`: those of the process where None. `lifespan`: what one with a process of its own does at its start and at
    its end (`providers.gateway.life`)."""
    keys = callers or Callers()

    def routing() -> RoutingPorts:
        if ports is not None:
            return ports
        from providers.routing.wiring import ports as of_this_process  # noqa: PLC0415 - at the first call

        return of_this_process()

    def guarded(handler: Handler, *, style: str) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                caller = await keys.find(key_of(request))
                if caller is None:
                    return _refused(401, NO_KEY, style, "authentication_error", "invalid_api_key")
                return await handler(request, caller)
            except BadBody as error:
                return _refused(400, str(error), style, "invalid_request_error", "bad_request", error.parameter)
            except TooLarge as error:
                return _refused(413, str(error), style, "request_too_large", "request_too_large")
            except DatabaseError:
                log.exception("gateway.database_away")
                return _refused(503, "The ledger cannot be reached. Try again.", style, "api_error", "unavailable")
            except Exception:
                log.exception("gateway.broken")
                return _refused(500, "The gateway broke. Its log says where.", style, "api_error", "internal")

        return endpoint

    async def chat(request: Request, caller: Caller) -> Response:
        parsed = openai.parse(await _body(request))
        return await answer(request, parsed, caller, routing(), Door.OPENAI)

    async def messages(request: Request, caller: Caller) -> Response:
        parsed = anthropic.parse(await _body(request))
        return await answer(request, parsed, caller, routing(), Door.ANTHROPIC)

    async def count(request: Request, _: Caller) -> Response:
        parsed: Parsed = anthropic.parse(await _body(request), counting=True)
        return JSONResponse({"input_tokens": estimate_tokens(parsed.request)})

    async def models(request: Request, caller: Caller) -> Response:
        live = routing().live
        view = live.view(caller.workspace_id) or await live.load(caller.workspace_id)
        found = listing(view)
        name = request.path_params.get("name")
        if name is None:
            ends = {"first_id": found[0]["id"], "last_id": found[-1]["id"]} if found else {}
            return JSONResponse({"object": "list", "data": found, "has_more": False, **ends})
        one = next((model for model in found if model["id"] == name), None)
        if one is None:
            return _refused(404, f"There is no model {name!r}.", "openai", "invalid_request_error", "model_not_found")
        return JSONResponse(one)

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[
            Route("/v1/chat/completions", guarded(chat, style="openai"), methods=["POST"]),
            Route("/v1/messages", guarded(messages, style="anthropic"), methods=["POST"]),
            Route("/v1/messages/count_tokens", guarded(count, style="anthropic"), methods=["POST"]),
            Route("/v1/models", guarded(models, style="openai")),
            Route("/v1/models/{name:path}", guarded(models, style="openai")),
            Route("/healthz", health),
        ],
        lifespan=lifespan,
        middleware=[Middleware(Stoppable, told=_stopped)],
        exception_handlers={404: _elsewhere, 405: _elsewhere},
    )


def _style(path: str) -> str:
    return "anthropic" if path.startswith("/v1/messages") else "openai"


def _stopped(path: str) -> Response:
    found = _refused(503, "The gateway is being stopped. Ask again.", _style(path), "api_error", "stopping")
    found.headers["Retry-After"] = "2"
    return found


async def _elsewhere(request: Request, error: Exception) -> Response:
    """An address that is not served, in the words of whichever client asks: a page of text would tell it nothing."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    style = _style(request.url.path)
    type_ = "not_found_error" if style == "anthropic" else "invalid_request_error"
    said = f"{request.method} {request.url.path} is not served here. {SERVED}"
    return _refused(status, said, style, type_, "unknown_url")


def key_of(request: Request) -> str:
    """The key, from either format's header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")


async def _body(request: Request) -> Any:
    """Raises BadBody, TooLarge."""
    if int(request.headers.get("content-length") or 0) > BODY_LIMIT:
        raise TooLarge(LARGE)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_LIMIT:
            raise TooLarge(LARGE)
        parts.append(part)
    raw = b"".join(parts)
    if raw.count(b"{") + raw.count(b",") // 5 > MOST_PARTS:
        raise TooLarge("The body has too many parts.")
    return body_of(raw)


def _refused(status: int, message: str, style: str, type_: str, code: str, parameter: str = "") -> Response:
    if style == "anthropic":
        body = anthropic_answer.error_body(message=message, type_=type_)
    else:
        body = openai.error_body(message=message, type_=type_, code=code, parameter=parameter)
    return JSONResponse(body, status_code=status, headers=named(str(uuid.uuid4())))
