"""The bubblewrap backend: joins the host's parts into one sandbox, runs it and clears up after it."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from autodev.sandbox import command, config, janitor, layer_store, seccomp, selftest
from autodev.sandbox.collect import Collected, collect
from autodev.sandbox.host import Host, look
from autodev.sandbox.meters import CgroupMeter, Meter, ProcMeter, threads_of_user
from autodev.sandbox.proxy import RegistryAccess, RegistryProxy, RegistryUnreachable
from autodev.sandbox.rundir import RunDirectory, RunName
from autodev.sandbox.running import Running
from autodev.sandbox.sockets import short_name
from autodev.sandbox.staging import Stage
from autodev.sandbox.supervise import Ending, OutputBuffer, Supervision, Watched
from autodev.sandbox.toolchain import Toolchain
from autodev.sandbox.types import (
    PROXY_PORT,
    STATE_HOME,
    Isolation,
    Probe,
    RunningSandbox,
    SandboxResult,
    SandboxSpec,
    Status,
)
from autodev.sandbox.ways import PROXY_INSIDE, RELAY, RELAY_INSIDE, outlet_inside, ways
from autodev.sandbox.workspace import WorkspaceError, hand_over, is_limited, sandbox_uid

_HOST_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
PROXY_ENV = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"), f"http://127.0.0.1:{PROXY_PORT}")


class SetupError(RuntimeError):
    """The sandbox could not be set up; the run is `setup_error`."""


class BubblewrapBackend:
    """Namespaces and seccomp by bubblewrap, limits by control groups and rlimits, a user of its own as root.

    state_dir: where run directories lie; other users must be able to traverse it when the worker is root.
    python: the interpreter that runs the relay inside; registry: what the install phase may reach;
    layers_dir: where half-built layers are looked for.
    """

    name = "bubblewrap"

    def __init__(
        self,
        *,
        state_dir: Path,
        python: Toolchain,
        registry: Callable[[], RegistryAccess] | None = None,
        layers_dir: Path | None = None,
        host: Host | None = None,
    ) -> None:
        self.state_dir = state_dir
        self.host = host or look(tag=config.digest(state_dir))
        self._python = python
        self._registry = registry
        self._layers_dir = layers_dir

    def probe(self) -> Probe:
        if self.host.level == Isolation.NONE:
            return Probe(backend=self.name, level=Isolation.NONE, reasons=self.host.reasons)
        features, failures = selftest.examine(self, self.python)
        level = Isolation.NONE if failures else self.host.level
        return Probe(backend=self.name, level=level, features=features, reasons=[*failures, *self.host.reasons])

    def run(self, spec: SandboxSpec) -> SandboxResult:
        try:
            with self._session(spec) as session:
                return session.finish(session.launch().run())
        except RegistryUnreachable as error:
            return self._did_not_run("not_run", f"registry unreachable: {error}")
        except (SetupError, WorkspaceError, OSError) as error:
            return self._did_not_run("setup_error", str(error))

    def start(self, spec: SandboxSpec, *, port: int) -> RunningSandbox:
        """The sandbox is a child of the handle's own thread, so the caller's may end before it. Raises ValueError where
        the port is an outlet's."""
        if port in spec.outlets:
            raise ValueError(f"port {port} is an outlet")
        return Running(lambda handle: self._serve(spec, port, handle))

    def reap(self, live: Callable[[str, int], bool]) -> int:
        ended = janitor.reap(self.state_dir, self.host.hierarchy, live)
        return ended + (layer_store.remove_abandoned(self._layers_dir) if self._layers_dir else 0)

    def _serve(self, spec: SandboxSpec, port: int, handle: Running) -> SandboxResult:
        try:
            with self._session(spec) as session:
                path = session.directory.private / "app.sock"
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
                    with short_name(path) as name:
                        listener.bind(name)
                    listener.listen(64)
                    supervision = session.launch(handle.stopping, serving=(port, listener.fileno()))
                # Only the sandbox holds the listener from here on: when it ends, connections are refused.
                handle.started(path, supervision.output, supervision.notices.ready)
                return session.finish(supervision.run())
        except RegistryUnreachable as error:
            return self._did_not_run("not_run", f"registry unreachable: {error}")
        except (SetupError, WorkspaceError, OSError) as error:
            return self._did_not_run("setup_error", str(error))

    def _did_not_run(self, status: Status, reason: str) -> SandboxResult:
        return SandboxResult(status=status, reason=reason, backend=self.name, level=self.host.level)

    @contextmanager
    def _session(self, spec: SandboxSpec) -> Iterator[_Session]:
        with ExitStack() as stack:
            directory = RunDirectory(self.state_dir, RunName.new(spec.owner))
            stack.callback(directory.remove)
            meter: Meter = ProcMeter()
            join_files: list[Path] = []
            if self.host.hierarchy:
                group = self.host.hierarchy.create(str(directory.name), spec.limits)
                stack.callback(group.remove)
                meter, join_files = CgroupMeter(group), group.join_files
            proxy = None
            if spec.network == "registry":
                proxy = stack.enter_context(self._proxy(directory))
            yield _Session(self, spec, directory, meter, join_files, proxy, stack)

    def _proxy(self, directory: RunDirectory) -> RegistryProxy:
        if self._registry is None:
            raise SetupError("no package registry is configured for this sandbox")
        return RegistryProxy(directory.private / "registry.sock", self._registry())

    @property
    def python(self) -> Toolchain:
        return self._python


