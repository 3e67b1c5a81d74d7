"""The wire formats: how each asks, answers, streams and complains."""

from __future__ import annotations

from tests.providers_lab.http import Request
from tests.providers_lab.wire import anthropic, gemini, ollama, openai_chat, openai_responses
from tests.providers_lab.wire.base import Wire

WIRES: dict[str, Wire] = {
    "openai": openai_chat.OpenAIChat(),
    "responses": openai_responses.OpenAIResponses(),
    "anthropic": anthropic.Anthropic(),
    "gemini": gemini.Gemini(),
    "ollama": ollama.Ollama(),
}


_ENDINGS = {
    "/chat/completions": "openai",
    "/responses": "responses",
    "/messages": "anthropic",
    ":generateContent": "gemini",
    ":streamGenerateContent": "gemini",
    "/api/chat": "ollama",
}


def wire_of(request: Request) -> Wire | None:
    """By the path: any base before it is fine."""
    path = request.path.partition("?")[0]
    return next((WIRES[name] for ending, name in _ENDINGS.items() if path.endswith(ending)), None)


def complaining_wire(request: Request) -> Wire:
    """Whose form of errors a request that no wire format answers would see."""
    if found := wire_of(request):
        return found
    if "anthropic-version" in request.headers:
        return WIRES["anthropic"]
    return WIRES["gemini" if "x-goog-api-key" in request.headers or "v1beta" in request.path else "openai"]
