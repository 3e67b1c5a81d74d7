"""What a run says when it is over."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.chaos.judges.findings import Verdict

SHOWN = 6
# How builds of a sort end where nothing is broken. A probe's requirements have no checks, so it is degraded by nature.
WELL = {
    "probe": {"degraded", "succeeded"},
    "model": {"degraded", "succeeded"},
    "real": {"succeeded"},
    "parts": {"succeeded"},
    "hang": {"succeeded"},
    "poison": {"failed"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildEnd:
    """How one build ended. `steered`: what a person did to it; `why`: its errors."""

    build: str
    sort: str
    state: str
    steered: str = ""
    why: str = ""

    @property
    def well(self) -> bool:
        """As it would have ended without faults."""
        return self.state in WELL[self.sort] or (self.steered == "cancelled" and self.state == "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    seed: int
    seconds: float
    rest_s: float
    faults: Mapping[str, tuple[int, int]]
    ends: Sequence[BuildEnd]
    verdicts: Sequence[Verdict]
    counts: Mapping[str, int] = field(default_factory=dict)
    unasked: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def injected(self) -> int:
        return sum(hit for _, hit in self.faults.values())

    @property
    def kept(self) -> bool:
        return all(verdict.kept for verdict in self.verdicts)

    def line(self) -> str:
        """The survival figure."""
        broken = {verdict.name: len(verdict.broken) for verdict in self.verdicts}
        kinds = sum(1 for _, hit in self.faults.values() if hit)
        well = sum(end.well for end in self.ends)
        invariants = [verdict for verdict in self.verdicts if verdict.name.startswith("I")]
        held = sum(verdict.kept for verdict in invariants)
        return (
            f"Survived {self.injected} faults of {kinds} kinds (seed {self.seed}): {broken.get('lost', 0)} lost, "
            f"{broken.get('stuck', 0)} stuck, {broken.get('twice', 0)} done twice, {broken.get('success', 0)} false "
            f"successes; {well} of {len(self.ends)} builds ended as without faults; "
            f"{held} of {len(invariants)} invariants held"
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "line": self.line(),
            "kept": self.kept,
            "seed": self.seed,
            "seconds": self.seconds,
            "rest_s": self.rest_s,
            "faults": {name: {"planned": planned, "injected": hit} for name, (planned, hit) in self.faults.items()},
            "builds": [{**asdict(end), "well": end.well} for end in self.ends],
            "verdicts": [
                {"name": v.name, "title": v.title, "looked": v.looked, "broken": [str(one) for one in v.broken]}
                for v in self.verdicts
            ],
            "counts": dict(self.counts),
            "unasked": dict(self.unasked),
            "refused": dict(self.refused),
        }

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(self.as_json(), indent=1, default=str))

    def show(self, console: Console) -> None:
        for table in (self._faults(), self._builds(), self._verdicts()):
            console.print(table)
        for verdict in self.verdicts:
            for one in verdict.broken[:SHOWN]:
                console.print(f"  {verdict.name}: {one}", style="red", markup=False)
        for end in self.ends:
            if not end.well:
                console.print(f"  fell: {end.sort} {end.build}: {end.state}: {end.why[:300]}", markup=False)
        for name, times in self.unasked.items():
            console.print(f"  ended without a fault of ours: {name}, {times} times", markup=False)
        for key, why in self.refused.items():
            console.print(f"  refused: {key}: {why}", markup=False)
        console.print("; ".join(f"{count} {name}" for name, count in self.counts.items()), markup=False)
        console.print(f"\n{self.line()}", style="bold", markup=False)

    def _faults(self) -> Table:
        table = Table(title=f"Faults (seed {self.seed}, {self.seconds:.0f} s)")
        for column in ("kind", "planned", "injected"):
            table.add_column(column, justify="left" if column == "kind" else "right")
        for name, (planned, hit) in sorted(self.faults.items()):
            table.add_row(name, str(planned), str(hit))
        table.add_row("all", str(sum(p for p, _ in self.faults.values())), str(self.injected), style="bold")
        return table

    def _builds(self) -> Table:
        table = Table(title=f"Builds (all at rest {self.rest_s:.0f} s after the last fault)")
        states = sorted({end.state for end in self.ends})
        for column in ("sort", *states, "as without faults"):
            table.add_column(column, justify="left" if column == "sort" else "right")
        for sort in sorted({end.sort for end in self.ends}):
            of = [end for end in self.ends if end.sort == sort]
            by = Counter(end.state for end in of)
            cells = [str(by[state] or "") for state in states]
            table.add_row(sort, *cells, f"{sum(end.well for end in of)} of {len(of)}")
        return table

    def _verdicts(self) -> Table:
        table = Table(title="Judged")
        for column in ("", "promise", "looked at", "broken"):
            table.add_column(column, justify="right" if column in {"looked at", "broken"} else "left")
        for one in self.verdicts:
            style = None if one.kept else "red"
            table.add_row(one.name, one.title, str(one.looked), str(len(one.broken)), style=style)
        return table
