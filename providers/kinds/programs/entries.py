"""What a program did, as steps of the journal, with a snapshot of the files after what may have changed them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from autodev.contracts.job import Job
from autodev.contracts.transcript import Entry, EntryKind, StepKind
from autodev.lib import clock
from autodev.lib.errors import DomainError
from providers.kinds.agents import journal_prefix
from providers.kinds.base import ProviderFailure
from providers.kinds.programs import checkpoints

BATCH = 20
EVERY_S = 2.0
TEXT_LIMIT = 20_000
LINE = 200
NAME = 200
# Of the arguments of one call, as JSON.
ARGUMENTS_LIMIT = 60_000
# Of one run: what a program tells beyond is left out, and the work goes on.
RUN_LIMIT = 32 * 2**20
FULL = "It told more than is kept; the rest of the run is left out here."
# What is shown of a call, the first that it has.
_SHOWN = ("file_path", "filePath", "path", "command", "pattern", "description")


class Transcript:
    """Written in batches, at most one each EVERY_S seconds or BATCH entries, and at the end (`close`). A snapshot is
    taken before the batch that tells of it; while a tool runs on, one each `checkpoints.every_s()`. Goes on behind what
    an earlier process wrote."""

    def __init__(self, job: Job, worker: str, *, now: Callable[[], float] = clock.monotonic) -> None:
        self._job = job
        self._prefix = f"{journal_prefix(job, worker)}entries:"
        self._now = now
        self._waiting: list[Entry] = []
        self._changed = False
        self._refused = ""
        self._room = RUN_LIMIT
        self._checkpoint_s = checkpoints.every_s()
        self._written = self._snapped = now()
        self._number: int | None = None

    async def add(self, *entries: Entry, changed: bool = False) -> None:
        """`changed`: a tool ended that may have changed files. Files that cannot be stored as they are now stand in the
        transcript as a note, once; they may be mended. Raises Fenced."""
        for entry in map(_bounded, entries):
            if self._room <= 0:
                break
            self._tell(entry)
            self._waiting.append(entry)
            self._room -= len(json.dumps(entry.as_json()))
            if self._room <= 0:
                self._waiting.append(Entry(kind=EntryKind.NOTE, text=FULL, ok=False, at=entry.at))
        self._changed = self._changed or changed
        since_s = self._now() - self._snapped
        if (self._changed and since_s >= EVERY_S) or since_s >= self._checkpoint_s:
            await self._try_snapshot()
        if len(self._waiting) >= BATCH or (self._waiting and self._now() - self._written >= EVERY_S):
            await self._write()

    async def tick(self) -> None:
        """What waits is written where its time has come."""
        await self.add()

    async def close(self) -> str:
        """Writes what is left and gives the commit of the files as they are. Raises ProviderFailure where they cannot
        be stored, Fenced."""
        await self._write()
        try:
            return await self._snapshot()
        except DomainError as error:
            raise ProviderFailure("code_error", f"{error.message} {error.hint}".strip()) from error

    def _tell(self, entry: Entry) -> None:
        line = _first(entry.text)
        if entry.kind is EntryKind.TOOL:
            what = next((str(entry.arguments[k]) for k in _SHOWN if entry.arguments.get(k)), "")
            line = f"{entry.tool} {' '.join(what.split())}"
        if line and entry.kind in (EntryKind.SAID, EntryKind.TOOL, EntryKind.RETRY, EntryKind.NOTE):
            self._job.ports.emit(line[:LINE])

    async def _try_snapshot(self) -> None:
        try:
            await self._snapshot()
        except DomainError as error:
            if error.message != self._refused:
                self._refused = error.message
                self._waiting.append(
                    Entry(kind=EntryKind.NOTE, text=error.message, ok=False, at=clock.utcnow().timestamp())
                )

    async def _snapshot(self) -> str:
        self._changed = False
        self._snapped = self._now()
        return await self._job.ports.workspace.snapshot(f"Work on {self._job.key or self._job.kind}")

    async def _write(self) -> None:
        if not self._waiting:
            return
        journal = self._job.ports.journal
        if self._number is None:
            self._number = len(await journal.answers(self._prefix))
        batch, self._waiting, self._written = self._waiting, [], self._now()
        self._number += 1
        data = [entry.as_json() for entry in batch]
        await journal.record(f"{self._prefix}{self._number}", data, title=_title(batch), kind=StepKind.ENTRIES)


def _bounded(entry: Entry) -> Entry:
    """The entry as it is kept: what a program says has any length."""
    arguments = entry.arguments
    if len(told := json.dumps(arguments)) > ARGUMENTS_LIMIT:
        shown = {key: str(arguments[key])[:TEXT_LIMIT] for key in _SHOWN if arguments.get(key)}
        arguments = {**shown, "cut": told[:TEXT_LIMIT]}
    return replace(
        entry, text=entry.text[:TEXT_LIMIT], tool=entry.tool[:NAME], call=entry.call[:NAME], arguments=arguments
    )


def _title(batch: list[Entry]) -> str:
    tools = dict.fromkeys(entry.tool for entry in batch if entry.kind is EntryKind.TOOL)
    said = [_first(entry.text) for entry in batch if entry.kind is EntryKind.SAID]
    return (", ".join(tools) or " ".join(said) or "Work")[:LINE]


def _first(text: str) -> str:
    """The first line."""
    return next(iter(text.strip().splitlines()), "")
