"""One line of the doctor's answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    OK = "ok"
    WARNING = "warning"  # it works, with less
    FAILURE = "failure"  # builds or pages do not work


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is empty where the verdict is OK."""

    part: str
    verdict: Verdict
    detail: str
    remedy: str = ""


def good(part: str, detail: str) -> Finding:
    return Finding(part, Verdict.OK, detail)


def weak(part: str, detail: str, remedy: str) -> Finding:
    return Finding(part, Verdict.WARNING, detail, remedy)


def bad(part: str, detail: str, remedy: str) -> Finding:
    return Finding(part, Verdict.FAILURE, detail, remedy)
