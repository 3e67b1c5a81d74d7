"""Claude Agent SDK as an agent program. What it needs of the SDK is imported when a job is done."""

from providers.kinds.claude_agent.adapter import ClaudeAgentKind

__all__ = ["ClaudeAgentKind"]
