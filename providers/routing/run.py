"""One request on its way through the candidates: who is next, with which key, within which limits, at which cost."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field, replace
from decimal import Decimal

from providers.chat import ChatRequest
from providers.failures.kinds import FailureKind
from providers.failures.signal import Failure
from providers.live.results import CircuitId
from providers.live.view import WorkspaceView
from providers.routing import background
from providers.routing.attempt import meaning
from providers.routing.chains import chain_of
from providers.routing.choice import Candidate, Choice
from providers.routing.choose import choose
from providers.routing.deadline import Deadline
from providers.routing.demand import Demand, demand_of
from providers.routing.ending import cost_of, no_answer, telling
from providers.routing.entering import enter
from providers.routing.errors import NoAnswer
from providers.routing.left import Left
from providers.routing.need import Answer, Attempt, Need
from providers.routing.ports import RoutingPorts
from providers.routing.retry import LARGER, LONG_WAIT_S, Next, Situation, Step, next_step
from providers.routing.rules import placed
from providers.routing.turn import Turn
from providers.states import CallOutcome
from providers.targets import Key, Target

NONE = Choice(chain="", strategy="", candidates=())
GRACE_S = 0.25  # how often it is looked whether a provider came back, once its time has come
SETTLED_S = 5.0  # how long an answer waits for its row in the ledger; it is written all the same


@dataclass(slots=True)
class Run:
    """Made by `begin`. `next` gives the turn that is tried now; each turn ends with `failed`, `done` or `abandoned`.
    `given`: the caller has a part of the answer. `trial`: the open circuit that the present turn alone may try."""

    request: ChatRequest
    need: Need
    ports: RoutingPorts
    view: WorkspaceView
    demand: Demand
    deadline: Deadline
    choice: Choice
    number: int
    request_id: uuid.UUID = field(default_factory=uuid.uuid4)
    decision_id: uuid.UUID | None = None
    attempts: list[Attempt] = field(default_factory=list)
    paid: int = 0
    left: Left = field(default_factory=Left)
    again: Candidate | None = None
    wait_s: float = 0.0
    given: bool = False
    trial: CircuitId | None = None

    async def next(self) -> Turn:
        """Raises NoAnswer or BudgetRefused where nobody is left to be asked."""
        if self.wait_s:
            await asyncio.sleep(self.wait_s)
            self.wait_s = 0.0
        while True:
            candidate = await self._once_more() or await self._candidate()
            turn = await enter(self, candidate)
            if turn is not None:
                return turn

    def failed(self, turn: Turn, error: Exception) -> None:
        """Notes what the attempt ended in, and what follows. Raises NoAnswer where nothing does."""
        failure, signal = meaning(error, self.ports, self.view.patterns)
        target, now = turn.candidate.target, self.clock()
        turn.leave(now)
        alone = not turn.pulse.under_way and not turn.pulse.just_failed(now)
        if not target.emergency:
            jitter = self.ports.random()
            self.ports.traffic.failed(
                target, turn.lane, failure, now, jitter, beside=turn.beside, trial=turn.trial,
                size=self.demand.input_tokens,
            )  # fmt: skip
            if not self._tried(target, failure):
                self.ports.live.failed(
                    target=target,
                    key=turn.key,
                    failure=failure,
                    first_token_ms=turn.first_token_ms,
                    total_ms=turn.total_ms,
                )
        if failure.kind is FailureKind.UNKNOWN and signal is not None and self.ports.unknown is not None:
            background.start(self.ports.unknown(signal, failure))
        begun = turn.first_token_at is not None
        self._settle_later(turn, CallOutcome.PARTIAL if begun else CallOutcome.FAILED, failure)
        self._choose_again()
        self._follow(turn, failure, self._after(turn, failure, alone=alone))

    async def done(self, turn: Turn) -> Answer:
        """The answer is whole: it is counted, settled and given."""
        target, now = turn.candidate.target, self.clock()
        turn.leave(now)
        if not target.emergency:
            turn.pulse.alive()
            turn.pulse.fitted(self.demand.input_tokens)
            first_ms = turn.total_ms if turn.first_token_ms is None else turn.first_token_ms
            turn.lane.limit.on_success(now, turn.beside, first_ms)
            if not self._tried(target, None):
                self.ports.live.succeeded(target=target, key=turn.key, first_token_ms=first_ms, total_ms=turn.total_ms)
        settlement = turn.settlement(CallOutcome.SUCCEEDED)
        self.attempts.append(turn.attempt(settlement))
        within_s = min(SETTLED_S, self.deadline.left_s(now))
        await background.sure(self.ports.ledger.settle(turn.call_id, turn.reservation, settlement), within_s=within_s)
        completion = turn.assembly.completion()
        return Answer(
            completion=completion if completion.model else replace(completion, model=target.model),
            provider=target.name,
            request_id=self.request_id,
            calls=tuple(self.attempts),
            cost_usd=cost_of(self.attempts),
            decision_id=self.decision_id,
            emergency=target.emergency,
        )

    def abandoned(self, turn: Turn) -> None:
        """The caller left. It says nothing about the provider; what was used is paid."""
        turn.leave(self.clock())
        self._settle_later(turn, CallOutcome.ABANDONED, None)

    def nobody(self, *, busy: bool = False) -> NoAnswer:
        """The error for a request that ends here. Where no attempt carries the decision it is noted by itself."""
        if self.decision_id is None:
            background.start(self.ports.ledger.unanswered(self.need, self.choice))
        return no_answer(
            view=self.view,
            choice=self.choice,
            attempts=self.attempts,
            now=self.ports.live.now(),
            budget=self.left.budget,
            busy=busy,
        )

    def unaccounted(self) -> NoAnswer:
        """The error for a request that ends here as the ledger stays away. It could not note the decision either."""
        return NoAnswer(
            "The ledger could not be written in time, so that nobody was asked.",
            failure=telling(self.attempts),
            calls=tuple(self.attempts),
            gates=frozenset({"busy"}),
        )

    def clock(self) -> float:
        return asyncio.get_running_loop().time()

    def others(self, name: str) -> int:
        """How many closed ones, the emergency ones apart, could be asked after `name`."""
        return sum(one.closed and not one.target.emergency and one.name != name for one in self._candidates())

    def _candidates(self) -> list[Candidate]:
        return self.left.of(self.choice.candidates, self.estimate, paid_left=self.need.attempts - self.paid)

    def estimate(self, target: Target) -> Decimal | None:
        if target.price is None:
            return None
        return self.ports.estimate(target, self.request, self.demand.input_tokens)

    async def _candidate(self) -> Candidate:
        """The next one in order. Where only open ones are left, it is waited until one may be asked."""
        waited_s = 0.0
        while True:
            order = self._candidates()
            found = next((one for one in order if one.closed or one.target.emergency), None)
            if found is not None:
                return found
            left_s = min(self.deadline.left_s(self.clock()), LONG_WAIT_S - waited_s)
            wait_s = self._wait_for(order[0]) if order else left_s
            if not order or wait_s >= left_s:
                raise self.nobody()
            if wait_s == 0.0:
                if await self._may_try(order[0]):
                    return order[0]
                wait_s = GRACE_S
            await asyncio.sleep(wait_s)
            waited_s += wait_s
            self._choose_again()

    async def _once_more(self) -> Candidate | None:
        """The same provider again, unless its breaker was opened meanwhile and its time has not come, or somebody else
        tries it."""
        one, self.again = self.again, None
        if one is None:
            return None
        self._choose_again()
        return one if self._closed(one) or await self._may_try(one) else None

    def gone(self, one: Candidate) -> bool:
        """Whether what was closed when it was chosen is not any more. The order is then the present one."""
        if not one.closed or self.trial is not None:
            return False
        self._choose_again()
        return not self._closed(one)

    def _closed(self, one: Candidate) -> bool:
        key = one.key.name if one.key is not None else ""
        return self.view.circuit(one.name).closed and self.view.circuit(one.name, key).closed

    async def _may_try(self, one: Candidate) -> bool:
        self.trial = await self.ports.live.may_try(one.target, one.key)
        return self.trial is not None

    def _tried(self, target: Target, failure: Failure | None) -> bool:
        """Whether the turn was a trial of an open circuit, which is then told so."""
        place, self.trial = self.trial, None
        if place is None or place[0] != target.id:
            return False
        self.ports.live.tried(target, place, failure)
        return True

    def _wait_for(self, candidate: Candidate) -> float:
        """Seconds until an open one may be asked: after its time has come, by one call at a time."""
        away_s = (candidate.until or 0.0) - self.ports.live.now()
        if away_s > 0:
            return away_s
        pulse = self.ports.traffic.pulse(candidate.target)
        return GRACE_S if pulse.under_way or self.clock() < pulse.trial_at else 0.0

    def _choose_again(self) -> None:
        """The order as it is now; what the first decision was stays in the ledger."""
        self.view = self.ports.live.view(self.need.workspace_id) or self.view
        self.choice = self.chosen()

    def chosen(self) -> Choice:
        """The order by the present view and what this process sees."""
        local = self.ports.traffic.local(
            self.view.targets.values(),
            self.clock(),
            turn=self.number,
            estimate=self.estimate,
            speaks=self.ports.speaks,
            size=self.demand.input_tokens,
        )
        return choose(self.view, self.need, self.ports.live.now(), demand=self.demand, local=local)

    def _after(self, turn: Turn, failure: Failure, *, alone: bool) -> Next:
        return next_step(
            Situation(
                failure=failure,
                others=self.others(turn.candidate.name),
                attempts_left=self.need.attempts - self.paid,
                other_key=self._other_key(turn) is not None,
                alone=alone,
                given=self.given,
                left_s=self.deadline.left_s(self.clock()),
                reroutes_refusals=self.need.reroutes_refusals,
                emergency=any(one.target.emergency for one in self._candidates()),
            ),
            self.ports.random(),
        )

    def _follow(self, turn: Turn, failure: Failure, after: Next) -> None:
        if after.step is Step.STOP:
            raise self.nobody()
        if after.step is Step.AGAIN and self.ports.traffic.budget(self.need.workspace_id).spend(self.clock()):
            self.again, self.wait_s = turn.candidate, after.wait_s
            return
        if after.step is Step.KEY:
            self.left.bad_keys.add((turn.candidate.name, turn.key.name if turn.key is not None else ""))
            self.again = replace(turn.candidate, key=self._other_key(turn))
            return
        self.left.tried.add(turn.candidate.name)
        if failure.kind in LARGER:
            self.left.outgrown = (turn.candidate.target, failure.kind)

    def _other_key(self, turn: Turn) -> Key | None:
        """Another key of the same provider that is not known to be bad."""
        name, present = turn.candidate.name, turn.key.name if turn.key is not None else ""
        for key in turn.candidate.target.keys:
            fresh = key.name != present and (name, key.name) not in self.left.bad_keys
            if fresh and self.view.circuit(name, key.name).closed:
                return key
        return None

    def _settle_later(self, turn: Turn, outcome: CallOutcome, failure: Failure | None) -> None:
        """So that the next provider is not kept waiting by the ledger."""
        settlement = turn.settlement(outcome, failure)
        self.attempts.append(turn.attempt(settlement))
        background.start(self.ports.ledger.settle(turn.call_id, turn.reservation, settlement))


async def begin(request: ChatRequest, need: Need, ports: RoutingPorts) -> Run:
    """The run of a request with its first choice; nobody is asked yet."""
    view = ports.live.view(need.workspace_id) or await ports.live.load(need.workspace_id)
    ports.traffic.budget(need.workspace_id).earn()
    demand = demand_of(request, need, ports.tokens)
    need = placed(view, need, demand) if view.rules else need
    run = Run(
        request=request,
        need=need,
        ports=ports,
        view=view,
        demand=demand,
        deadline=Deadline(at=0.0),
        choice=NONE,
        number=ports.traffic.turn(need.workspace_id, chain_of(view, need).task_kind),
    )
    run.choice = run.chosen()
    began = run.clock()
    await _prepared(run)
    if need.deadline_s is not None:
        run.deadline = Deadline(at=began + need.deadline_s)
    else:
        longest_s = max((one.target.deadlines.total_s for one in run.choice.candidates), default=0.0)
        run.deadline = Deadline(at=run.clock() + longest_s)
    return run


async def _prepared(run: Run) -> None:
    """A kind that has to load something does it before its providers' time begins."""
    ready = run.ports.traffic.prepared
    for name in {one.target.kind for one in run.choice.candidates} - ready:
        prepare = getattr(run.ports.kind(name), "prepare", None)
        if prepare is not None:
            await prepare()
        ready.add(name)
