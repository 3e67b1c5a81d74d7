"""A run that broke, as the failure of a job: what the program says of it, and what the ledger knows."""

from __future__ import annotations

from providers.failures.classify import classify
from providers.failures.kinds import FailureKind
from providers.failures.signal import Signal
from providers.kinds.agent.failing import OUTSIDE
from providers.kinds.base import ProviderFailure
from providers.kinds.programs.money import Bill

# What a program's own words may not decide: they are those of whoever stands behind the gateway, read once more.
_VAGUE = frozenset({FailureKind.UNKNOWN, FailureKind.FRAMEWORK_ERROR, FailureKind.UNAVAILABLE, FailureKind.BAD_REQUEST})


def failure_of_run(signal: Signal, bill: Bill) -> ProviderFailure:
    """The ledger's word on the last call counts where that failed: the gateway saw the model's own answer. `outside` as
    for our own agent."""
    read = classify(signal)
    kind, text, retry_after_s = read.kind, read.message or signal.text, read.retry_after_s
    if bill.failure and (kind in _VAGUE or kind in OUTSIDE):
        kind, text = FailureKind(bill.failure), bill.failure_text or text
        retry_after_s = bill.retry_after_s if bill.retry_after_s is not None else retry_after_s
    outside = kind in OUTSIDE
    return ProviderFailure(
        str(kind), text, outside=outside, retry_after_s=retry_after_s if outside else None,
        details={"said": signal.text[:500]},
    )  # fmt: skip
