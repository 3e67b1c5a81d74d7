"""Questions about products are answered by whoever hosts an engine: within seconds, with a broker or without."""

from __future__ import annotations

import logging
import threading

from autodev.lib.db import own_connections
from projects.engine.housekeeping import Chore, register_chore
from projects.selectors.explained import WITHIN_S, open_questions

EVERY_S = 2.0
log = logging.getLogger(__name__)


class Answering:
    """Answers in a thread of its own, one question after the other: a model takes its time, and the other chores do not
    wait for it."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def look(self) -> bool:
        """Whether it began to answer; not where it is at it, or nothing is asked."""
        if self._thread is not None and self._thread.is_alive():
            return False
        if not open_questions(within_s=WITHIN_S):
            return False
        self._thread = threading.Thread(target=self._answer, name="explain", daemon=True)
        self._thread.start()
        return True

    def wait(self, timeout_s: float) -> None:
        """Until what is open was tried."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _answer(self) -> None:
        from projects.pipeline.explain import answer  # noqa: PLC0415 - the web process asks no model

        with own_connections():
            for build_id, name in open_questions(within_s=WITHIN_S):
                try:
                    answer(build_id, name)
                except Exception:
                    log.exception("explain.failed", extra={"build": str(build_id), "question": name})


def register() -> None:
    """The chore of whoever hosts an engine."""
    register_chore(Chore("questions", EVERY_S, Answering().look))
