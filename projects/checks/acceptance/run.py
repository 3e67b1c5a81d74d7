"""Runs the acceptance checks: digests first, then two products at a time, each on data of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from subprocess import CalledProcessError

from autodev.sandbox.noticing import Noticing
from autodev.sandbox.types import KILLED_OUTSIDE, Owner, SandboxBackend, SandboxSpec, SandboxUnavailable
from autodev.sandbox.workspace import WorkspaceError
from autodev.spec.checks import BrowserCheck, Check, CliCheck, FunctionCheck, HttpCheck, digest
from projects.checks.acceptance.browser_runner import run_browser
from projects.checks.acceptance.cli_runner import run_cli
from projects.checks.acceptance.clock import ClockUnavailable
from projects.checks.acceptance.function_runner import run_functions
from projects.checks.acceptance.http_runner import HttpRun
from projects.checks.acceptance.placeholders import Placeholders
from projects.checks.acceptance.serve import NotStarted, Server
from projects.checks.acceptance.types import (
    CheckOutcome,
    FrozenCheck,
    OnProgress,
    OutcomeStatus,
    Product,
    Ran,
    StepOutcome,
    judged,
)
from projects.checks.acceptance.workspaces import Environment, PrepareFailed, environment, template, workspace

AT_ONCE = 2
# How often a check is run whose sandbox was killed.
TRIES = 3
NO_SERVER = "the product is not started as a server"


def run_acceptance(
    *,
    checks: Sequence[FrozenCheck],
    product: Product,
    backend: SandboxBackend,
    cancel: threading.Event | None = None,
    on_progress: OnProgress | None = None,
    owner: Owner | None = None,
) -> list[CheckOutcome]:
    """The outcome of each check, in their order. Never raises for what the product does.

    A check whose digest is not the frozen one, one that the sandbox could not run and one that was cancelled are
    `not_run` with the reason; nothing but a check whose every step held is `passed`.
    """
    stop = cancel or threading.Event()
    base = SandboxSpec(argv=["true"], owner=owner, cancel=stop)
    progress = _Progress(on_progress, len(checks))
    try:
        with template(environment(product, base), backend) as prepared, ThreadPoolExecutor(AT_ONCE) as pool:
            one = _One(environment(product, base), prepared, backend, stop)
            # The longest first, so that none is left alone at the end.
            order = sorted(enumerate(checks), key=lambda numbered: not isinstance(numbered[1].check, BrowserCheck))
            jobs = {number: pool.submit(one, number, frozen) for number, frozen in order}
            try:
                for job in as_completed(jobs.values()):
                    progress.finished(job.result())
            except BaseException:  # who is told may find that the task is no longer ours: no more is begun
                pool.shutdown(wait=False, cancel_futures=True)
                raise
            return [jobs[number].result() for number in range(len(checks))]
    except PrepareFailed as error:
        status: OutcomeStatus = "failed" if error.result.ran and not stop.is_set() else "not_run"
        ran = Ran(status=status, reason=f"the product could not be prepared: {error}", excerpt=error.excerpt)
        return [progress.finished(_outcome(frozen, refusal(frozen) or ran, 0)) for frozen in checks]


def refusal(frozen: FrozenCheck) -> Ran | None:
    """Why a check is not even tried: it is not the frozen one."""
    if digest(frozen.check) != frozen.digest:
        return Ran(status="not_run", reason="the check was changed after it was frozen")
    return None


class _Progress:
    """Counts what is finished and tells it, in the caller's thread, which may write rows."""

    def __init__(self, told: OnProgress | None, total: int) -> None:
        self._told, self._total = told, total
        self._done = 0

    def finished(self, outcome: CheckOutcome) -> CheckOutcome:
        self._done += 1
        if self._told is not None:
            self._told(outcome, self._done, self._total)
        return outcome


class _One:
    """Runs one check on a copy of the prepared workspace."""

    def __init__(self, env: Environment, prepared: Path, backend: SandboxBackend, cancel: threading.Event) -> None:
        self._env, self._prepared, self._backend, self._cancel = env, prepared, backend, cancel

    def __call__(self, number: int, frozen: FrozenCheck) -> CheckOutcome:
        started = time.monotonic()
        ran = refusal(frozen) or self._surely(number, frozen.check)
        if self._cancel.is_set() and ran.status != "passed":
            ran = Ran(status="not_run", steps=ran.steps, reason="cancelled", level=ran.level)
        wall_ms = round((time.monotonic() - started) * 1000)
        return _outcome(frozen, ran, wall_ms)

    def _surely(self, number: int, check: Check) -> Ran:
        """A killed sandbox says nothing about the product: the check is run again."""
        for _ in range(TRIES):
            noticing = Noticing(self._backend)
            one = _One(self._env, self._prepared, noticing, self._cancel)
            ran = one._run(number, check)
            if not noticing.lost or self._cancel.is_set():
                return ran
        return Ran(status="not_run", reason=f"{KILLED_OUTSIDE}, {TRIES} times")

    def _run(self, number: int, check: Check) -> Ran:
        if self._cancel.is_set():
            return Ran(status="not_run", reason="cancelled")
        try:
            with workspace(self._prepared, f"check-{number}", self._env.base.owner) as path:
                match check:
                    case HttpCheck():
                        return self._http(check, path)
                    case CliCheck():
                        return run_cli(check, self._env, path, self._backend)
                    case FunctionCheck():
                        return run_functions(check, self._env, path, self._backend)
                    case BrowserCheck():
                        return self._browser(check, path)
        except (SandboxUnavailable, WorkspaceError, CalledProcessError, OSError, ValueError) as error:
            return Ran(status="not_run", reason=f"{type(error).__name__}: {error}")

    def _browser(self, check: BrowserCheck, path: Path) -> Ran:
        plan = self._env.product.manifest.run
        if plan is None:
            return Ran(status="not_run", reason=NO_SERVER)
        return run_browser(check, plan, self._env, path, self._backend)

    def _http(self, check: HttpCheck, path: Path) -> Ran:
        plan = self._env.product.manifest.run
        if plan is None:
            return Ran(status="not_run", reason=NO_SERVER)
        server = Server(self._env, path, plan, self._backend)
        steps: list[StepOutcome] = []
        try:
            with server:
                for step in HttpRun(server, Placeholders.at_start()).steps(check):
                    steps.append(step)
                    if self._cancel.is_set():
                        return Ran(status="not_run", steps=tuple(steps), reason="cancelled")
        except NotStarted as error:
            status: OutcomeStatus = "failed" if error.ran else "not_run"
            reason = f"the product could not be started: {error}"
            return Ran(status=status, steps=tuple(steps), reason=reason, excerpt=server.log, level=server.level)
        except ClockUnavailable as error:
            return Ran(status="not_run", steps=tuple(steps), reason=str(error))
        return judged(steps, excerpt=server.log, level=server.level)


def _outcome(frozen: FrozenCheck, ran: Ran, wall_ms: int) -> CheckOutcome:
    return CheckOutcome(
        check_id=frozen.check.id,
        digest=frozen.digest,
        title=frozen.check.title,
        status=ran.status,
        steps=ran.steps,
        reason=ran.reason,
        excerpt=ran.excerpt,
        wall_ms=wall_ms,
        level=ran.level,
    )
