"""The models.yaml that puts a gateway in front of the wall: one provider and one chain for each name of a model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.gateway.failover.scenarios import MODELS, NO_PREFILL, OK, SCENARIOS

# Of a sequence of eleven seconds, in which the primary is down for six, a default of ten would miss the end.
FAST: dict[str, Any] = {"health": {"first_open_s": 2.0, "max_open_s": 4.0}}


def recipe(address: str, *, settings: Mapping[str, Any] | None = None) -> str:
    """`address` is the wall's, with `/v1`. `settings` are for short profiles; without them the defaults hold."""
    lines = ["version: 1", "providers:"]
    for name in MODELS:
        part = f"kind: litellm, model: openai/{name}, api_base: {json.dumps(address)}, needs_key: false"
        lines.append(f"  {name}: {{{part}, capabilities: [streaming, tools]}}")
    lines.append("chains:")
    chains = {OK: [OK], NO_PREFILL: [NO_PREFILL]} | {one.model: [one.model, one.fallback] for one in SCENARIOS}
    lines += [f"  {name}: {{providers: [{', '.join(chain)}]}}" for name, chain in {"default": [OK], **chains}.items()]
    if settings:
        lines.append(f"settings: {json.dumps(settings)}")
    return "\n".join(lines) + "\n"
