"""The kind of a provider: one that is there, or one whose plug-in may yet come."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from providers.config.problems import Place
from providers.config.provider import ProviderPart
from providers.kinds.agents import agent_kinds
from providers.kinds.models import model_kinds

LITELLM = "litellm"
BUILT_IN = frozenset({LITELLM, "blueprint", "claude_agent", "opencode"})
ALIKE = 0.75  # "litelm" and "open-code" are slips; another plug-in's name is none


def kind_refusals(part: ProviderPart) -> Iterator[tuple[Place, str]]:
    """A slip of the pen, and a model that is not named. A kind that nobody knows is no mistake: it is passed over until
    its plug-in is installed."""
    if part.kind == LITELLM and not part.model:
        yield ("model",), "is missing: write litellm's name of a model, such as 'anthropic/claude-sonnet-5-5'"
    if part.kind in BUILT_IN:
        return
    known = sorted({*BUILT_IN, *model_kinds(), *agent_kinds()})
    if part.kind not in known and (near := difflib.get_close_matches(part.kind, known, n=1, cutoff=ALIKE)):
        yield ("kind",), f"there is no kind {part.kind!r}; did you mean {near[0]!r}?"
