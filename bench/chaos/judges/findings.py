"""What a judge says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that was not kept: which one, about what, and how."""

    judge: str
    subject: str
    what: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise over all that it is about: `looked` says at how many things."""

    name: str
    title: str
    looked: int
    broken: Sequence[Broken] = ()

    @property
    def kept(self) -> bool:
        return not self.broken
