"""What a rung works with: the project's files, the manifest, and commands in the sandbox on a copy of the files."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autodev.blueprints.manifest import Manifest
from autodev.contracts.ports import Cancelled
from autodev.sandbox import LIMITS, Isolation, Layer, Owner, SandboxBackend, SandboxResult, SandboxSpec
from autodev.sandbox.types import Limits, Phase, RunningSandbox, Stream
from autodev.sandbox.workspace import create_workspace
from projects.checks.excerpt import excerpt
from projects.checks.layers import LayerSource
from projects.checks.scratch import scratch
from projects.checks.types import FindingData, RungResult, RungStatus

VENV = "/opt/venv"
TOOLS = "/opt/tools"
INSIDE = Path(__file__).parent / "python" / "inside"
_PATH = f"{VENV}/bin:/usr/bin:/bin"


class NotRun(Exception):
    """The check cannot say anything: its tool, a layer or the sandbox is missing. The message is the reason; it is an
    answer, not an error of the code under test."""


@dataclass(kw_only=True)
class CheckContext:
    """One rung's view. `root` is never written: commands see a copy of it at /workspace/app. `earlier` holds the
    results of the rungs it needs."""

    root: Path
    manifest: Manifest
    lock: str
    backend: SandboxBackend
    layers: LayerSource
    owner: Owner | None = None
    cancel: threading.Event = field(default_factory=threading.Event)
    on_output: Callable[[Stream, str], None] | None = None
    earlier: Mapping[str, RungResult] = field(default_factory=dict)
    runs: list[SandboxResult] = field(default_factory=list)

    def tool(self, name: str) -> str:
        """The path inside of a program of the tools layer. Raises NotRun where the layer lacks it."""
        if not (self.tools_layer().path / "bin" / name).exists():
            raise NotRun(f"{name} is not in the tools layer")
        return f"{TOOLS}/bin/{name}"

    def project_has(self, path: str) -> bool:
        """Whether the project's layer holds such a file, by glob below its root (`bin/pytest`)."""
        return any(self.project_layer().path.glob(path))

    def project_layer(self) -> Layer:
        """The project's packages, built now where they are not there. Raises Cancelled."""
        return self.layers.project(self.lock, cancel=self.cancel, owner=self.owner)

    def tools_layer(self) -> Layer:
        """The platform's tools, built now where they are not there. Raises Cancelled."""
        return self.layers.tools(cancel=self.cancel, owner=self.owner)

    @contextlib.contextmanager
    def workspace(self) -> Iterator[Path]:
        """A size-limited directory with a copy of the project in `app`; gone afterwards."""
        limits = LIMITS["test"]
        with scratch(self.owner) as parent:
            path = parent / "ws"
            create_workspace(path, size_bytes=limits.workspace_bytes, inodes=limits.workspace_inodes, owner=self.owner)
            (path / "app").mkdir()
            # Links are copied as links; `cp` neither recurses in Python nor opens what is not a file.
            copy = ["cp", "-a", "--", f"{self.root}/.", str(path / "app")]
            subprocess.run(copy, check=True, capture_output=True)
            subprocess.run(["rm", "-rf", "--", str(path / "app" / ".git")], check=True, capture_output=True)
            yield path

    def run(
        self,
        argv: Sequence[str],
        *,
        workspace: Path,
        phase: Phase = "lint",
        project: bool = False,
        env: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] | None = None,
        artefacts: Sequence[str] = (),
        limits: Limits | None = None,
        layers: Mapping[Path, str] | None = None,
    ) -> SandboxResult:
        """Run one command in /workspace/app without a network. `project` binds the project's packages at /opt/venv;
        `layers` are more to bind, read-only (host path → path inside).

        Raises Cancelled, or NotRun where the command could not be started at all.
        """
        spec = self.spec(
            argv, workspace=workspace, project=project, env=env, files=files, artefacts=artefacts,
            limits=limits or LIMITS[phase], layers=layers,
        )  # fmt: skip
        result = self.backend.run(spec)
        self._note(result)
        return result

    def start(
        self, argv: Sequence[str], *, workspace: Path, port: int, env: Mapping[str, str], limits: Limits | None = None
    ) -> RunningSandbox:
        """Start a server of the project. Give what it ends with to `stopped`."""
        spec = self.spec(argv, workspace=workspace, project=True, env=env, limits=limits or LIMITS["smoke"])
        return self.backend.start(spec, port=port)

    def stopped(self, running: RunningSandbox) -> SandboxResult:
        """Stop it and note what it ran as. Raises Cancelled when that was asked for."""
        result = running.stop()
        self.runs.append(result)
        if self.cancel.is_set():
            raise Cancelled
        return result

    def spec(
        self,
        argv: Sequence[str],
        *,
        workspace: Path,
        project: bool,
        limits: Limits,
        env: Mapping[str, str] | None = None,
        files: Mapping[str, bytes] | None = None,
        artefacts: Sequence[str] = (),
        layers: Mapping[Path, str] | None = None,
    ) -> SandboxSpec:
        """The command with the interpreter's and the wanted layers bound."""
        bound: dict[Path, str] = {**self.layers.interpreter(), **self.tools_layer().ro_layers, **(layers or {})}
        if project:
            bound |= self.project_layer().ro_layers
        return SandboxSpec(
            argv=argv,
            workspace=workspace,
            cwd="app",
            ro_layers=bound,
            files=files or {},
            env={"PATH": _PATH, "PYTHONUNBUFFERED": "1", **(env or {})},
            limits=limits,
            artefacts=artefacts,
            owner=self.owner,
            cancel=self.cancel,
            on_output=self.on_output,
        )

    def _note(self, result: SandboxResult) -> None:
        if self.cancel.is_set():
            raise Cancelled
        if not result.ran:
            raise NotRun(result.reason or "the sandbox did not start")
        self.runs.append(result)

    @property
    def level(self) -> Isolation:
        """The weakest level of the commands so far."""
        return min((r.level for r in self.runs), default=Isolation.NONE)

    def answer(
        self,
        key: str,
        status: RungStatus,
        *,
        findings: Sequence[FindingData] = (),
        said: str | None = None,
        metrics: Mapping[str, object] | None = None,
        reason: str = "",
    ) -> RungResult:
        """The rung's result. `said` is the text to excerpt; without it, what the commands printed."""
        text = said if said is not None else "\n".join(part for r in self.runs for part in (r.stdout, r.stderr) if part)
        return RungResult(
            key=key, status=status, findings=tuple(findings), excerpt=excerpt(text), metrics=metrics or {},
            level=self.level, reason=reason,
        )  # fmt: skip


def require_tool_exit(result: SandboxResult, *, good: Sequence[int] = (0, 1)) -> None:
    """Raises NotRun unless a tool of ours ended in one of the ways in which its output can be believed."""
    if result.status not in ("ok", "nonzero") or result.exit_code not in good:
        said = (result.stderr or result.stdout).strip()[-300:]
        raise NotRun(f"the tool ended with {result.exit_code if result.status == 'nonzero' else result.status}: {said}")
