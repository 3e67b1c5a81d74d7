"""Runs INSIDE the sandbox, by the sandbox's interpreter, standard library only.

Starts the command given after `--` and carries bytes between the private loopback and Unix sockets, any number of:
  out PORT PATH   127.0.0.1:PORT inside -> a socket of the host, bound at PATH
  in PORT FD      a listening socket passed by the worker -> 127.0.0.1:PORT inside, once that is open
Writes to the descriptor NOTICE (`--notice N`): R when ready, X when the command could not be started.
"""

import asyncio
import os
import socket
import sys

_CHUNK = 65536
_POLL_S = 0.03
# For the last words of a command that has ended.
_DRAIN_S = 2.0


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()


async def _join(
    left: tuple[asyncio.StreamReader, asyncio.StreamWriter], right: tuple[asyncio.StreamReader, asyncio.StreamWriter]
) -> None:
    await asyncio.gather(_copy(left[0], right[1]), _copy(right[0], left[1]))
    for _, writer in (left, right):
        writer.close()


async def _serve_out(port: int, path: str) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            other = await asyncio.open_unix_connection(path)
        except OSError:
            writer.close()
            return
        await _join((reader, writer), other)

    await asyncio.start_server(accept, "127.0.0.1", port)


async def _serve_in(port: int, fd: int, notice: int, giving: "set[asyncio.Task[None]]") -> None:
    """`giving` holds what is on its way from the port to the host."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            other = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        writer.transport.set_write_buffer_limits(0)  # what was given is in the host's hands
        task = asyncio.ensure_future(_copy(other[0], writer))
        giving.add(task)
        task.add_done_callback(giving.discard)
        await asyncio.gather(task, _copy(reader, other[1]))
        for each in (writer, other[1]):
            each.close()

    while not await _is_open(port):  # noqa: ASYNC110 - the port belongs to another process
        await asyncio.sleep(_POLL_S)
    await asyncio.start_unix_server(accept, sock=socket.socket(fileno=fd))
    os.write(notice, b"R")


async def _is_open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def main(arguments: list[str]) -> int:
    end = arguments.index("--")
    command, notice = arguments[end + 1 :], int(arguments[1])
    ways = [arguments[at : at + 3] for at in range(2, end, 3)]
    os.set_inheritable(notice, False)  # noqa: FBT003 - the function takes no keyword
    for mode, port, target in ways:
        if mode == "out":
            await _serve_out(int(port), target)
        else:
            os.set_inheritable(int(target), False)  # noqa: FBT003 - the function takes no keyword
    try:
        child = await asyncio.create_subprocess_exec(*command)
    except OSError as error:
        os.write(notice, b"X")
        sys.stderr.write(f"cannot start {command[0]}: {error.strerror}\n")
        return 127
    giving: set[asyncio.Task[None]] = set()
    serving = [
        asyncio.ensure_future(_serve_in(int(port), int(target), notice, giving))
        for mode, port, target in ways
        if mode == "in"
    ]
    code = await child.wait()
    if giving:
        await asyncio.wait(giving, timeout=_DRAIN_S)
    # Connections that are still open break off now, which is nothing to tell on the command's standard error.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    for one in serving:
        one.cancel()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
