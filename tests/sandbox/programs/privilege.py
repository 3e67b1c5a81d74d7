"""Rows 8, 12, 13, 17: tries to gain or to change what it must not. Prints which attempts succeeded."""

# ruff: noqa: T201 - what it prints is its answer

import ctypes
import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
import termios
import time

ask = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
found: dict[str, bool] = {}


def call(number: int, *arguments: object) -> bool:
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return int(libc.syscall(ctypes.c_long(number), *words)) >= 0


def writes(path: str) -> bool:
    try:
        with open(path, "ab") as file:
            file.write(b"")
    except OSError:
        return False
    return True


def in_child(number: int, *arguments: object) -> bool:
    """For calls that change the caller."""
    pid = os.fork()
    if pid == 0:
        os._exit(0 if call(number, *arguments) else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def x32() -> bool:
    pid = os.fork()
    if pid == 0:
        os._exit(0 if call(0x40000000 + 39) else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def raises(limit: int) -> bool:
    try:
        resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    except (OSError, ValueError):
        return False
    return True


def becomes_root() -> bool:
    try:
        return subprocess.run(["su", "-c", "true"], capture_output=True, timeout=3, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def setuid_works() -> bool:
    """A set-user-id copy of a program that prints its effective user."""
    try:
        subprocess.run(["cp", "/usr/bin/id", "own"], check=True)
        os.chmod("own", 0o4700)
        before = os.geteuid()
        if before == 0:
            os.chown("own", 0, 0)
        out = subprocess.run(["./own", "-u"], capture_output=True, text=True, check=True).stdout.strip()
    except OSError:
        return False
    return out == "0"


def pushes_input() -> bool:
    try:
        master, _slave = os.openpty()
        fcntl.ioctl(master, termios.TIOCSTI, b"x")
    except OSError:
        return False
    return True


def traces() -> bool:
    """Attaches to a child of its own."""
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
    attached = call(101, 16, pid, 0, 0)  # PTRACE_ATTACH
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return attached


for path in ask["paths"]:
    found[f"write {path}"] = writes(path)
try:
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("-1000")
    found["oom score"] = True
except OSError:
    found["oom score"] = False
found["ptrace"] = traces()
found["process_vm_readv"] = call(310, os.getpid(), 0, 0, 0, 0, 0)
found["pidfd_getfd"] = call(438, os.pidfd_open(os.getpid()), 0, 0)
found["su"] = becomes_root()
found["setuid program"] = setuid_works()
found["setuid call"] = in_child(105, 0)
found["user namespace"] = in_child(272, 0x10000000)
found["clone namespace"] = in_child(56, 0x10000000 | 17, 0, 0, 0, 0)
found["mount"] = in_child(165, b"none", b"/mnt", b"tmpfs", 0, 0)
found["chroot"] = in_child(161, b"/")
found["bpf"] = call(321, 0, ctypes.create_string_buffer(b"\2\0\0\0\4\0\0\0\4\0\0\0\1\0\0\0" + bytes(112)), 128)
found["io_uring"] = call(425, 4, ctypes.create_string_buffer(120))
found["keyring"] = call(250, 0, -3, 1)
found["perf"] = call(298, ctypes.create_string_buffer(b"\1\0\0\0\x70\0\0\0" + bytes(112)), 0, -1, -1, 0)
found["x32"] = x32()
found["raise limits"] = any(raises(one) for one in (resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU))
found["terminal input"] = pushes_input()
found["host name"] = call(170, b"planted", 7)
print(json.dumps(found))
