"""How the program is started: options of the SDK, its command line and its environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from claude_agent_sdk import ClaudeAgentOptions, __version__
from claude_agent_sdk._internal.transport.subprocess_cli import SubprocessCLITransport

from autodev.contracts.program import APP, HOME
from providers.kinds.programs.mcp import Server

# The whole set: more of them make the first request three times as large, and send the model to tools that reach out.
TOOLS = ("Write", "Edit", "Read", "Glob", "Grep", "Bash")
# The gateway tries others itself; a program that does so too multiplies the time until the routing hears of it.
MAX_RETRIES = 2
# Longer than the gateway takes for a whole answer, so that whatever ends a request is the gateway's own word.
API_TIMEOUT_MS = 660_000
# Without bytes in an answer that has begun. The program's floor is ten seconds.
STREAM_IDLE_MS = 120_000
COMMAND_TIMEOUT_MS = 300_000
QUIET = (
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    "DISABLE_TELEMETRY",
    "DISABLE_ERROR_REPORTING",
    "DISABLE_AUTOUPDATER",
    "DISABLE_BUG_COMMAND",
    "CLAUDE_CODE_DISABLE_FEEDBACK_SURVEY",
)


def options_of(
    *, word: str, session: str, again: bool, turns: int, program: str, mcp: Mapping[str, Any]
) -> ClaudeAgentOptions:
    """`word` is what the gateway is asked for; `session` a UUID, of a conversation that is there where `again`.
    `program` is the path inside. No file of the project is a configuration: no settings, hooks, commands or MCP servers
    of its own (`setting_sources`, `strict_mcp_config`), and no words of a brief are taken for one (`verbatim_prompts`).
    It may do what it likes, inside a sandbox in which it can do nothing else."""
    return ClaudeAgentOptions(
        cwd=APP,
        cli_path=program,
        model=word,
        tools=list(TOOLS),
        permission_mode="bypassPermissions",
        system_prompt={"type": "preset", "preset": "claude_code"},
        setting_sources=[],
        strict_mcp_config=True,
        verbatim_prompts=True,
        include_partial_messages=True,
        max_turns=turns,
        mcp_servers=dict(mcp),
        session_id=None if again else session,
        resume=session if again else None,
    )


def command_of(options: ClaudeAgentOptions) -> list[str]:
    """The program's arguments for these options, as the SDK itself would start it."""
    return SubprocessCLITransport(prompt="", options=options)._build_command()  # noqa: SLF001 - nothing public gives it


def environment(*, url: str, token: str, word: str, output_tokens: int | None = None) -> dict[str, str]:
    """All that it is told by variables. `token` is the job's, for the gateway at `url`."""
    return {
        **dict.fromkeys(QUIET, "1"),
        "CLAUDE_CODE_ENTRYPOINT": "sdk-py",
        "CLAUDE_AGENT_SDK_VERSION": __version__,
        "CLAUDE_CONFIG_DIR": f"{HOME}/.claude",
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": token,
        # All tools stand in the first request, those of MCP servers too.
        "ENABLE_TOOL_SEARCH": "false",
        # Titles and summaries go to the same place.
        "ANTHROPIC_SMALL_FAST_MODEL": word,
        "ANTHROPIC_DEFAULT_HAIKU_MODEL": word,
        "CLAUDE_CODE_MAX_RETRIES": str(MAX_RETRIES),
        "API_TIMEOUT_MS": str(API_TIMEOUT_MS),
        "CLAUDE_ENABLE_BYTE_WATCHDOG": "1",
        "CLAUDE_BYTE_STREAM_IDLE_TIMEOUT_MS": str(STREAM_IDLE_MS),
        "BASH_DEFAULT_TIMEOUT_MS": str(COMMAND_TIMEOUT_MS),
        "BASH_MAX_TIMEOUT_MS": str(COMMAND_TIMEOUT_MS),
        **({"CLAUDE_CODE_MAX_OUTPUT_TOKENS": str(output_tokens)} if output_tokens else {}),
    }


def mcp_servers(servers: Mapping[str, Server]) -> dict[str, Any]:
    """In the program's form."""
    return {
        name: {"type": "stdio", "command": one.command, "args": list(one.args), "env": dict(one.env)}
        for name, one in servers.items()
    }
