"""Failures with the kind that a person read in them, one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from providers.failures.kinds import FailureKind
from providers.failures.signal import Signal

SAMPLES = Path(__file__).resolve().parents[2] / "tests" / "failures" / "data" / "samples.jsonl"


@dataclass(frozen=True)
class Sample:
    source: str
    fault: str
    signal: Signal
    expected: FailureKind

    @property
    def without_framework(self) -> Signal:
        return replace(self.signal, framework="")


def read_samples(path: Path = SAMPLES) -> list[Sample]:
    """Raises OSError, KeyError or ValueError where the file is not of this form."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Sample(
            source=row["source"],
            fault=row.get("fault") or " ".join(row["text"].split())[:60],
            signal=Signal(
                text=row["text"],
                framework=row["source"],
                http_status=row["http_status"],
                exception_class=row["exception_class"] or "",
            ),
            expected=FailureKind(row["expected"]),
        )
        for row in rows
    ]
