"""The command line of one sandbox, as pure functions of the spec and of what the host offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autodev.sandbox.types import STATE_HOME, Limits, SandboxSpec

HOME = "/tmp/home"  # noqa: S108 - inside the sandbox, a tmpfs of the run
PATH = "/usr/bin:/bin"
BASE_ENV = {"PATH": PATH, "HOME": HOME, "TMPDIR": "/tmp", "LANG": "C.UTF-8", "CI": "1"}  # noqa: S108 - same
UID = GID = 1000

# Writes itself into each control group, makes itself the first to go when memory is short, becomes the command.
JOIN_SCRIPT = (
    'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 > "$1" || exit 125; shift; n=$((n-1)); done; '
    'echo 1000 > /proc/self/oom_score_adj; exec "$@"'
)

_ETC = (
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "alternatives",
    "ssl/certs",
    "ssl/openssl.cnf",
    "pki/tls/certs",
    "pki/ca-trust/extracted",
    "mime.types",
    "localtime",
    "nsswitch.conf",
)
_MASKED_PROC = (
    "cmdline",
    "kallsyms",
    "kcore",
    "keys",
    "key-users",
    "timer_list",
    "sched_debug",
    "config.gz",
    "interrupts",
    "latency_stats",
    "modules",
    "version_signature",
)

PASSWD = f"sandbox:x:{UID}:{GID}:sandbox:{HOME}:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n".encode()
GROUP = f"sandbox:x:{GID}:\nnogroup:x:65534:\n".encode()
HOSTS = b"127.0.0.1 localhost sandbox\n::1 localhost\n"


@dataclass(frozen=True, slots=True)
class Bind:
    """A host path made visible at a path inside."""

    source: str
    inside: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Data:
    """A file descriptor whose content becomes a read-only file inside."""

    fd: int
    inside: str


def bwrap_options(
    spec: SandboxSpec, *, binds: Sequence[Bind], data: Sequence[Data], seccomp_fd: int, status_fd: int
) -> list[str]:
    """bubblewrap's options up to the command. Order matters: a later mount lies on an earlier one."""
    namespaces = [f"--unshare-{name}" for name in ("user", "ipc", "pid", "net", "uts", "cgroup")]
    out = [
        *namespaces,
        *("--disable-userns", "--assert-userns-disabled"),
        *("--uid", str(UID), "--gid", str(GID), "--hostname", "sandbox"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
        *_system(),
    ]
    for one in data:
        out += ["--perms", "0444", "--ro-bind-data", str(one.fd), one.inside]
    out += _kernel_file_systems(spec.limits)
    if not any(PurePosixPath("/usr/local").is_relative_to(bind.inside) for bind in binds):
        # Programs an operator installed by hand are none of the generated project's business.
        out += ["--tmpfs", "/usr/local", "--remount-ro", "/usr/local"]
    if spec.workspace is None:
        out += ["--size", str(spec.limits.workspace_bytes), "--perms", "0700", "--tmpfs", spec.mount]
    for bind in sorted(binds, key=lambda bind: len(PurePosixPath(bind.inside).parts)):
        out += ["--bind" if bind.writable else "--ro-bind", bind.source, bind.inside]
    home = {"HOME": STATE_HOME} if spec.state else {}
    for name, value in {**BASE_ENV, **home, **spec.env}.items():
        out += ["--setenv", name, value]
    out += ["--remount-ro", "/", "--chdir", str(PurePosixPath(spec.mount) / spec.cwd)]
    return [*out, "--seccomp", str(seccomp_fd), "--json-status-fd", str(status_fd)]


def _system() -> list[str]:
    out = ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        path = Path("/") / name
        if path.is_symlink():
            out += ["--symlink", str(path.readlink()).lstrip("/"), str(path)]
        elif path.is_dir():  # a system without merged /usr
            out += ["--ro-bind", str(path), str(path)]
    out += ["--perms", "0755", "--dir", "/etc"]
    names = [*_ETC, *(path.name for path in sorted(Path("/etc").glob("java-*-openjdk")))]
    for name in names:
        out += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    return out


def _kernel_file_systems(limits: Limits) -> list[str]:
    out = ["--proc", "/proc", "--dev", "/dev"]
    out += ["--size", "4194304", "--perms", "1777", "--tmpfs", "/dev/shm"]  # noqa: S108 - inside the sandbox
    out += ["--size", str(limits.tmp_bytes), "--perms", "1777", "--tmpfs", "/tmp"]  # noqa: S108 - same
    out += ["--perms", "0700", "--dir", HOME]
    for name in _MASKED_PROC:
        if Path("/proc", name).exists():
            out += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    # bubblewrap's /dev is a tmpfs without a size.
    return [*out, "--remount-ro", "/dev"]


def chain(
    command: Sequence[str],
    *,
    limits: Limits,
    join_files: Sequence[Path],
    stage: Sequence[str],
    uid: int | None,
) -> list[str]:
    """What surrounds bubblewrap, outermost first. `uid`: whom a root worker becomes; None for everybody else."""
    out = ["sh", "-c", JOIN_SCRIPT, "join", str(len(join_files)), *map(str, join_files), *stage]
    cpu_s = max(1, int(limits.cpu_s))
    # One process above the control group's limit, so that its counter records the refusal.
    out += ["prlimit", f"--cpu={cpu_s}:{cpu_s + 2}", f"--fsize={limits.file_bytes}", "--core=0"]
    out += [f"--nofile={limits.open_files}", f"--nproc={limits.pids + 2 if join_files else limits.pids}"]
    out += ["--memlock=65536", "--msgqueue=0", "--sigpending=1024", "--stack=8388608:67108864", "--"]
    out += ["nice", "-n", "10"]
    if uid is not None:
        out += ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--inh-caps=-all"]
        out += ["--bounding-set=-all", "--no-new-privs", "--"]
    return [*out, *command]
