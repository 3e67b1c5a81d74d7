"""The agent's tools: what they look like to a model, and what they do to the workspace."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from autodev.contracts.ports import Cancelled, Fenced, Ports

READ_LIMIT = 24_000
OUTPUT_LIMIT = 8_000
COMMAND_TIMEOUT_S = 180.0
FINDINGS_SHOWN = 30


@cache
def tools() -> tuple[Mapping[str, Any], ...]:
    """The tools in the form of OpenAI's chat completions."""
    return tuple(json.loads(files(__package__).joinpath("tools.json").read_text(encoding="utf-8")))


class Toolbox:
    """Carries out the calls of a model. A call that cannot be carried out answers with what is wrong with it; what
    takes the work away from under it (Fenced, Cancelled) is raised."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self.changed: set[str] = set()

    async def use(self, name: str, arguments: str) -> str:
        """The answer of the tool as text for the model; errors begin with `error:`."""
        try:
            values = json.loads(arguments or "{}")
        except ValueError as error:
            return f"error: the arguments are not JSON: {error}"
        if not isinstance(values, dict):
            return "error: the arguments must be an object"
        try:
            return await self._call(name, values)
        except (Fenced, Cancelled):
            raise
        except KeyError as error:
            return f"error: the argument {error} is missing"
        except (ValueError, TypeError, OSError) as error:
            return f"error: {error}"

    async def _call(self, name: str, values: Mapping[str, Any]) -> str:
        if name == "run_command":
            return await self._run([str(word) for word in values["argv"]])
        if name == "run_checks":
            return told(await self._ports.check())
        on_files = {
            "list_files": self._list,
            "read_file": self._read,
            "write_file": lambda v: self._write(v["path"], str(v["content"])),
            "edit_file": self._edit,
            "delete_file": self._delete,
        }
        if name not in on_files:
            return f"error: there is no tool {name!r}"
        return on_files[name](values)

    async def _run(self, argv: list[str]) -> str:
        done = await self._ports.workspace.run(argv, timeout_s=COMMAND_TIMEOUT_S)
        ended = f"exit code {done.exit_code}" if done.exit_code is not None else done.reason or str(done.status)
        return f"{ended}\n{(done.stdout + done.stderr)[-OUTPUT_LIMIT:]}"

    def _list(self, _: Mapping[str, Any]) -> str:
        return "\n".join(self._ports.workspace.paths())

    def _read(self, values: Mapping[str, Any]) -> str:
        return _part(self._text(values["path"]), values.get("first_line"), values.get("last_line"))

    def _delete(self, values: Mapping[str, Any]) -> str:
        self._text(values["path"])
        self._ports.workspace.delete(values["path"])
        self.changed.add(values["path"])
        return "deleted"

    def _edit(self, values: Mapping[str, Any]) -> str:
        path, old = values["path"], str(values["old"])
        text = self._text(path)
        count = text.count(old) if old else 0
        if count != 1:
            return f"error: `old` stands {count} times in {path}; it must stand there once"
        return self._write(path, text.replace(old, str(values["new"])))

    def _text(self, path: str) -> str:
        return self._ports.workspace.read(path).decode(errors="replace")

    def _write(self, path: str, content: str) -> str:
        self._ports.workspace.write(path, content.encode())
        self.changed.add(path)
        return f"wrote {len(content)} characters"


def told(report: Any) -> str:
    """A ladder's report in words for a model."""
    if report.ok:
        return "All checks are green."
    lines = [f"{rung.key}: {rung.status}{' — ' + rung.reason if rung.reason else ''}" for rung in report.rungs]
    findings = [f"{key} {f.place}: {f.message}" for key, f in report.findings if f.severity == "error"]
    if len(findings) > FINDINGS_SHOWN:
        findings = [*findings[:FINDINGS_SHOWN], f"and {len(findings) - FINDINGS_SHOWN} more"]
    excerpts = [f"--- {r.key}\n{r.excerpt[-2000:]}" for r in report.rungs if r.status == "failed" and r.excerpt]
    return "\n".join([*lines, *findings, *excerpts])[:READ_LIMIT]


def _part(text: str, first: int | None, last: int | None) -> str:
    if first is not None or last is not None:
        lines = text.splitlines()
        text = "\n".join(lines[(first or 1) - 1 : last])
    if len(text) > READ_LIMIT:
        return f"{text[:READ_LIMIT]}\n… ({len(text) - READ_LIMIT} more characters; read it by lines)"
    return text
