"""A loopback server that speaks the providers' wire formats and breaks on command.

OpenAI chat completions and responses, Anthropic messages and Gemini, with and without streaming, with tools. Used by
tests and benchmarks; `python -m tests.providers_lab` runs it for anybody (docs/models.md).
"""

from __future__ import annotations

from tests.providers_lab.answers import Answer, ToolUse
from tests.providers_lab.faults import Fault
from tests.providers_lab.server import Lab
from tests.providers_lab.upstream import Seen, Upstream

__all__ = ["Answer", "Fault", "Lab", "Seen", "ToolUse", "Upstream"]
