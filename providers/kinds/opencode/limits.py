"""How long a conversation with what stands behind a word of the gateway may become."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from providers.gateway.naming import meaning
from providers.kinds.agents import is_agent_kind
from providers.live.view import WorkspaceView
from providers.targets import Target

# Where nobody knows. Of an answer: what is reserved for it counts against the budget while it is made.
CONTEXT_TOKENS, OUTPUT_TOKENS = 128_000, 16_000


@dataclass(frozen=True, kw_only=True)
class TokenLimits:
    context: int = CONTEXT_TOKENS
    output: int = OUTPUT_TOKENS


def limits_of(word: str, view: WorkspaceView) -> TokenLimits:
    """Those of the first that is asked and is known; the gateway passes over who is too small for a request."""
    for target in _asked(word, view):
        if target.context_window:
            context = target.context_window
            output = min(target.max_output_tokens or OUTPUT_TOKENS, OUTPUT_TOKENS, context // 4)
            return TokenLimits(context=context, output=output)
    return TokenLimits()


def _asked(word: str, view: WorkspaceView) -> Iterable[Target]:
    kind, prefer = meaning(word, view)
    chain = view.chains.get(kind)
    for name in prefer or (chain.providers if chain is not None else ()):
        target = view.targets.get(name)
        if target is not None and not target.emergency and not is_agent_kind(target.kind):
            yield target
