"""Files that say how agents and machines behave: they are changed only where the task itself speaks of them, so that a
text which an agent reads cannot make it plant orders or programs for those who come later."""

from __future__ import annotations

from pathlib import PurePosixPath

FOLDERS = frozenset({
    ".claude", ".opencode", ".cursor", ".github", ".gitlab", ".circleci", ".vscode", ".idea", ".husky", ".devcontainer",
    ".git",
})  # fmt: skip
NAMES = frozenset({
    "AGENTS.md", "CLAUDE.md", "GEMINI.md", ".cursorrules", ".mcp.json", "opencode.json", "opencode.jsonc",
    ".gitattributes", ".gitmodules", ".gitlab-ci.yml", ".pre-commit-config.yaml", ".envrc", ".npmrc", ".netrc",
    "sitecustomize.py", "usercustomize.py",
})  # fmt: skip


def guarded(path: str, task: str) -> str:
    """Why the file is not changed in this task; empty where it may be."""
    pure = PurePosixPath(path)
    what = next((part for part in pure.parts[:-1] if part in FOLDERS), "") or (pure.name if pure.name in NAMES else "")
    if not what or what in task or path in task:
        return ""
    return f"{path} steers agents or machines, and the task does not speak of it; it stays as it is"
