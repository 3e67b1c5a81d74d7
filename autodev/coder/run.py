"""One build on a thread of its own, so that it works under any event loop: Django's queries run only there."""

from __future__ import annotations

import queue
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

from autodev.coder.config import CoderConfig
from autodev.coder.local import check_output_path, set_up
from autodev.coder.types import BuildRequest, BuildResult, Progress

WAIT_S = 0.2


class LocalRun(threading.Thread):
    """Starts the build of `request`, or goes on with `build_id` after `first` was done with it, or with the build that
    `make` queues, and drives it to its end. Raises OutputPathInUse."""

    def __init__(
        self,
        request: BuildRequest | None,
        config: CoderConfig,
        *,
        build_id: uuid.UUID | None = None,
        output_path: Path | None = None,
        first: Callable[[uuid.UUID], None] | None = None,
        make: Callable[[CoderConfig], uuid.UUID] | None = None,
    ) -> None:
        super().__init__(name="autodev-build", daemon=True)
        self._output_path = request.output_path if request is not None else output_path
        check_output_path(self._output_path)
        self._request = request
        self._config = config
        self._build_id = build_id
        self._first = first
        self._make = make
        self._queue: queue.Queue[Progress | None] = queue.Queue()
        self._cancel = threading.Event()
        self._result: BuildResult | None = None
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            set_up()
            from autodev.coder.drive import drive  # noqa: PLC0415 - models can be imported only now

            self._result = drive(
                self._request, self._config, build_id=self._build_id, output_path=self._output_path,
                told=self._queue.put,
                cancel=self._cancel, first=self._first, make=self._make,
            )  # fmt: skip
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread by result()
            self._error = error
        finally:
            self._queue.put(None)

    def next(self) -> Progress | None:
        """The next Progress; None after the last. Waits in short slices, so that Ctrl-C is heard."""
        while True:
            try:
                return self._queue.get(timeout=WAIT_S)
            except queue.Empty:
                continue

    def cancel(self) -> None:
        """Asks for the end; `finish` waits for it."""
        self._cancel.set()

    def finish(self) -> None:
        """Waits until the build has ended and everything it started is gone."""
        self.join()

    def result(self) -> BuildResult:
        """The result. Raises what the build raised before it could start or end."""
        self.join()
        if self._error is not None:
            raise self._error
        if self._result is None:
            raise RuntimeError("the build ended without a result")
        return self._result


def drive_run(run: LocalRun, on_progress: Callable[[Progress], None] | None) -> BuildResult:
    """Starts it and gives its result; Ctrl-C cancels the build and is passed on."""
    run.start()
    try:
        while (progress := run.next()) is not None:
            if on_progress is not None:
                on_progress(progress)
    except KeyboardInterrupt:
        run.cancel()
        run.finish()
        raise
    return run.result()
