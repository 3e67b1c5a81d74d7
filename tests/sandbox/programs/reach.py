"""Tries every way out that it knows of: `PORT SOCKET...`; prints what it reached, and what lies in /run."""

import os
import socket
import sys


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def tcp(host: str, port: int) -> None:
    try:
        socket.create_connection((host, port), 1).close()
    except OSError:
        return
    say(f"reached: {host}:{port}")


def unix(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        try:
            one.connect(path)
        except OSError:
            return
    say(f"reached: {path}")


say("/run: " + " ".join(sorted(os.listdir("/run"))))
port = int(sys.argv[1])
for host in ("127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "192.0.2.1"):
    tcp(host, port)
for path in sys.argv[2:]:
    unix(path)
    unix(f"/proc/1/root{path}")
