"""Runs INSIDE the sandbox, by the sandbox's interpreter, standard library only: puts the standard streams of a program
behind a port, for one connection.

`PORT -- COMMAND...` listens on 127.0.0.1:PORT and starts the command at once. The first connection that sends something
is its standard input and output from then on; one that closes without a word was somebody's look. Standard error is not
touched. Where the caller ends its side, the program's input ends; where the caller is gone, the program is told to
terminate; where the program ends, the connection is closed and its exit code is given.
"""

import contextlib
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

INSIDE = "/run/stdio.py"
_CHUNK = 65536
_END_WITHIN_S = 10


def behind(argv: Sequence[str], *, port: int, python: str) -> tuple[list[str], dict[str, bytes]]:
    """What to run so that `argv` speaks on the port, and the files that it needs (path inside -> content). `python` is
    the interpreter inside."""
    return [python, "-I", "-S", INSIDE, str(port), "--", *argv], {INSIDE: Path(__file__).read_bytes()}


def _chosen(server: socket.socket) -> tuple[socket.socket, bytes]:
    while True:
        connection, _ = server.accept()
        with contextlib.suppress(OSError):  # reset at once: a look too
            if first := connection.recv(_CHUNK):
                return connection, first
        connection.close()


def _feed(
    server: socket.socket, program: "subprocess.Popen[bytes]", joined: "queue.Queue[socket.socket | None]"
) -> None:
    connection, chunk = _chosen(server)
    joined.put(connection)
    assert program.stdin is not None  # noqa: S101 - it is PIPE
    with contextlib.suppress(OSError):  # the caller is gone
        while chunk:
            with contextlib.suppress(OSError, ValueError):  # the program reads no more; what is unread would reset
                program.stdin.write(chunk)
                program.stdin.flush()
            chunk = connection.recv(_CHUNK)
    with contextlib.suppress(OSError):
        program.stdin.close()


def _give(program: "subprocess.Popen[bytes]", connection: socket.socket) -> None:
    assert program.stdout is not None  # noqa: S101 - it is PIPE
    try:
        while chunk := program.stdout.read1(_CHUNK):  # type: ignore[attr-defined] # buffered, as bufsize is
            connection.sendall(chunk)
    except OSError:
        program.terminate()
        try:
            program.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            program.kill()


def _tell_end(program: "subprocess.Popen[bytes]", joined: "queue.Queue[socket.socket | None]") -> None:
    program.wait()
    joined.put(None)


def main(arguments: Sequence[str]) -> int:
    port, _, *command = arguments
    joined: queue.Queue[socket.socket | None] = queue.Queue()
    with socket.create_server(("127.0.0.1", int(port))) as server:
        try:
            program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as error:
            sys.stderr.write(f"cannot start {command[0]}: {error.strerror}\n")
            return 127
        threading.Thread(target=_feed, args=(server, program, joined), daemon=True).start()
        threading.Thread(target=_tell_end, args=(program, joined), daemon=True).start()
        if connection := joined.get():
            _give(program, connection)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
        code = program.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
