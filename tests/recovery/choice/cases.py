"""Situations for tests: plain, and any that Hypothesis thinks of."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from typing import Any

from hypothesis import strategies as st

from providers.failures.kinds import FailureKind
from recovery.choice import choose
from recovery.situation import Learned, Past, Situation, Verdict
from recovery.states import SIX, RecoveryState, Strategy

NOW = dt.datetime(2026, 11, 21, 10, 0, tzinfo=dt.UTC)
THRESHOLD, BASE_S, PATIENCE_S = 0.7, 30.0, 300.0
KINDS = [
    *map(str, FailureKind), "work", "code", "tests", "no_progress", "worker_lost", "no_handler", "merge_conflict",
    "merge_contention", "data_corruption", "invalid_input", "tool", "missing_dependency", "no_fallback",

]  # fmt: skip
SIGNATURES = ["a" * 32, "b" * 32, ""]


def situation(kind: str = "work", **given: Any) -> Situation:
    """A first failure of critical work by the provider `a`, which nothing can stand in for."""
    values: dict[str, Any] = {
        "workspace_id": uuid.UUID(int=1), "build_id": uuid.UUID(int=2), "task_id": uuid.UUID(int=3), "epoch": 1,
        "now": NOW, "failed_at": NOW, "task_key": "implement", "task_kind": "implement", "critical": True,
        "failure_kind": kind, "signature": SIGNATURES[0], "message": "It failed.", "provider": "a", "attempts": 1,
        "providers": ("a", "b"), "by_provider": True,
    }  # fmt: skip
    return Situation(**(values | given))


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - a test is repeated


def past(strategy: Strategy, *, kind: str = "work", signature: str = SIGNATURES[0], **params: Any) -> Past:
    return Past(strategy=strategy, failure_kind=kind, signature=signature, state=RecoveryState.RELAPSED, params=params)


def decide(found: Situation, *, seed: int = 0, **given: Any) -> Verdict:
    values: dict[str, Any] = {"threshold": THRESHOLD, "base_s": BASE_S, "patience_s": PATIENCE_S}
    return choose(found, rng=seeded(seed), **(values | given))


def taken(found: Situation, **given: Any) -> Strategy:
    return decide(found, **given).chosen.strategy


weights = st.floats(min_value=0, max_value=50, allow_nan=False)
learned = st.builds(
    lambda good, bad, successes, more: Learned(good=good, bad=bad, known=(successes, successes + more)),
    weights, weights, st.integers(0, 3), st.integers(0, 3),
)  # fmt: skip


@st.composite
def pasts(draw: st.DrawFn) -> Past:
    strategy = draw(st.sampled_from(list(Strategy)))
    params: dict[str, Any] = {}
    match strategy:
        case Strategy.RETRY_WITH_DIFFERENT_AGENT:
            params["avoid"] = draw(st.lists(st.sampled_from("abc"), unique=True, min_size=1).map(sorted))
        case Strategy.ALTERNATIVE_APPROACH:
            params["approach"] = draw(st.sampled_from(["x", "y"]))
        case Strategy.SKIP_WITH_FALLBACK:
            params["percent"] = draw(st.sampled_from([80, 60]))
        case Strategy.RETRY_WITH_DELAY:
            params["delay_s"] = draw(st.floats(0, 300))
    return Past(
        strategy=strategy, failure_kind=draw(st.sampled_from(KINDS)), signature=draw(st.sampled_from(SIGNATURES)),
        state=draw(st.sampled_from(list(RecoveryState))), params=params,
    )  # fmt: skip


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    retry_in = draw(st.none() | st.integers(-100, 10_000))
    avoid = draw(st.lists(st.sampled_from("abc"), unique=True))
    return situation(
        draw(st.sampled_from(KINDS)),
        signature=draw(st.sampled_from(SIGNATURES)),
        critical=draw(st.booleans()),
        outside=draw(st.booleans()),
        provider=draw(st.sampled_from(["", "a", "b"])),
        attempts=draw(st.integers(0, 6)),
        waits=draw(st.integers(0, 300)),
        crashes=draw(st.integers(0, 3)),
        history=tuple(draw(st.lists(pasts(), max_size=6))),
        avoid=tuple(avoid),
        providers=tuple(draw(st.lists(st.sampled_from("abc"), unique=True))),
        retry_at=None if retry_in is None else NOW + dt.timedelta(seconds=retry_in),
        left_s=draw(st.none() | st.floats(-10, 100_000)),
        parts=draw(st.integers(0, 4)),
        approaches=tuple(draw(st.lists(st.sampled_from("xyz"), unique=True))),
        fallbacks=draw(st.sampled_from([(), (80,), (80, 60), (60,)])),
        depth=draw(st.integers(0, 2)),
        by_provider=draw(st.booleans()),
        changed=draw(st.sampled_from([(), ("the blueprint is newer",)])),
        learned=draw(st.dictionaries(st.sampled_from(SIX), learned, max_size=6)),
    )
