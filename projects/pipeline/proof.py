"""Measures a task's files: the ladder, then the frozen acceptance checks, in the sandbox."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import TypeAdapter

from autodev.blueprints import registry
from autodev.contracts.program import APP, Program
from autodev.sandbox import (
    LIMITS,
    Isolation,
    Limits,
    Owner,
    RunningSandbox,
    SandboxBackend,
    SandboxResult,
    get_backend,
)
from autodev.sandbox.types import MIB, Phase
from autodev.spec.checks import Check as CheckData
from autodev.spec.schema import Spec
from projects.checks.acceptance.run import run_acceptance
from projects.checks.acceptance.types import CheckOutcome, FrozenCheck, Product
from projects.checks.context import CheckContext
from projects.checks.ladder import run_ladder
from projects.checks.layers import layers_of
from projects.checks.project_files import read_text
from projects.checks.types import LadderReport, Rung
from projects.engine.context import TaskContext
from projects.fixes.apply import Apply, applier
from projects.models import Check, CheckKind
from projects.pipeline.imported_ladder import imported_ladder
from projects.pipeline.imported_stack import lock_now
from projects.pipeline.requirements import requirements_of
from projects.pipeline.results import result_of
from projects.pipeline.rungs import ladder_of
from projects.pipeline.stacks import is_imported, manifest_of
from projects.research.resolution import read_lock
from projects.research.resolver import resolve

CHECK: TypeAdapter[CheckData] = TypeAdapter(CheckData)
LOCK_FILE = "requirements.lock"
Tell = Callable[[int, int, str], None]
"""How many are finished, of how many, and which was the last."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was measured. `outcomes` maps an acceptance check's key to its outcome; empty where the ladder left no
    product
    that could be started."""

    report: LadderReport
    outcomes: dict[str, CheckOutcome] = field(default_factory=dict)

    @property
    def green(self) -> bool:
        return self.report.ok and all(o.status == "passed" for o in self.outcomes.values())

    def proved(self, keys: Iterable[str]) -> bool:
        """Whether each of these acceptance checks passed."""
        return all(key in self.outcomes and self.outcomes[key].status == "passed" for key in keys)

    @property
    def level(self) -> Isolation:
        """The weakest sandbox that anything ran in."""
        ran = [o.level for o in self.outcomes.values() if o.status != "not_run"]
        return min([self.report.level, *ran])


@dataclass(frozen=True, slots=True, kw_only=True)
class Packages:
    """What the product is installed from. `added` are requirements of fixes; `pins` those versions that they chose."""

    lock: str
    added: tuple[str, ...] = ()
    pins: Mapping[str, str] = field(default_factory=dict)


class Bench:
    """Made in the slot's thread (it reads rows); its methods may be called from any."""

    def __init__(self, ctx: TaskContext) -> None:
        chosen = result_of(ctx, "research")
        self._ctx = ctx
        lock = lock_now(ctx, chosen) if is_imported(chosen) else _lock_of(ctx)
        self.packages = Packages(lock=lock or str(chosen["lock"]))
        self._stack = chosen
        self.manifest = manifest_of(chosen)
        self._options = dict(ctx.build.options)
        self._owner = Owner(str(ctx.task.id), ctx.task.epoch)
        self._backend: SandboxBackend = get_backend()
        self._layers = layers_of(self._backend)

    @property
    def lock(self) -> str:
        """The pinned requirements that the product is measured with."""
        return self.packages.lock

    def finish(
        self, report: LadderReport, frozen: dict[str, FrozenCheck], *, root: Path, tell: Tell | None = None
    ) -> Proof:
        """The proof: every acceptance check beside the report, where its install rung is green."""
        install = report.rung("install")
        if install is None or install.status != "passed":
            return Proof(report=report)
        return Proof(report=report, outcomes=self.accept(frozen, root=root, tell=tell))

    def ladder(self, root: Path | None = None, *, tell: Tell | None = None) -> LadderReport:
        """The report on the files as they are. `tell` is called in this thread with each finished rung. Raises
        Cancelled."""
        ctx = self._ctx
        rungs = self._rungs()
        titles = {rung.key: rung.title for rung in rungs}
        done: list[str] = []

        def progress(key: str, status: str) -> None:
            if status == "running":
                ctx.output(f"· {titles[key]}\n")
                return
            ctx.output(f"{'✓' if status == 'passed' else '✗'} {titles[key]}: {status}\n")
            done.append(key)
            if tell is not None:
                tell(len(done), len(rungs), titles[key])

        def output(key: str, stream: str, text: str) -> None:
            ctx.output(text)

        return run_ladder(
            root=root or ctx.workspace.root, manifest=self.manifest, lock=self.lock, backend=self._backend,
            layers=self._layers, owner=self._owner, cancel=ctx.cancel, on_progress=progress, on_output=output,
            rungs=rungs,
        )  # fmt: skip

    def _rungs(self) -> list[Rung]:
        if is_imported(self._stack):
            return imported_ladder(self.manifest, self._options, self._stack)
        return ladder_of(self.manifest, self._options)

    def accept(
        self, frozen: dict[str, FrozenCheck], *, root: Path, tell: Tell | None = None
    ) -> dict[str, CheckOutcome]:
        """Every check's outcome, by key. `tell` is called in this thread with each finished check."""
        ctx = self._ctx
        if not frozen:
            return {}
        packages = self._layers.project(self.lock, cancel=ctx.cancel, owner=self._owner)
        layers = {**self._layers.interpreter(), **packages.ro_layers}

        def progress(outcome: CheckOutcome, done: int, total: int) -> None:
            mark = "✓" if outcome.status == "passed" else "✗"
            ctx.output(f"{mark} {outcome.title} ({done}/{total}){': ' if outcome.failure else ''}{outcome.failure}\n")
            if tell is not None:
                tell(done, total, outcome.title)

        outcomes = run_acceptance(
            checks=list(frozen.values()), product=Product(manifest=self.manifest, root=root, layers=layers),
            backend=self._backend, cancel=ctx.cancel, on_progress=progress, owner=self._owner,
        )  # fmt: skip
        ctx.check_alive()
        return dict(zip(frozen, outcomes, strict=True))

    def applier(self) -> Apply:
        """Carries pattern fixes out on the task's files; one that adds a package resolves the lock anew."""
        ctx = self._ctx

        def require(packages: Sequence[str]) -> None:
            spec = Spec.model_validate(ctx.build.spec)
            added = tuple(dict.fromkeys([*self.packages.added, *packages]))
            found = resolve(
                [*requirements_of(registry.get(self.manifest.name), spec), *added], python=self.manifest.python,
                cancel=ctx.cancel,
            )  # fmt: skip
            self.packages = Packages(lock=found.lock, added=added, pins=found.pins)
            ctx.workspace.write(LOCK_FILE, found.lock.encode())

        return applier(
            root=ctx.workspace.root, manifest=self.manifest, lock=self.lock, backend=self._backend, layers=self._layers,
            require=require, owner=self._owner, cancel=ctx.cancel,
        )  # fmt: skip

    def command(self, argv: Sequence[str], *, timeout_s: float, phase: Phase = "test") -> SandboxResult:
        """Runs one command on a copy of the task's files, with the project's packages."""
        check = self._commands()
        with check.workspace() as workspace:
            spec = check.spec(argv, workspace=workspace, project=True, limits=replace(LIMITS[phase], wall_s=timeout_s))
            return self._backend.run(spec)

    def program(self, program: Program, home: Path) -> RunningSandbox:
        """Starts a program on the task's files themselves, with the project's packages. Raises SandboxUnavailable,
        SandboxInstallFailed, Cancelled."""
        limits = Limits(
            wall_s=program.wall_s, cpu_s=2 * program.wall_s, memory_bytes=program.memory_bytes, pids=program.pids,
            tmp_bytes=256 * MIB, output_bytes=16 * MIB, open_files=8192,
        )  # fmt: skip
        spec = self._commands().spec(
            program.argv, workspace=self._ctx.workspace.root, project=True, limits=limits, env=program.env,
            files=program.files, layers=program.layers,
        )  # fmt: skip
        spec = replace(spec, mount=APP, cwd=".", state=home, outlets=program.outlets)
        return self._backend.start(spec, port=program.port)

    def _commands(self) -> CheckContext:
        return CheckContext(
            root=self._ctx.workspace.root, manifest=self.manifest, lock=self.lock, backend=self._backend,
            layers=self._layers, owner=self._owner, cancel=self._ctx.cancel,
        )  # fmt: skip


def _lock_of(ctx: TaskContext) -> str:
    """The lock that lies in the workspace, which is a fix's where one added a package; empty where there is none."""
    text = read_text(ctx.workspace.root, LOCK_FILE)
    return text if read_lock(text) else ""


def frozen_checks(build_id: uuid.UUID) -> dict[str, FrozenCheck]:
    """The build's acceptance checks by key, each with the digest of the plan."""
    rows = Check.objects.filter(build_id=build_id, kind=CheckKind.ACCEPTANCE)
    return {row.key: FrozenCheck(check=CHECK.validate_python(row.definition), digest=row.digest) for row in rows}
