"""How a project stands by its checks, to be compared before and after somebody worked on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autodev.contracts.ports import Ports
from autodev.sandbox.types import SandboxUnavailable

MOST_FINDINGS = 20
LONGEST = 300


@dataclass(frozen=True, kw_only=True)
class Standing:
    """`green` are the checks that passed, of those that the gate wants; `findings` what the others say, in words."""

    green: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"green": list(self.green), "findings": list(self.findings)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Standing | None:
        if data is None:
            return None
        return cls(green=tuple(data["green"]), findings=tuple(data["findings"]))

    def lost(self, after: Standing) -> tuple[str, ...]:
        """What was green and is not any more."""
        return tuple(key for key in self.green if key not in after.green)


async def measured(ports: Ports) -> dict[str, Any] | None:
    """How it stands, as JSON for the journal; None where there is no sandbox to run the checks in."""
    try:
        report = await ports.check()
    except SandboxUnavailable as error:
        ports.emit(f"The checks could not be run: {error}")
        return None
    return standing_of(report).as_json()


def standing_of(report: Any) -> Standing:
    """Of a ladder's report: `rungs` with `key` and `status`, `required` keys, `findings` as (check, finding)."""
    required = set(report.required)
    green = tuple(rung.key for rung in report.rungs if rung.status == "passed" and rung.key in required)
    return Standing(green=green, findings=tuple(_said(report.findings)))


def _said(findings: Sequence[tuple[str, Any]]) -> list[str]:
    errors = [(key, one) for key, one in findings if one.severity == "error"]
    lines = [f"{key}{f' at {one.place}' if one.place else ''}: {one.message}"[:LONGEST] for key, one in errors]
    more = len(lines) - MOST_FINDINGS
    return lines[:MOST_FINDINGS] + ([f"… and {more} more"] if more > 0 else [])
