"""Watches one run: drains its output up to the cap, holds its limits, ends it, and says how it ended."""

from __future__ import annotations

import codecs
import json
import os
import selectors
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autodev.sandbox.cgroups import Usage
from autodev.sandbox.meters import Meter
from autodev.sandbox.types import KILLED_OUTSIDE, Limits, Status, Stream
from autodev.sandbox.workspace import measure

_TICK_S = 0.05
_SAMPLE_S = 0.1
_DRAIN_S = 2.0
_CHUNK = 65536
_SIGXCPU, _SIGKILL = 24, 9


class OutputBuffer:
    """Both streams, decoded as they come, up to one cap in bytes. Read by other threads while it grows."""

    def __init__(self, cap: int, on_output: Callable[[Stream, str], None] | None) -> None:
        self._left = cap
        self._on_output = on_output
        self._lock = threading.Lock()
        self._parts: dict[Stream, list[str]] = {"stdout": [], "stderr": []}
        utf8 = codecs.getincrementaldecoder("utf-8")
        self._decoders = {name: utf8("replace") for name in self._parts}
        self.truncated = False

    def add(self, stream: Stream, chunk: bytes, *, final: bool = False) -> None:
        if len(chunk) > self._left:
            self.truncated = True
        chunk = chunk[: self._left]
        self._left -= len(chunk)
        # PostgreSQL cannot store NUL, and a terminal shows nothing for it.
        text = self._decoders[stream].decode(chunk, final).replace("\0", "�")
        if text:
            with self._lock:
                self._parts[stream].append(text)
            if self._on_output:
                self._on_output(stream, text)

    def text(self) -> tuple[str, str]:
        with self._lock:
            return "".join(self._parts["stdout"]), "".join(self._parts["stderr"])


