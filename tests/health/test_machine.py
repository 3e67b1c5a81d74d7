"""What holds of the breaker whatever happens to it, in whatever order."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from providers.failures.kinds import TRAITS, FailureKind, Severity
from providers.health import breaker, probes
from providers.health.breaker import Transition
from providers.health.circuit import circuit_of
from providers.states import BREAKER_MOVES, BreakerState
from tests.health.timeline import Timeline, failure

kinds = st.sampled_from(FailureKind)
waits = st.one_of(st.none(), st.floats(0, 5000))
LONGEST_UNNAMED_S = 25.0


class BreakerMachine(RuleBasedStateMachine):
    """Calls, probes and time in any order, against the promises of the breaker."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Timeline()
        self.named_until = 0.0
        self.good_in_a_row = 0
        self.may_close = False

    @rule(seconds=st.floats(0, 40))
    def time_passes(self, seconds: float) -> None:
        self.line.after(seconds)

    @rule(kind=kinds, wait=waits, last_one=st.booleans())
    def call_fails(self, kind: FailureKind, wait: float | None, *, last_one: bool) -> None:
        before = self.line.state
        self._name(wait)
        moved = self._step(lambda: self.line.fails(kind, retry_after_s=wait, last_one=last_one))
        if last_one or TRAITS[kind].severity is Severity.NONE:
            assert not moved.opened
            assert self.line.state is before

    @rule(first_token_ms=st.sampled_from([100.0, 40_000.0]), last_one=st.booleans())
    def call_succeeds(self, first_token_ms: float, *, last_one: bool) -> None:
        before = self.line.state
        moved = self._step(lambda: self.line.succeeds(first_token_ms=first_token_ms, last_one=last_one))
        assert not moved.closed
        if before is not BreakerState.CLOSED or last_one:
            assert self.line.state is before

    @precondition(lambda self: self.line.probe_due())
    @rule(kind=st.one_of(st.none(), kinds), wait=waits, last_one=st.booleans(), extra_s=st.floats(0, 14))
    def probe(self, kind: FailureKind | None, wait: float | None, *, last_one: bool, extra_s: float) -> None:
        line, was = self.line, self.line.state
        line.circuit = probes.reserve(line.circuit, line.owner, line.now, line.settings)
        assert not line.probe_due()
        line.after(extra_s)
        bad = None if kind is None else failure(kind, retry_after_s=wait)
        if kind is not None:
            self._name(wait)
        good = kind is None or TRAITS[kind].severity is Severity.NONE
        self.good_in_a_row = self.good_in_a_row + 1 if good and was is not BreakerState.CLOSED else 0
        self.may_close = self.good_in_a_row >= line.settings.good_probes_to_close
        moved = self._step(
            lambda: line._keep(
                breaker.on_probe_result(line.circuit, bad, line.now, line.settings, owner=line.owner, last_one=last_one)
            )
        )
        assert not line.circuit.probe_owner
        if moved.closed:
            self.good_in_a_row = 0

    @precondition(lambda self: self.line.probe_due())
    @rule()
    def prober_dies(self) -> None:
        self.line.circuit = probes.reserve(self.line.circuit, "dead", self.line.now, self.line.settings)

    @rule()
    def row_is_written_and_read(self) -> None:
        columns = self.line.circuit.columns()
        self.line.circuit = circuit_of(SimpleNamespace(**columns))
        assert self.line.circuit.columns() == columns

    @invariant()
    def a_closed_one_waits_for_nothing(self) -> None:
        circuit = self.line.circuit
        if circuit.state is BreakerState.CLOSED:
            assert circuit.until is None
        else:
            assert circuit.until is not None
            assert circuit.suspicion is None
            assert circuit.ejections >= 1

    @invariant()
    def nobody_waits_longer_than_was_named(self) -> None:
        circuit = self.line.circuit
        if circuit.until is not None:
            rest_s = (circuit.until - self.line.now).total_seconds()
            assert rest_s <= max(LONGEST_UNNAMED_S, self.named_until - self.line.at) + 1e-3

    def _name(self, wait: float | None) -> None:
        if wait is not None:
            self.named_until = max(self.named_until, self.line.at + min(wait, 3600.0))

    def _step(self, act: object) -> Transition:
        before = self.line.circuit
        moved: Transition = act()  # type: ignore[operator]  # a step of this class, without arguments
        after = moved.circuit
        if before.state is not after.state:
            assert after.state in BREAKER_MOVES[before.state]
            assert moved.moved
        if before.until is not None and after.until is not None:
            assert after.until >= before.until
        if moved.closed:
            assert self.may_close
        assert moved.opened == (before.state is BreakerState.CLOSED and after.state is BreakerState.OPEN)
        self.may_close = False
        return moved


TestBreakerMachine = pytest.mark.feature("F2.9")(BreakerMachine.TestCase)
TestBreakerMachine.settings = hypothesis_settings(max_examples=120, stateful_step_count=50, deadline=None)
