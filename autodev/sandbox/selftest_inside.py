"""Runs INSIDE the sandbox for `selftest`: `report QUESTION`, `hog BYTES` or `daemon MARK`."""

import glob
import json
import os
import socket
import sys
import time


def _status(name: str) -> str:
    with open("/proc/self/status") as file:
        return next(line.split()[1] for line in file if line.startswith(name + ":"))


def _sees_environment(name: str) -> bool:
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as file:
                if name.encode() in file.read():
                    return True
        except OSError:
            continue
    return name in os.environ


def _reaches(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _opens_vsock() -> bool:
    try:
        socket.socket(40, socket.SOCK_STREAM).close()
    except OSError:
        return False
    return True


def report(question: str) -> None:
    asked = json.loads(question)
    answer = {
        "capabilities": int(_status("CapEff"), 16) | int(_status("CapBnd"), 16),
        "no_new_privileges": int(_status("NoNewPrivs")),
        "seccomp": int(_status("Seccomp")),
        "sees_environment": _sees_environment(asked["name"]),
        "sees_file": os.path.exists(asked["file"]),
        "reaches_host": _reaches(asked["port"]),
        "opens_vsock": _opens_vsock(),
    }
    sys.stdout.write(json.dumps(answer))


def hog(size: str) -> None:
    block = bytearray(int(size))
    block[::4096] = b"x" * len(block[::4096])
    time.sleep(5)  # for a watchdog that only samples


def daemon(_mark: str) -> None:
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(1, b"child")
        time.sleep(60)
    time.sleep(60)


if __name__ == "__main__":
    {"report": report, "hog": hog, "daemon": daemon}[sys.argv[1]](sys.argv[2])
