"""Models through litellm: one attempt a call, and the raw answer looked at where litellm hides what matters.

Nothing here imports litellm before the first call: that costs five seconds and 150 MB, which only a worker pays.
"""

from __future__ import annotations

from providers.kinds.litellm.kind import LiteLLMKind

__all__ = ["LiteLLMKind"]
