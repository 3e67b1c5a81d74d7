"""OpenCode as an agent program: its server in the sandbox, driven over HTTP."""

from providers.kinds.opencode.adapter import OpenCodeKind

__all__ = ["OpenCodeKind"]
