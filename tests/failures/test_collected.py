"""Failures collected from public reports of many providers, gateways, agents and libraries, labelled by what they mean.

`open`: errors found here were mended. `sealed` and `fresh`: first read after that (docs/failures.md has those figures);
what they showed was mended then, so that the floors below are those of today.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.classifier.samples import Sample, read_samples
from providers.failures.classify import classify
from providers.failures.kinds import TRAITS

COLLECTED = Path(__file__).parent / "data" / "collected.jsonl"
PARTS = [json.loads(line)["part"] for line in COLLECTED.read_text(encoding="utf-8").splitlines()]
SAMPLES = read_samples(COLLECTED)


def part(name: str) -> list[Sample]:
    return [sample for sample, its in zip(SAMPLES, PARTS, strict=True) if its == name]


def wrong_triggers(samples: list[Sample], *, told: bool) -> list[tuple[str, str]]:
    """Those that would open a breaker at once though what happened does not."""
    read = [(sample, classify(sample.signal if told else sample.without_framework)) for sample in samples]
    return [
        (sample.fault, failure.reason)
        for sample, failure in read
        if failure.traits.immediate and not TRAITS[sample.expected].immediate
    ]


@pytest.mark.feature("F2.4")
@pytest.mark.parametrize(("name", "count", "floor"), [("open", 220, 219), ("sealed", 145, 140), ("fresh", 102, 101)])
def test_as_many_as_today_are_read_as_they_are(name: str, count: int, floor: int) -> None:
    samples = part(name)
    misread = [
        (sample.source, sample.fault, sample.expected.value, failure.kind.value, failure.reason)
        for sample in samples
        if (failure := classify(sample.signal)).kind is not sample.expected
    ]
    assert len(samples) == count
    assert len(misread) <= count - floor, misread


@pytest.mark.feature("F2.4")
@pytest.mark.parametrize("told", [True, False])
def test_none_pulls_an_immediate_trigger_wrongly(told: bool) -> None:
    assert wrong_triggers(SAMPLES, told=told) == []


def test_most_are_read_without_being_told_who_said_it() -> None:
    assert sum(classify(sample.without_framework).kind is sample.expected for sample in SAMPLES) >= 446


def test_none_is_in_the_sample_file() -> None:
    assert not {sample.signal.text for sample in SAMPLES} & {sample.signal.text for sample in read_samples()}