class _Session:
    """One run between its set-up and its clearing away."""

    def __init__(
        self,
        backend: BubblewrapBackend,
        spec: SandboxSpec,
        directory: RunDirectory,
        meter: Meter,
        join_files: Sequence[Path],
        proxy: RegistryProxy | None,
        stack: ExitStack,
    ) -> None:
        self.directory = directory
        self._backend = backend
        self._spec = replace(spec, env={**PROXY_ENV, **spec.env}) if proxy else spec
        self._meter = meter
        self._join_files = join_files
        self._proxy = proxy
        self._stack = stack
        self._output = OutputBuffer(spec.limits.output_bytes, spec.on_output)
        self._stage = Stage(directory.stage, active=backend.host.root and backend.host.mounts)

    def launch(self, *ends: threading.Event, serving: tuple[int, int] | None = None) -> Supervision:
        """`serving`: the port inside, and the listening socket whose connections are carried to it."""
        spec = self._spec
        uid = self._user()
        if self._proxy:
            self._proxy.path.chmod(0o666)  # the directory around it keeps everybody else out
        relay = ways(spec.outlets, proxy=self._proxy is not None, serving=serving)
        status_read, status = self._pipe()
        notice_read, notice = self._pipe()
        inner = list(spec.argv)
        passed = [status.fileno()]
        if relay:
            passed += [notice.fileno(), *([serving[1]] if serving else [])]
            inner = [self._backend.python.program, "-I", "-S", RELAY_INSIDE, "--notice", str(notice.fileno())]
            inner += [*relay, "--", *spec.argv]
        options = self._options(status.fileno(), passed, relayed=bool(relay))
        passed.append(args_fd := self._memory("\0".join(options).encode() + b"\0"))
        limits = spec.limits
        if not self._join_files:
            # Without a control group RLIMIT_NPROC is all there is, and it counts what the user runs already.
            limits = replace(limits, pids=limits.pids + threads_of_user(os.geteuid() if uid is None else uid))
        argv = command.chain(
            ["bwrap", "--args", str(args_fd), "--", *inner],
            limits=limits,
            join_files=self._join_files,
            stage=self._stage.prefix(),
            uid=uid,
        )
        stdin = self._memory(spec.stdin) if spec.stdin is not None else subprocess.DEVNULL
        process = subprocess.Popen(
            argv,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # --clearenv does not clean /proc/1/environ: secrets of the worker must not get as far as bubblewrap.
            env={"PATH": _HOST_PATH, "LANG": "C.UTF-8"},
            cwd="/",
            pass_fds=passed,
            start_new_session=True,
        )
        self._stack.callback(_close_pipes, process)
        self._meter.attach(process.pid)
        self.directory.record_pid(process.pid)
        status.close()
        notice.close()
        cancels = [spec.cancel] if spec.cancel else []
        return Supervision(
            process=process,
            status_fd=status_read,
            relay_fd=notice_read,
            limits=spec.limits,
            meter=self._meter,
            output=self._output,
            ends=[*ends, *cancels],
            watched=_watched(spec),
        )

    def finish(self, ending: Ending) -> SandboxResult:
        spec = self._spec
        collected = Collected()
        if spec.artefacts and spec.workspace and ending.status != "setup_error":
            collected = collect(spec.workspace, spec.artefacts)
        stdout, stderr = self._output.text()
        status, reason = ending.status, ending.reason
        if self._proxy and self._proxy.unreachable and status == "nonzero":
            status, reason = "not_run", f"registry unreachable: {self._proxy.unreachable}"
        return SandboxResult(
            status=status,
            exit_code=ending.exit_code,
            signal=ending.signal,
            stdout=stdout,
            stderr=stderr,
            truncated=self._output.truncated,
            wall_ms=ending.wall_ms,
            cpu_ms=ending.usage.cpu_ms,
            peak_mem=ending.usage.peak_mem,
            oom_kills=ending.usage.oom_kills,
            pids_peak=ending.usage.pids_peak,
            backend=self._backend.name,
            level=self._backend.host.level,
            reason=reason,
            artefacts=collected.files,
            artefacts_refused=collected.refused,
        )

    def _user(self) -> int | None:
        spec = self._spec
        if not self._backend.host.root:
            return None
        uid = sandbox_uid(spec.workspace or self.directory.path)
        if spec.workspace and not spec.workspace_read_only:
            hand_over(spec.workspace, uid)
        if spec.state:
            hand_over(spec.state, uid)
        for path in spec.outlets.values():
            os.chown(path, uid, uid, follow_symlinks=False)
        return uid

    def _options(self, status_fd: int, passed: list[int], *, relayed: bool) -> list[str]:
        spec = self._spec
        layers = dict(spec.ro_layers)
        if relayed:
            layers |= {RELAY: RELAY_INSIDE, **self._backend.python.ro_layers}
        binds = [command.Bind(self._stage.source(path), inside) for path, inside in layers.items()]
        if self._proxy:
            binds.append(command.Bind(self._stage.source(self._proxy.path), PROXY_INSIDE))
        for port, path in spec.outlets.items():
            binds.append(command.Bind(self._stage.source(path), outlet_inside(port)))
        if spec.state:
            binds.append(command.Bind(self._stage.source(spec.state), STATE_HOME, writable=True))
        if spec.workspace:
            source = self._stage.source(spec.workspace)
            binds.append(command.Bind(source, spec.mount, writable=not spec.workspace_read_only))
        files = {
            "/etc/passwd": command.PASSWD,
            "/etc/group": command.GROUP,
            "/etc/hosts": command.HOSTS,
            **spec.files,
        }
        data = [command.Data(self._memory(content), inside) for inside, content in files.items()]
        seccomp_fd = self._memory(seccomp.program())
        passed += [one.fd for one in data] + [seccomp_fd]
        return command.bwrap_options(spec, binds=binds, data=data, seccomp_fd=seccomp_fd, status_fd=status_fd)

    def _memory(self, content: bytes) -> int:
        """A descriptor at the start of `content`."""
        fd = os.memfd_create("autodev")
        self._stack.callback(os.close, fd)
        os.write(fd, content)
        os.lseek(fd, 0, os.SEEK_SET)
        return fd

    def _pipe(self) -> tuple[int, BinaryIO]:
        """The reading end, and the writing end for the inside; whatever is still open goes with the session."""
        read, write = os.pipe()
        self._stack.callback(os.close, read)
        return read, self._stack.enter_context(open(write, "wb"))


def _watched(spec: SandboxSpec) -> list[Watched]:
    """The writable directories of the host that nothing else keeps small."""
    limits, out = spec.limits, []
    if spec.workspace and not spec.workspace_read_only and not is_limited(spec.workspace, limits.workspace_bytes):
        out.append(Watched("workspace", spec.workspace, limits.workspace_bytes, limits.workspace_inodes))
    if spec.state and not is_limited(spec.state, limits.state_bytes):
        out.append(Watched("state", spec.state, limits.state_bytes, limits.state_inodes))
    return out


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()
