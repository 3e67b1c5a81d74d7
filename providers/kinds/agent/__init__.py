"""Our own agent: any model of the workspace's chains, asked by plain chat with a few tools."""

from providers.kinds.agent.adapter import AgentKind

__all__ = ["AgentKind"]
