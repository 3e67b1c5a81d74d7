"""Runs children until told to stop: output with their names before it, restarts with backoff, an orderly end."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

from autodev.up.child import Child, Command

# A stop takes at most so long; the reserve is for those that the others need.
STOP_S, RESERVE_S = 10.0, 1.0


class GaveUp(RuntimeError):
    """A child kept ending; the message holds its last lines."""


class Supervisor:
    """`say` gets each line for the terminal. One thread; `run` returns after a stop, or raises GaveUp."""

    def __init__(
        self, commands: Sequence[Command], *, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.children = [Child(command) for command in commands]
        self._say = say
        self.clock = clock
        self._selector = selectors.DefaultSelector()
        self._width = max((len(child.name) for child in self.children), default=0)
        self._stopping = False

    @property
    def running(self) -> bool:
        """Whether nobody asked for a stop."""
        return not self._stopping

    def stop(self) -> None:
        """From a signal handler or a test: `run` ends its children and returns."""
        self._stopping = True

    def start(self) -> None:
        for child in self.children:
            self._start(child)

    def run(self, *, until: Callable[[], bool] | None = None) -> None:
        """Watches until a stop, SIGINT or SIGTERM; with `until`, returns once that holds, the children running."""
        with self._signals():
            while not self._stopping:
                if until is not None and until():
                    return
                self.step(timeout_s=0.1 if until is not None else 1.0)
        self.shut_down()

    def step(self, *, timeout_s: float) -> None:
        """One look: passes output on, notices who ended, starts who is due. Raises GaveUp, the others ended."""
        for key, _ in self._selector.select(timeout_s):
            if isinstance(key.data, Child):
                self._pass_on(key.data)
            else:
                self._drain(key.fd)
        now = self.clock()
        for child in self.children:
            if child.running:
                self._notice_end(child, now)
            elif now >= child.start_at and not self._stopping:
                self._start(child)

    def shut_down(self) -> None:
        """SIGTERM to all, then to those that the others need; SIGKILL to what does not end in its time."""
        self._stopping = True
        end = self.clock() + STOP_S - RESERVE_S
        for last in (False, True):
            going = [child for child in self.children if child.running and child.command.stop_last == last]
            for child in going:
                child.signal(signal.SIGTERM)
            begun = self.clock()
            while any(child.running for child in going):
                now = self.clock()
                for child in going:
                    if now >= min(end, begun + child.command.stop_s):
                        child.signal(signal.SIGKILL)
                self._collect(0.05)

    def _collect(self, timeout_s: float) -> None:
        for key, _ in self._selector.select(timeout_s):
            if isinstance(key.data, Child):
                self._pass_on(key.data)
        for child in self.children:
            if child.running and child.process is not None and child.process.poll() is not None:
                self._forget(child)
                child.ended(self.clock())

    def _start(self, child: Child) -> None:
        self._selector.register(child.start(self.clock()), selectors.EVENT_READ, child)

    def _forget(self, child: Child) -> None:
        self._pass_on(child)
        if child.process is not None and child.process.stdout is not None:
            with contextlib.suppress(KeyError):
                self._selector.unregister(child.process.stdout)

    def _notice_end(self, child: Child, now: float) -> None:
        if child.process is None or child.process.poll() is None:
            return
        self._forget(child)
        code = child.ended(now)
        if child.backoff.hopeless:
            self.shut_down()
            tail = "\n".join(child.last_lines)
            raise GaveUp(f"{child.name} ended {child.backoff.ends} times in a row. Its last lines:\n{tail}")
        self._say(f"{child.name} ended with {code}; it starts again in {child.backoff.wait_s:.0f} s.")

    def _pass_on(self, child: Child) -> None:
        for line in child.read():
            self._say(f"{child.name:{self._width}} | {line}")
        # The end of the output is readable for ever, while the process may go on without it.
        if child.output_ended and child.process is not None and child.process.stdout is not None:
            with contextlib.suppress(KeyError):
                self._selector.unregister(child.process.stdout)

    def _drain(self, descriptor: int) -> None:
        with contextlib.suppress(BlockingIOError):
            while os.read(descriptor, 4096):
                pass

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM ask for a stop; they and SIGCHLD end the current wait at once."""
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)
        self._selector.register(reader, selectors.EVENT_READ, "wake-up")

        def asked(_signal: int, _frame: FrameType | None) -> None:
            self.stop()

        def noticed(_signal: int, _frame: FrameType | None) -> None:
            """The wake-up pipe is all that matters."""

        before = {sig: signal.signal(sig, asked) for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, noticed)
        descriptor = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(descriptor)
            for sig, handler in before.items():
                signal.signal(sig, handler)
            self._selector.unregister(reader)
            os.close(reader)
            os.close(writer)
