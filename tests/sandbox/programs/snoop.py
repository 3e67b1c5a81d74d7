"""Rows 5, 6, 7, 11: looks for what belongs to the host. Prints which of its attempts succeeded.

The question (a JSON object) names canaries that the test has put on the host; those that would be found in the
question itself are written backwards.
"""

# ruff: noqa: T201 - what it prints is its answer

import glob
import json
import os
import socket
import sys

ask = json.loads(sys.argv[1])
found: dict[str, bool] = {}
variable, mark = ask["elbairav"][::-1], ask["kram"][::-1]


def reads(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return bool(file.read(64))
    except OSError:
        return False


def connects(family: int, kind: int, address: object) -> bool:
    try:
        with socket.socket(family, kind) as one:
            one.settimeout(1)
            one.connect(address)  # type: ignore[arg-type]  # a tuple or a string, by family
    except OSError:
        return False
    return True


def opens(family: int, kind: int, protocol: int = 0) -> bool:
    try:
        socket.socket(family, kind, protocol).close()
    except OSError:
        return False
    return True


def anywhere_in_proc(name: str, needle: bytes) -> bool:
    for path in glob.glob(f"/proc/[0-9]*/{name}"):
        if path.split("/")[2] == str(os.getpid()):
            continue
        try:
            with open(path, "rb") as file:
                if needle in file.read():
                    return True
        except OSError:
            continue
    return False


def in_memory(pid: int, needle: bytes) -> bool:
    """Looks through the heap and the stack of a process."""
    try:
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
            for line in maps:
                if line.rstrip().endswith(("[heap]", "[stack]")):
                    start, end = (int(part, 16) for part in line.split()[0].split("-"))
                    memory.seek(start)
                    if needle in memory.read(end - start):
                        return True
    except OSError:
        return False
    return False


def resolves() -> bool:
    try:
        socket.getaddrinfo(ask["name"], 443)
    except OSError:
        return False
    return True


found["shadow"] = reads("/etc/shadow")
found["canary file"] = reads(ask["file"])
found["home"] = reads(ask["home"])
found["repository"] = os.path.exists(ask["repository"])
found["through proc root"] = any(reads(path + "/etc/shadow") for path in glob.glob("/proc/[0-9]*/root"))
found["own environment"] = variable in os.environ
found["environments"] = anywhere_in_proc("environ", variable.encode())
found["command lines"] = anywhere_in_proc("cmdline", mark.encode())
found["memory"] = in_memory(os.getppid(), variable.encode())
found["descriptors"] = any(
    os.path.realpath(path).startswith(("/root", "/home", ask["directory"])) for path in glob.glob("/proc/self/fd/*")
)
with open("/proc/self/mountinfo") as mounts:
    found["mount sources"] = ask["directory"] in mounts.read()
found["kernel command line"] = reads("/proc/cmdline")
found["kernel symbols"] = reads("/proc/kallsyms")
found["host name"] = socket.gethostname() == ask["hostname"]
found["processes"] = len(glob.glob("/proc/[0-9]*")) > 8
found["loopback"] = connects(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", ask["port"]))
found["host address"] = connects(socket.AF_INET, socket.SOCK_STREAM, (ask["address"], ask["port"]))
found["udp route"] = connects(socket.AF_INET, socket.SOCK_DGRAM, ("169.254.169.254", 80))
found["abstract socket"] = connects(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + ask["abstract"])
found["path socket"] = connects(socket.AF_UNIX, socket.SOCK_STREAM, ask["socket"])
found["dns"] = resolves()
found["vsock"] = opens(40, socket.SOCK_STREAM)
found["af_alg"] = opens(38, socket.SOCK_SEQPACKET)
found["packet"] = opens(17, socket.SOCK_RAW, 3)
found["raw"] = opens(socket.AF_INET, socket.SOCK_RAW, 1)
print(json.dumps(found))
