"""How OpenCode is started: everything by the environment, so that no file of the project says anything to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from autodev.contracts.program import APP, HOME
from autodev.programs.opencode import QUIET
from providers.kinds.opencode.limits import TokenLimits
from providers.kinds.programs.mcp import Server

# Where the program is inside.
INSIDE = "/opt/opencode"
PROGRAM_INSIDE = f"{INSIDE}/bin/opencode"
PORT = 4096
PROVIDER = "autodev"
# Longer than the gateway takes for a whole answer, so that whatever ends a request is the gateway's own word.
HEADER_TIMEOUT_MS = 660_000
# One that takes longer to start is done without.
MCP_START_MS = 10_000
# What a shell command may take before OpenCode ends it.
COMMAND_TIMEOUT_MS = 300_000

# Denied is what nobody would answer, what there is no network for, and work in other sessions, whose events are not
# those of the job; of the files, its own home, which holds its configuration and its conversations. All else is the
# sandbox's to refuse: a command is judged here by its text alone. `ask` stands nowhere: a question that nobody answers
# blocks for ever.
PERMISSION: Mapping[str, Any] = {
    "*": "allow",
    "external_directory": {"*": "allow", f"{HOME}*": "deny"},
    **dict.fromkeys(("question", "task", "webfetch", "websearch", "codesearch"), "deny"),
    "doom_loop": "deny",
}

QUIET_ENV: Mapping[str, str] = {
    **dict.fromkeys(QUIET, "1"),
    "OPENCODE_DISABLE_EXTERNAL_SKILLS": "1",
    "OPENCODE_EXPERIMENTAL_DISABLE_FILEWATCHER": "1",
}


def command() -> list[str]:
    return [PROGRAM_INSIDE, "serve", "--hostname", "127.0.0.1", "--port", str(PORT)]


def content(*, url: str, token: str, model: str, limits: TokenLimits, mcp: Mapping[str, Any]) -> dict[str, Any]:
    """OpenCode's configuration: one provider, the gateway at `url`, asked for `model` with the job's token. `mcp` holds
    MCP servers in OpenCode's form."""
    known = {
        "name": model, "tool_call": True, "attachment": False, "reasoning": False, "temperature": True,
        "limit": {"context": limits.context, "output": limits.output}, "cost": {"input": 0, "output": 0},
    }  # fmt: skip
    options = {
        "baseURL": f"{url}/v1", "apiKey": token, "headerTimeout": HEADER_TIMEOUT_MS,
        "chunkTimeout": HEADER_TIMEOUT_MS,
    }  # fmt: skip
    return {
        "autoupdate": False,
        "share": "disabled",
        "snapshot": False,
        "lsp": False,
        "formatter": False,
        "enabled_providers": [PROVIDER],
        "model": f"{PROVIDER}/{model}",
        "small_model": f"{PROVIDER}/{model}",
        "provider": {
            PROVIDER: {
                "npm": "@ai-sdk/openai-compatible", "name": "AutoDev", "options": options, "models": {model: known},
            }
        },
        "permission": dict(PERMISSION),
        # The instructions that the project gives to whoever works on it are words; its other files for agents are not
        # read.
        "instructions": [f"{APP}/AGENTS.md"],
        "mcp": dict(mcp),
    }  # fmt: skip


def environment(configuration: Mapping[str, Any], *, password: str) -> dict[str, str]:
    """The variables that a server is started with."""
    return {
        **QUIET_ENV,
        "OPENCODE_EXPERIMENTAL_BASH_DEFAULT_TIMEOUT_MS": str(COMMAND_TIMEOUT_MS),
        "OPENCODE_SERVER_PASSWORD": password,
        "OPENCODE_CONFIG_CONTENT": json.dumps(configuration),
    }


def mcp_servers(servers: Mapping[str, Server]) -> dict[str, Any]:
    """In OpenCode's form."""
    return {
        name: {
            "type": "local",
            "command": [one.command, *one.args],
            "environment": dict(one.env),
            "enabled": True,
            "timeout": MCP_START_MS,
        }
        for name, one in servers.items()
    }
