"""The real failures of samples.jsonl: how many are read as they are, and which not, on purpose."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.classifier.samples import SAMPLES, Sample, read_samples
from providers.failures.classify import classify
from providers.failures.kinds import FailureKind

# Where the reading differs from the file's on purpose; the reasons stand in docs/failures.md.
ARGUED = {
    ("claude-agent-sdk/api_retry", "connection refused"): FailureKind.TRUNCATED_STREAM,
    ("opencode run", "permission auto-rejected"): FailureKind.FRAMEWORK_ERROR,
}
samples = read_samples(SAMPLES)


@pytest.mark.feature("F2.4")
@pytest.mark.parametrize("sample", samples, ids=lambda sample: f"{sample.source}-{sample.fault}")
def test_each_is_read_as_it_is(sample: Sample) -> None:
    expected = ARGUED.get((sample.source, sample.fault), sample.expected)
    failure = classify(sample.signal)
    assert failure.kind is expected, failure.reason


def test_accuracy_against_the_file_itself() -> None:
    right = sum(classify(sample.signal).kind is sample.expected for sample in samples)
    assert len(samples) == 134
    assert right >= 132


def test_most_are_read_without_being_told_the_framework() -> None:
    right = sum(classify(sample.without_framework).kind is sample.expected for sample in samples)
    assert right >= 128


def test_no_sample_that_is_not_the_providers_fault_pulls_an_immediate_trigger() -> None:
    wrong = Counter(
        sample.fault
        for sample in samples
        if sample.expected in {FailureKind.FRAMEWORK_ERROR, FailureKind.CODE_ERROR, FailureKind.SANDBOX_ERROR}
        and classify(sample.signal).traits.immediate
    )
    assert not wrong
