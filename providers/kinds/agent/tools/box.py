"""The toolbox: carries out the calls of a model on the files of one task."""

from __future__ import annotations

import asyncio
import hashlib
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autodev.contracts.ports import Cancelled, Fenced, Ports
from autodev.lib.errors import DomainError
from providers.kinds.agent.tools.arguments import (
    BadArguments,
    argv_of,
    edits_of,
    flag_of,
    number_of,
    read_arguments,
    text_of,
    texts_of,
)
from providers.kinds.agent.tools.editing import edited
from providers.kinds.agent.tools.guarded import guarded
from providers.kinds.agent.tools.searching import Query, search
from providers.kinds.agent.tools.specs import usage
from providers.kinds.agent.tools.told import cut_told, output_told, part_told, report_told
from providers.stuck import Checks, checks_of, failure_signature, step_hash

COMMAND_TIMEOUT_S = 180.0
LISTED = 1500
DELETED = "-"


@dataclass(frozen=True, kw_only=True)
class Done:
    """What a call gave: `answer` for the model, `ok` whether it was carried out, `failed` the signature of a command
    that failed, `checks` what the checks said of `commit`. `understood`: it was a call of a tool that there is, with
    arguments that can be read."""

    answer: str
    ok: bool = True
    failed: str = ""
    checks: Checks | None = None
    commit: str = ""
    understood: bool = True


class Toolbox:
    """One turn's calls. A call that cannot be carried out answers with what is wrong with it; what takes the work away
    from under it (Fenced, Cancelled) is raised. `touched`: path → hash of its content now, of what was changed."""

    def __init__(self, ports: Ports, *, task: str = "", key: str = "ask") -> None:
        self._ports = ports
        self._task = task
        self._key = key
        self.touched: dict[str, str] = {}

    async def use(self, name: str, arguments: str, *, cut: bool = False, at: int = 0) -> Done:
        """`at` is the call's place in its turn; `cut`: its answer was broken off by the output limit."""
        try:
            values = read_arguments(name, arguments, cut=cut)
            return await self._call(name, values, at)
        except (Fenced, Cancelled):
            raise
        except BadArguments as error:
            return Done(answer=f"error: {error}", ok=False, understood=False)
        except (ValueError, TypeError, OSError, DomainError) as error:
            return Done(answer=f"error: {error}", ok=False)

    async def _call(self, name: str, values: Mapping[str, Any], at: int) -> Done:
        if name == "run_command":
            return await self._run(argv_of(values))
        if name == "run_checks":
            return await self.check()
        if name == "ask_person":
            return await self._ask(values, at)
        on_files = {
            "list_files": self._list, "read_file": self._read, "search": self._search, "write_file": self._write,
            "edit_file": self._edit, "delete_file": self._delete,
        }  # fmt: skip
        if name not in on_files:
            return Done(answer=f"error: there is no tool {name!r}; {usage(name)}", ok=False, understood=False)
        return Done(answer=await asyncio.to_thread(on_files[name], values))

    async def check(self) -> Done:
        """The ladder on the files as they are."""
        report = await self._ports.check()
        checks = checks_of(report)
        return Done(answer=report_told(report), ok=checks.ok, checks=checks)

    async def _run(self, argv: list[str]) -> Done:
        done = await self._ports.workspace.run(argv, timeout_s=COMMAND_TIMEOUT_S)
        ended = f"exit code {done.exit_code}" if done.exit_code is not None else done.reason or str(done.status)
        said = done.stdout + done.stderr
        ok = done.status == "ok"
        failed = "" if ok else step_hash([(shlex.join(argv), "", failure_signature([ended, *said.splitlines()[-20:]]))])
        return Done(answer=f"{ended}\n{output_told(said)}", ok=ok, failed=failed)

    async def _ask(self, values: Mapping[str, Any], at: int) -> Done:
        question, assumption = text_of(values, "question")[:1000], text_of(values, "assumption")[:500]
        answer = await self._ports.steer.ask(
            f"{self._key}:{at}", question, assumption=assumption, choices=texts_of(values, "choices")[:10]
        )
        told = "Nobody answered in time; go on with your assumption" if answer == assumption else "The answer"
        return Done(answer=f"{told}: {answer}")

    def _list(self, values: Mapping[str, Any]) -> str:
        folder = str(values.get("folder") or "").strip("/").removeprefix("./")
        paths = [p for p in self._ports.workspace.paths() if folder in {"", "."} or p.startswith(f"{folder}/")]
        more = f"\n… and {len(paths) - LISTED} more; give a folder" if len(paths) > LISTED else ""
        return cut_told("\n".join(paths[:LISTED])) + more or "(no files)"

    def _read(self, values: Mapping[str, Any]) -> str:
        content = self._ports.workspace.read(text_of(values, "path"))
        if b"\0" in content[:4096]:
            return f"(no text; {len(content)} bytes)"
        return part_told(
            content.decode(errors="replace"), number_of(values, "first_line"), number_of(values, "last_line")
        )

    def _search(self, values: Mapping[str, Any]) -> str:
        query = Query(
            pattern=text_of(values, "pattern"), is_regex=flag_of(values, "regex"),
            ignore_case=flag_of(values, "ignore_case"), folder=str(values.get("folder") or ""),
        )  # fmt: skip
        return search(query, self._ports.workspace.paths(), self._ports.workspace.read)

    def _write(self, values: Mapping[str, Any]) -> str:
        path, content = text_of(values, "path"), text_of(values, "content").encode(errors="replace")
        if flag_of(values, "append"):
            content = self._content(path) + content
        return self._put(path, content, f"wrote {len(content)} bytes")

    def _edit(self, values: Mapping[str, Any]) -> str:
        path, edits = text_of(values, "path"), edits_of(values)
        raw = self._ports.workspace.read(path)
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise ValueError(f"{path} is no text; replace it by write_file") from None
        done = edited(text, edits)
        return self._put(path, done.text.encode(), f"edited {path}: {'; '.join(done.notes)}")

    def _delete(self, values: Mapping[str, Any]) -> str:
        path = text_of(values, "path")
        self._free(path)
        self._ports.workspace.read(path)
        self._ports.workspace.delete(path)
        self.touched[path] = DELETED
        return "deleted"

    def _put(self, path: str, content: bytes, said: str) -> str:
        self._free(path)
        if self._content(path, None) == content:
            return f"{path} holds exactly that already; nothing changed"
        self._ports.workspace.write(path, content)
        self.touched[path] = hashlib.sha256(content).hexdigest()[:24]
        return said

    def _content(self, path: str, missing: Any = b"") -> Any:
        """What is there now; `missing` where nothing is that could be read."""
        try:
            return self._ports.workspace.read(path)
        except (OSError, DomainError) as error:
            if isinstance(error, ValueError):  # a path that leaves the project
                raise
            return missing

    def _free(self, path: str) -> None:
        why = guarded(path, self._task)
        if why:
            raise ValueError(why)
