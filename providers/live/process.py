"""The live state of this process. Its thread starts with the first workspace that is asked for.

`live()` gives the object with everything that a call needs: `view`, `load`, `succeeded`, `failed`, `now`.
"""

from __future__ import annotations

import atexit
import os
import threading
import uuid
from collections.abc import Callable

from providers.live.poller import Poller
from providers.live.probing import Fault, Kinds, Prober, Recorder, unrecorded
from providers.live.state import LiveState
from providers.live.view import WorkspaceView

_start = threading.Lock()
_poller: Poller | None = None
_ends: dict[str, Callable[[], object]] = {}


def _forget() -> None:
    """The thread stayed in the parent process."""
    global _poller, _start  # noqa: PLW0603 - one state a process
    _poller = None
    _start = threading.Lock()
    _ends.clear()


os.register_at_fork(after_in_child=_forget)


def live() -> LiveState:
    """What this process knows, shared with all others."""
    return _running().state


def view(workspace_id: uuid.UUID) -> WorkspaceView:
    """The present view; the first one of a workspace is read on this thread, so that it is not for an event loop."""
    return live().load_now(workspace_id)


def served(workspace_id: uuid.UUID, task_kind: str, provider: str, order: tuple[str, ...] = ()) -> None:
    """Who was chosen for a kind of task, and in which chain; nothing where this process keeps no state."""
    if _poller is not None:
        _poller.state.served(workspace_id, task_kind, provider, order)


def probe_with(kinds: Kinds, *, fault: Fault | None = None, record: Recorder | None = None) -> None:
    """From here on this process probes: for workers and gateways, which make calls. `kinds` gives a model kind by its
    name and raises LookupError where a kind completes no messages."""
    running = _running()
    if "probes" not in running.after:
        prober = Prober(running.state, kinds=kinds, fault=fault, record=record or unrecorded)
        running.after["probes"] = prober.look


def also(name: str, look: Callable[[], object]) -> None:
    """Something else that the thread does at each look; once under this name."""
    _running().after.setdefault(name, look)


def finally_(name: str, end: Callable[[], object]) -> None:
    """Something to be done when this process stops; once under this name."""
    _ends.setdefault(name, end)


def stop() -> None:
    """Does what is to be done at the end, writes what is pending and ends the thread; the next use starts anew."""
    global _poller
    while _ends:
        _, end = _ends.popitem()
        end()
    with _start:
        poller, _poller = _poller, None
    if poller is not None:
        poller.stop()


def _running() -> Poller:
    global _poller  # noqa: PLW0603 - one state a process
    with _start:
        if _poller is None:
            _poller = Poller(LiveState())
            _poller.start()
        return _poller


atexit.register(stop)
