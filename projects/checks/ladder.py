"""Runs the ladder: independent rungs at once, and nothing that needs a rung which is not green."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from autodev.blueprints.manifest import Manifest
from autodev.contracts.ports import Cancelled
from autodev.sandbox import Owner, SandboxBackend, SandboxInstallFailed, SandboxUnavailable
from autodev.sandbox.noticing import Noticing
from autodev.sandbox.types import KILLED_OUTSIDE, Stream
from projects.checks.context import CheckContext, NotRun
from projects.checks.layers import TOOLS_LOCK, LayerSource, layers_of, tool_versions
from projects.checks.registry import rungs_for
from projects.checks.types import LadderReport, OnOutput, OnProgress, Rung, RungResult

AT_ONCE = 2
# How often a rung is run whose sandbox was killed: by the kernel, by an operator, by a crash beside it.
TRIES = 3
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Ladder:
    """What all rungs of one run share."""

    root: Path
    manifest: Manifest
    lock: str
    backend: SandboxBackend
    layers: LayerSource
    owner: Owner | None
    cancel: threading.Event
    on_output: OnOutput | None

    def context(self, key: str, earlier: Mapping[str, RungResult]) -> CheckContext:
        forward: Callable[[Stream, str], None] | None = None
        if (out := self.on_output) is not None:
            forward = lambda stream, text: out(key, stream, text)  # noqa: E731 - bound to this rung's key
        return CheckContext(
            root=self.root, manifest=self.manifest, lock=self.lock, backend=self.backend, layers=self.layers,
            owner=self.owner, cancel=self.cancel, on_output=forward, earlier=earlier,
        )  # fmt: skip


def run_ladder(
    *,
    root: Path,
    manifest: Manifest,
    lock: str,
    backend: SandboxBackend,
    layers: LayerSource | None = None,
    owner: Owner | None = None,
    cancel: threading.Event | None = None,
    on_progress: OnProgress | None = None,
    on_output: OnOutput | None = None,
    only: Collection[str] | None = None,
    rungs: Sequence[Rung] | None = None,
) -> LadderReport:
    """Measure the project at `root`, which is not changed.

    only: keys of rungs to run, with those they need; the report's `required` shrinks to them.
    rungs: other rungs than the registry's. Raises Cancelled when `cancel` is set meanwhile.
    """
    begun = time.monotonic()
    chosen = list(rungs if rungs is not None else rungs_for(manifest))
    if only is not None:
        keys = with_needs(chosen, only)
        chosen = [rung for rung in chosen if rung.key in keys]
    ladder = _Ladder(
        root=root, manifest=manifest, lock=lock, backend=backend, layers=layers or layers_of(backend), owner=owner,
        cancel=cancel or threading.Event(), on_output=on_output,
    )  # fmt: skip
    done = _climb(ladder, chosen, on_progress or (lambda key, status: None))
    return LadderReport(
        rungs=tuple(done[rung.key] for rung in chosen),
        required=frozenset(rung.key for rung in chosen if rung.required),
        tools=tool_versions(TOOLS_LOCK.read_text(encoding="utf-8") + lock),
        wall_ms=round((time.monotonic() - begun) * 1000),
    )


def with_needs(rungs: Iterable[Rung], keys: Collection[str]) -> set[str]:
    """Those keys and all that they need."""
    by_key = {rung.key: rung for rung in rungs}
    found: set[str] = set()
    todo = [key for key in keys if key in by_key]
    while todo:
        key = todo.pop()
        if key not in found:
            found.add(key)
            todo.extend(need for need in by_key[key].needs if need in by_key)
    return found


def _climb(ladder: _Ladder, rungs: Sequence[Rung], progress: OnProgress) -> dict[str, RungResult]:
    done: dict[str, RungResult] = {}
    waiting = list(rungs)
    known = {rung.key for rung in rungs}
    running: dict[Future[RungResult], Rung] = {}
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="check") as pool:
        while waiting or running:
            for rung in list(waiting):
                red = _blocked_by(rung, done, known)
                if red:
                    done[rung.key] = RungResult(key=rung.key, status="not_run", reason=f"needs {red}")
                    progress(rung.key, "not_run")
                elif all(need in done for need in rung.needs) and len(running) < AT_ONCE:
                    progress(rung.key, "running")
                    earlier = {need: done[need] for need in rung.needs}
                    running[pool.submit(_run_one, rung, partial(ladder.context, rung.key, earlier))] = rung
                else:
                    continue
                waiting.remove(rung)
            if not running:
                if any(all(need in done for need in rung.needs) for rung in waiting):
                    continue
                for rung in waiting:
                    done[rung.key] = RungResult(key=rung.key, status="not_run", reason="needs a check that needs it")
                break
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                rung = running.pop(future)
                done[rung.key] = future.result()
                progress(rung.key, done[rung.key].status)
    return done


def _blocked_by(rung: Rung, done: Mapping[str, RungResult], known: Collection[str]) -> str:
    """The first needed rung that is not green or that does not exist; empty when there is none."""
    for need in rung.needs:
        if need not in known or (need in done and done[need].status != "passed"):
            return need
    return ""


def _run_one(rung: Rung, make: Callable[[], CheckContext]) -> RungResult:
    """The rung's answer with its time. A killed sandbox says nothing about the code: the rung is run again."""
    for _ in range(TRIES):
        result, lost = _try_one(rung, make())
        if not lost:
            return result
        log.warning("check.sandbox_lost", extra={"check": rung.key})
    return replace(result, status="not_run", findings=(), reason=f"{KILLED_OUTSIDE}, {TRIES} times")


def _try_one(rung: Rung, ctx: CheckContext) -> tuple[RungResult, bool]:
    """The answer, and whether a sandbox of it was killed. Whatever the rung raises becomes `not_run`, except the wish
    to stop."""
    ctx.backend = noticing = Noticing(ctx.backend)
    lost = False
    if ctx.cancel.is_set():
        raise Cancelled
    begun = time.monotonic()
    try:
        result = replace(rung.run(ctx), key=rung.key)
    except Cancelled:
        raise
    except (NotRun, SandboxInstallFailed, SandboxUnavailable) as error:
        lost = KILLED_OUTSIDE in str(error)
        result = ctx.answer(rung.key, "not_run", reason=str(error))
    except Exception as error:  # a check that breaks says nothing about the code, and must not stop the others
        log.exception("check_raised", extra={"check": rung.key})
        result = ctx.answer(rung.key, "not_run", reason=f"the check itself failed: {type(error).__name__}: {error}")
    return replace(result, wall_ms=round((time.monotonic() - begun) * 1000)), lost or noticing.lost
