"""Assembles the tables of `seccomp_table` into the classic-BPF program that bubblewrap loads (`--seccomp FD`)."""

from __future__ import annotations

import errno
import platform
import struct
from collections.abc import Iterable

from autodev.sandbox import seccomp_table as table

# linux/bpf_common.h and linux/seccomp.h
_LOAD, _JEQ, _JGE, _JSET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL_PROCESS, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
# offsets in struct seccomp_data; arguments are 64 bit and little-endian, the low half comes first
_NR, _ARCH, _ARG0, _ARG1 = 0, 4, 16, 24

Instruction = tuple[int, int, int, int]


def supported(machine: str | None = None) -> bool:
    """Whether there is a table for this architecture (default: the running one)."""
    return (machine or platform.machine()) in table.ARCHITECTURES


def program(machine: str | None = None) -> bytes:
    """The filter as an array of `struct sock_filter`. Raises ValueError for an unknown architecture."""
    name = machine or platform.machine()
    if name not in table.ARCHITECTURES:
        raise ValueError(f"no system-call table for {name}")
    return b"".join(struct.pack("=HBBI", *one) for one in _instructions(name))


def _instructions(machine: str) -> list[Instruction]:
    column, audit_arch, foreign_abi = table.ARCHITECTURES[machine]
    out: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_JEQ, 1, 0, audit_arch),
        (_RETURN, 0, 0, _KILL_PROCESS),
        (_LOAD, 0, 0, _NR),
    ]
    if foreign_abi is not None:
        out += [(_JGE, 0, 1, foreign_abi), (_RETURN, 0, 0, _KILL_PROCESS)]
    out += _refuse(column, table.UNKNOWN.values(), errno.ENOSYS)
    out += _refuse(column, table.DENIED.values(), errno.EPERM)
    new_namespaces = 0
    for flag in table.CLONE_NEW_FLAGS.values():
        new_namespaces |= flag
    out += _by_argument(
        table.CLONE[column],
        [(_LOAD, 0, 0, _ARG0), (_JSET, 0, 1, new_namespaces), (_RETURN, 0, 0, _ERRNO | errno.EPERM)],
    )
    ioctls = list(table.DENIED_IOCTLS.values())
    out += _by_argument(
        table.IOCTL[column],
        [
            (_LOAD, 0, 0, _ARG1),
            *[(_JEQ, len(ioctls) - 1 - at, 0 if at < len(ioctls) - 1 else 1, one) for at, one in enumerate(ioctls)],
            (_RETURN, 0, 0, _ERRNO | errno.EPERM),
        ],
    )
    families = list(table.ALLOWED_FAMILIES.values())
    for call in (table.SOCKET, table.SOCKETPAIR):
        out += _by_argument(
            call[column],
            [
                (_LOAD, 0, 0, _ARG0),
                *[(_JEQ, len(families) - at, 0, one) for at, one in enumerate(families)],
                (_RETURN, 0, 0, _ERRNO | errno.EAFNOSUPPORT),
            ],
        )
    return [*out, (_RETURN, 0, 0, _ALLOW)]


def _refuse(column: int, calls: Iterable[table.Numbers], error: int) -> list[Instruction]:
    out: list[Instruction] = []
    for numbers in calls:
        number = numbers[column]
        if number is not None:
            out += [(_JEQ, 0, 1, number), (_RETURN, 0, 0, _ERRNO | error)]
    return out


def _by_argument(number: int | None, body: list[Instruction]) -> list[Instruction]:
    """`body` decides this call by an argument; falling out of it allows the call."""
    if number is None:
        return []
    return [(_JEQ, 0, len(body) + 1, number), *body, (_RETURN, 0, 0, _ALLOW)]
