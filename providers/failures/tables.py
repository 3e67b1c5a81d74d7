"""The tables of the data files: what a status, an error type or an exception's class says by itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from providers.failures.kinds import FailureKind
from providers.failures.patterns import DATA


class StatusRule(BaseModel):
    """`also`: the kinds that something more exact may make of the status. `weak`: see data/statuses.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    status: int
    kind: FailureKind
    also: frozenset[FailureKind] = frozenset()
    weak: bool = False

    def allows(self, kind: FailureKind) -> bool:
        return kind is self.kind or kind in self.also


class _Module(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    framework: str
    module: str
    kind: FailureKind


class _Exceptions(BaseModel):
    model_config = ConfigDict(extra="forbid")
    modules: list[_Module]
    final: dict[FailureKind, list[str]]
    status: dict[int, list[str]]
    otherwise: dict[FailureKind, list[str]]
    trusted: list[str]


@dataclass(frozen=True)
class Tables:
    statuses: dict[int, StatusRule]
    certain: dict[str, FailureKind]
    vague: dict[str, FailureKind]
    modules: tuple[_Module, ...]
    final: dict[str, FailureKind]
    status_of_class: dict[str, int]
    otherwise: dict[str, FailureKind]
    trusted: frozenset[str]

    def knows(self, name: str) -> bool:
        """Whether the class of an exception means something here."""
        return name in self.final or name in self.status_of_class or name in self.otherwise or name in self.trusted

    def status(self, status: int | None) -> StatusRule | None:
        """The rule of a status; for a 4xx or 5xx that is not in the table the one of its hundred."""
        if status is None or status < 400 or status > 599:
            return None
        return self.statuses.get(status) or self.statuses[400 if status < 500 else 500].model_copy(
            update={"status": status, "weak": False}
        )


@lru_cache(maxsize=1)
def tables() -> Tables:
    """Raises pydantic.ValidationError where a data file is wrong."""
    rules = TypeAdapter(list[StatusRule]).validate_python(_yaml("statuses.yaml"))
    types = TypeAdapter(dict[str, dict[FailureKind, list[str]]]).validate_python(_yaml("types.yaml"))
    document = _yaml("exceptions.yaml")
    document["otherwise"] = document.pop("else")
    exceptions = _Exceptions.model_validate(document)
    return Tables(
        statuses={rule.status: rule for rule in rules},
        certain=_by_name(types["certain"]),
        vague=_by_name(types["vague"]),
        modules=tuple(exceptions.modules),
        final=_by_name(exceptions.final),
        status_of_class={name: status for status, names in exceptions.status.items() for name in names},
        otherwise=_by_name(exceptions.otherwise),
        trusted=frozenset(exceptions.trusted),
    )


def _yaml(name: str) -> Any:
    return yaml.safe_load((DATA / name).read_text())


def _by_name(groups: dict[FailureKind, list[str]]) -> dict[str, FailureKind]:
    return {name: kind for kind, names in groups.items() for name in names}