@dataclass(slots=True)
class Notices:
    """What the inside reports: bubblewrap's JSON (`--json-status-fd`) and the relay's letters."""

    exit_code: int | None = None
    ready: threading.Event = field(default_factory=threading.Event)
    relay_failed: bool = False
    _json: bytes = b""

    def status(self, chunk: bytes) -> None:
        *lines, self._json = (self._json + chunk).split(b"\n")
        for line in lines:
            document = json.loads(line) if line.strip() else {}
            if "exit-code" in document:
                self.exit_code = int(document["exit-code"])

    def relay(self, chunk: bytes) -> None:
        if b"R" in chunk:
            self.ready.set()
        if b"X" in chunk:
            self.relay_failed = True


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended."""

    status: Status
    reason: str
    exit_code: int | None
    signal: int | None
    wall_ms: int
    usage: Usage


@dataclass(frozen=True, slots=True)
class Watched:
    """A writable directory of the host and how large it may get."""

    name: str
    path: Path
    size_bytes: int
    inodes: int


@dataclass(slots=True, kw_only=True)
class Supervision:
    """`watched`: directories whose size nothing but this holds; `ends`: events that ask for the end."""

    process: subprocess.Popen[bytes]
    status_fd: int
    relay_fd: int
    limits: Limits
    meter: Meter
    output: OutputBuffer
    ends: Sequence[threading.Event]
    watched: Sequence[Watched]
    notices: Notices = field(default_factory=Notices)
    _verdict: tuple[Status, str] | None = None
    _next_sample: float = 0.0
    _next_measure: float = 0.0

    def run(self) -> Ending:
        """Blocks until everything inside is gone. What `on_output` raises comes through after the kill."""
        begun = time.monotonic()
        try:
            self._pump(begun)
        finally:
            self.meter.kill()
            self.process.wait()
        wall_ms = int((time.monotonic() - begun) * 1000)
        return self._ending(wall_ms, self.meter.sample())

    def _pump(self, begun: float) -> None:
        pidfd = os.pidfd_open(self.process.pid)
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(pidfd, selectors.EVENT_READ, "exit")
                for fd, name in self._sources().items():
                    os.set_blocking(fd, False)
                    selector.register(fd, selectors.EVENT_READ, name)
                exited = False
                while not exited:
                    exited = self._turn(selector, _TICK_S)
                    if not exited and self._verdict is None:
                        self._verdict = self._check(time.monotonic() - begun)
                        if self._verdict:
                            self.meter.kill()
                # The namespace is gone with its first process, so the pipes end.
                deadline = time.monotonic() + _DRAIN_S
                while len(selector.get_map()) > 1 and time.monotonic() < deadline:
                    self._turn(selector, _TICK_S)
        finally:
            os.close(pidfd)
        for stream in ("stdout", "stderr"):
            self.output.add(stream, b"", final=True)

    def _sources(self) -> dict[int, str]:
        assert self.process.stdout is not None  # noqa: S101 - it is PIPE, as stderr is
        assert self.process.stderr is not None  # noqa: S101
        sources = {self.process.stdout.fileno(): "stdout", self.process.stderr.fileno(): "stderr"}
        return {**sources, self.status_fd: "status", self.relay_fd: "relay"}

    def _turn(self, selector: selectors.BaseSelector, timeout_s: float) -> bool:
        """One round of reading; True when the process has exited."""
        exited = False
        for key, _ in selector.select(timeout_s):
            if key.data == "exit":
                exited = True
                continue
            try:
                chunk = os.read(key.fd, _CHUNK)
            except BlockingIOError:
                continue
            if not chunk:
                selector.unregister(key.fd)
            elif key.data == "status":
                self.notices.status(chunk)
            elif key.data == "relay":
                self.notices.relay(chunk)
            else:
                self.output.add(key.data, chunk)
        return exited

    def _check(self, elapsed_s: float) -> tuple[Status, str] | None:
        if any(event.is_set() for event in self.ends):
            return "killed", "cancelled"
        if found := self._check_output():
            return found
        if elapsed_s >= self.limits.wall_s:
            return "timeout", f"still running after {self.limits.wall_s:g} s"
        if elapsed_s >= self._next_sample:
            self._next_sample = elapsed_s + _SAMPLE_S
            if found := self._check_usage(self.meter.sample()):
                return found
        if self.watched and elapsed_s >= self._next_measure:
            return self._check_sizes(elapsed_s)
        return None

    def _check_usage(self, usage: Usage) -> tuple[Status, str] | None:
        if usage.cpu_ms > self.limits.cpu_s * 1000:
            return "cpu_limit", f"more than {self.limits.cpu_s:g} s of CPU"
        if not self.meter.hard and usage.peak_mem > self.limits.memory_bytes:
            return "oom", f"more than {self.limits.memory_bytes} bytes resident"
        if not self.meter.hard and usage.pids_peak > self.limits.pids:
            return "pids", f"more than {self.limits.pids} processes"
        return None

    def _check_sizes(self, elapsed_s: float) -> tuple[Status, str] | None:
        begun = time.monotonic()
        for one in self.watched:
            size, entries = measure(one.path)
            if size > one.size_bytes:
                return "killed", f"the {one.name} grew beyond {one.size_bytes} bytes"
            if entries > one.inodes:
                return "killed", f"the {one.name} has more than {one.inodes} entries"
        # A large tree is measured less often, so that measuring stays below a tenth of the time.
        self._next_measure = elapsed_s + max(0.5, 10 * (time.monotonic() - begun))
        return None

    def _ending(self, wall_ms: int, usage: Usage) -> Ending:
        code = self.notices.exit_code
        signal = code - 128 if code is not None and 128 < code <= 192 else None
        status, reason = self._judge(code, signal, usage)
        if status in ("timeout", "output_limit", "killed", "setup_error"):
            code = signal = None
        return Ending(status, reason, code, signal, wall_ms, usage)

    def _judge(self, code: int | None, signal: int | None, usage: Usage) -> tuple[Status, str]:
        if stopped := self._verdict or self._check_output():
            return stopped
        # The counter, not the exit code: version 1 kills one process of many, and the rest may exit with 0.
        if usage.oom_kills:
            return "oom", f"{usage.oom_kills} killed at {self.limits.memory_bytes} bytes"
        if signal == _SIGXCPU or (signal == _SIGKILL and usage.cpu_ms >= self.limits.cpu_s * 1000):
            return "cpu_limit", f"more than {self.limits.cpu_s:g} s of CPU"
        if code is None or self.notices.relay_failed:
            return "setup_error", self._why_not_started()
        if code and usage.pids_refused:
            return "pids", f"a process more than {self.limits.pids} was refused"
        return ("nonzero", f"signal {signal}" if signal else f"exit {code}") if code else ("ok", "")

    def _why_not_started(self) -> str:
        ended = self.process.returncode
        if self.notices.exit_code is None and ended is not None and ended < 0:
            return f"{KILLED_OUTSIDE} (signal {-ended})"
        lines = self.output.text()[1].strip().splitlines()
        return lines[-1] if lines else f"exit {ended} before the command"

    def _check_output(self) -> tuple[Status, str] | None:
        return ("output_limit", f"more than {self.limits.output_bytes} bytes") if self.output.truncated else None
