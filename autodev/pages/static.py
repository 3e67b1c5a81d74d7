"""Static files by WhiteNoise, read piece by piece beside the event loop where the server is asynchronous."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import IO, Any

from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped] # it has no types

PIECE = 256 * 1024


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc] # as above
    """WhiteNoise gives a file as a synchronous iterator, which Django under ASGI reads whole into memory, with a
    warning."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> FileResponse:
        response: FileResponse = WhiteNoiseMiddleware.serve(static_file, request)
        file = response.file_to_stream
        if file is not None and isinstance(request, ASGIRequest):
            response.streaming_content = _pieces(file)
        return response


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, PIECE):
        yield piece
