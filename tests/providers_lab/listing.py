"""What an upstream says beside answers: its models, as OpenAI, Gemini, Ollama and LM Studio list them; token counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.providers_lab.http import Request
from tests.providers_lab.upstream import Upstream


def listing(upstream: Upstream, request: Request) -> tuple[int, dict[str, Any]]:
    """The status and the body."""
    path = request.path.partition("?")[0].rstrip("/")
    names = upstream.models
    answers: dict[str, Callable[[], dict[str, Any]]] = {
        "/api/tags": lambda: {"models": [{"name": name, "model": name, "size": 4_000_000_000} for name in names]},
        "/api/version": lambda: {"version": "0.12.0-lab"},
        "/v1beta/models": lambda: {"models": [{"name": f"models/{name}"} for name in names]},
        "/api/v0/models": lambda: _openai(names, "max_context_length"),
        "/models": lambda: _openai(names, "max_model_len"),
        "/count_tokens": lambda: {"input_tokens": max(1, len(request.body) // 4)},
    }
    for ending, answer in answers.items():
        if path.endswith(ending):
            return 200, answer()
    return 404, {"error": {"message": f"the lab has nothing at {path}", "type": "invalid_request_error", "code": None}}


def _openai(names: Sequence[str], window: str) -> dict[str, Any]:
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "owned_by": "lab", window: 32768} for name in names],
    }
