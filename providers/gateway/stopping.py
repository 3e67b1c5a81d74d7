"""What becomes of the answers that a server cuts off because it is stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)


class Stoppable:
    """Around an application: one that is cut off is one line in the log, not a trace for each; and where nothing was
    answered yet, what `told` gives for the path is."""

    def __init__(self, app: ASGIApp, *, told: Callable[[str], Response]) -> None:
        self._app = app
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except asyncio.CancelledError:
            path = scope.get("path", "")
            log.warning("gateway.cut_off", extra={"path": path})
            if scope["type"] == "http" and not begun:
                await self._told(path)(scope, receive, send)
