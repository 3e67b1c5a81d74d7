"""The MCP servers that a provider's parameters name; they run inside the sandbox, beside the program."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.kinds.base import ProviderFailure
from providers.targets import Target

# Both programs make the names of tools from it.
NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
MOST = 50


@dataclass(frozen=True, kw_only=True)
class Server:
    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str]


def servers_of(target: Target) -> dict[str, Server]:
    """`params.mcp_servers`: name → command, args, env. What models.yaml says was looked at when it was read; a row may
    be older than its rules, or a plug-in's. Raises ProviderFailure for what is none."""
    given = target.params.get("mcp_servers") or {}
    if not isinstance(given, Mapping) or len(given) > MOST:
        raise _refused("is a mapping of at most 50 names to command, args and env")
    return {str(name): _server(str(name), one) for name, one in given.items()}


def _server(name: str, one: Any) -> Server:
    if not NAME.fullmatch(name):
        raise _refused(f"{name[:60]!r} is no name: letters, digits, - and _", name="")
    if not isinstance(one, Mapping) or not isinstance(one.get("command"), str) or not one["command"].strip():
        raise _refused("has no command; only programs can be servers", name=name)
    args, env = one.get("args") or (), one.get("env") or {}
    if isinstance(args, str) or not isinstance(args, Sequence) or not all(map(_is_word, args)):
        raise _refused("has args that are no list of words", name=name)
    if not isinstance(env, Mapping) or not all(map(_is_word, (*env, *env.values()))) or not all(env):
        raise _refused("has an env that is no mapping of names to words", name=name)
    if any("\0" in str(word) for word in (one["command"], *args, *env, *env.values())):
        raise _refused("holds a NUL", name=name)
    return Server(
        command=one["command"],
        args=tuple(map(str, args)),
        env={str(key): str(value) for key, value in env.items()},
    )


def _is_word(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _refused(why: str, *, name: str = "") -> ProviderFailure:
    return ProviderFailure("bad_request", f"mcp_servers{f'.{name}' if name else ''} {why}.")
