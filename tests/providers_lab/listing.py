"""What an upstream says beside answers: its models, as OpenAI, Gemini, Ollama and LM Studio list them; token counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests.providers_lab.http import Request
from tests.providers_lab.upstream import Upstream

_SHOWN = {"capabilities": ["completion", "tools"], "model_info": {"lab.context_length": 131072}}


def listing(upstream: Upstream, request: Request) -> tuple[int, dict[str, Any]]:
    """The status and the body. `upstream.server` restricts it to what one kind of server has."""
    path = request.path.partition("?")[0].rstrip("/")
    names = upstream.models
    answers: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
        "/api/tags": ("ollama", lambda: {"models": [{"name": name, "size": 4_000_000_000} for name in names]}),
        "/api/show": ("ollama", lambda: _SHOWN),
        "/api/version": ("ollama", lambda: {"version": "0.12.0-lab"}),
        "/api/v0/models": ("lm_studio", lambda: _openai(names, "max_context_length", "lab")),
        "/v1beta/models": ("gemini", lambda: {"models": [{"name": f"models/{name}"} for name in names]}),
        "/models": ("", lambda: _openai(names, "max_model_len", upstream.server or "lab")),
        "/count_tokens": ("", lambda: {"input_tokens": max(1, len(request.body) // 4)}),
    }
    for ending, (server, answer) in answers.items():
        if path.endswith(ending):
            if server and upstream.server not in {"", server}:
                break
            return 200, answer()
    return 404, {"error": {"message": f"the lab has nothing at {path}", "type": "invalid_request_error", "code": None}}


def _openai(names: Sequence[str], window: str, owner: str) -> dict[str, Any]:
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "owned_by": owner, window: 32768} for name in names],
    }
