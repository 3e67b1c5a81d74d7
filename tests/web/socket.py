"""A WebSocket client on the ASGI application itself. channels.testing needs daphne, which nothing else here does."""

from __future__ import annotations

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator
from asgiref.typing import ASGI3Application


class Socket:
    def __init__(self, application: ASGI3Application, path: str, headers: list[tuple[bytes, bytes]]) -> None:
        scope: dict[str, Any] = {
            "type": "websocket", "path": path, "query_string": b"", "headers": headers, "subprotocols": [],
        }  # fmt: skip
        self._app: Any = ApplicationCommunicator(application, scope)  # type: ignore[no-untyped-call]  # asgiref leaves it untyped

    async def connect(self) -> bool:
        await self._app.send_input({"type": "websocket.connect"})
        answer = await self._app.receive_output(5)
        return bool(answer["type"] == "websocket.accept")

    async def send_text(self, text: str) -> None:
        await self._app.send_input({"type": "websocket.receive", "text": text})

    async def receive(self, timeout_s: float = 5) -> dict[str, Any]:
        message = await self._app.receive_output(timeout_s)
        assert message["type"] == "websocket.send", message
        told: dict[str, Any] = json.loads(message["text"])
        return told

    async def silent(self) -> bool:
        return bool(await self._app.receive_nothing(0.2, 0.02))

    async def ask(self, **message: Any) -> dict[str, Any]:
        await self.send_text(json.dumps(message))
        return await self.receive()

    async def disconnect(self) -> None:
        await self._app.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._app.wait(60)
