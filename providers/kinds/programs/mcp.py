"""The MCP servers that a provider's parameters name; they run inside the sandbox, beside the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from providers.kinds.base import ProviderFailure
from providers.targets import Target


@dataclass(frozen=True, kw_only=True)
class Server:
    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str]


def servers_of(target: Target) -> dict[str, Server]:
    """`params.mcp_servers`: name → command, args, env. Raises ProviderFailure for what is none."""
    given = target.params.get("mcp_servers") or {}
    if not isinstance(given, Mapping):
        raise ProviderFailure("bad_request", "mcp_servers is a mapping of names to command, args and env.")
    found = {}
    for name, one in given.items():
        if not isinstance(one, Mapping) or not isinstance(one.get("command"), str):
            raise ProviderFailure("bad_request", f"mcp_servers.{name} has no command; only programs can be servers.")
        found[str(name)] = Server(
            command=one["command"],
            args=tuple(str(word) for word in one.get("args") or ()),
            env={str(key): str(value) for key, value in (one.get("env") or {}).items()},
        )
    return found
