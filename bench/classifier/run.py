"""How well the classifier reads real failures: a table by kind, what it read otherwise, and how long it takes.

`python -m bench.classifier [samples.jsonl]`
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

from bench.classifier.samples import SAMPLES, Sample, read_samples
from providers.failures.classify import classify
from providers.failures.kinds import FailureKind

ROUNDS = 5


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES
    samples = read_samples(path)
    read = [(sample, classify(sample.signal)) for sample in samples]
    print(f"{len(samples)} samples\n\n| kind | samples | read | share | wrongly read as it |\n|---|--:|--:|--:|--:|")
    total, right, wrong = Counter[FailureKind](), Counter[FailureKind](), Counter[FailureKind]()
    for sample, failure in read:
        total[sample.expected] += 1
        right[sample.expected] += failure.kind is sample.expected
        wrong[failure.kind] += failure.kind is not sample.expected
    for kind in FailureKind:
        if total[kind] or wrong[kind]:
            share = f"{right[kind] / total[kind]:.0%}" if total[kind] else "–"
            print(f"| {kind.value} | {total[kind]} | {right[kind]} | {share} | {wrong[kind]} |")
    print(f"| all | {total.total()} | {right.total()} | {right.total() / total.total():.1%} | {wrong.total()} |\n")
    for sample, failure in read:
        if failure.kind is not sample.expected:
            read_as = f"{failure.kind.value} ({failure.reason})"
            print(f"- {sample.source}, {sample.fault}: {read_as}, not {sample.expected.value}")
    alone = sum(classify(sample.without_framework).kind is sample.expected for sample in samples)
    print(f"\nWithout being told the framework: {alone} of {len(samples)} ({alone / len(samples):.1%}).")
    print(f"Time: {_microseconds(samples):.0f} µs of CPU each.")


def _microseconds(samples: list[Sample]) -> float:
    start = time.process_time()
    for _ in range(ROUNDS):
        for sample in samples:
            classify(sample.signal)
    return (time.process_time() - start) / ROUNDS / len(samples) * 1e6


if __name__ == "__main__":
    main()
