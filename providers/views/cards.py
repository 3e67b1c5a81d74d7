"""The cards of the health page: one a provider, in the order of the chain."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from providers import checks, selectors
from providers.checks import Check
from providers.config import standing
from providers.failures.hints import hint
from providers.failures.kinds import FailureKind
from providers.kinds.agents import is_agent_kind, why_not
from providers.live.fresh import fresh
from providers.live.view import WorkspaceView
from providers.models import Call, Provider
from providers.states import BreakerState, CallOutcome
from providers.status import EMERGENCY, NO_KEY, NO_PROGRAM, OFF, Status, statuses_of
from providers.views.sparkline import Sparkline, sparkline
from providers.views.spending import Spending, spending_of

LOOKED_AT = 400  # newest calls of the workspace: a bound for the page, whatever the size of the ledger
FAILURES = 3
LABELS = {
    BreakerState.CLOSED: "Ready",
    BreakerState.OPEN: "Circuit open",
    BreakerState.HALF_OPEN: "Trying again",
    NO_KEY: "No key",
    NO_PROGRAM: "Not installed",
    EMERGENCY: "Emergency",
    OFF: "Off",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """A failed call with what its kind means. `times`: how often the same came among the last calls; `drill`: a
    drill made it fail."""

    call: Call
    label: str
    hint: str
    times: int = 1
    drill: bool = False


@dataclass(frozen=True, kw_only=True)
class Card:
    """`missing` are keys that are named and not there."""

    status: Status
    enabled: bool
    picture: Sparkline
    failures: tuple[Told, ...]
    key_names: tuple[str, ...]
    missing: tuple[str, ...]
    drill: str = ""
    check: Check | None = None

    @property
    def name(self) -> str:
        return self.status.name

    @property
    def label(self) -> str:
        return LABELS.get(self.status.state, self.status.state)

    @property
    def what(self) -> str:
        """The model, or what it is; of an agent program also the word that it asks the gateway for."""
        if not is_agent_kind(self.status.kind):
            return self.status.model or self.status.kind
        asks = f", asks for {self.status.model}" if self.status.model else ""
        return f"Agent program ({self.status.kind}){asks}"

    @property
    def testable(self) -> bool:
        return self.enabled and self.status.state not in (EMERGENCY, NO_KEY, NO_PROGRAM)

    @property
    def resettable(self) -> bool:
        return self.enabled and self.status.state in (BreakerState.OPEN, BreakerState.HALF_OPEN)


@dataclass(frozen=True, kw_only=True)
class Health:
    """`connected`: somebody but the emergency provider can be asked. `fallback_off` says who switched the fallback
    chain off; empty where it is on. `spending` is there where a budget is used up, or nearly."""

    cards: tuple[Card, ...]
    connected: bool
    fallback_off: str
    spending: Spending | None = None


def health_of(workspace_id: uuid.UUID) -> Health:
    """A constant number of queries, whatever the number of providers."""
    found_now = fresh(workspace_id)
    view, now = found_now.view, found_now.now
    rows = {row.name: row for row in Provider.objects.filter(workspace_id=workspace_id).order_by("name")}
    recent = _by_provider(selectors.calls(workspace_id).exclude(outcome="")[:LOOKED_AT])
    tests = checks.newest(workspace_id)
    found = statuses_of(view, now=now)
    found += [_off(row) for row in rows.values() if row.name not in view.targets]
    # One that was removed since it was seen has no card.
    there = [(one, rows[one.name]) for one in found if one.name in rows]
    cards = tuple(_card(one, row, recent.get(one.name, ()), tests, view, now) for one, row in there)
    off = "" if view.fallback else standing.fallback_said(workspace_id)
    connected = any(_asked(card) for card in cards)
    return Health(cards=cards, connected=connected, fallback_off=off, spending=spending_of(view))


def _asked(card: Card) -> bool:
    return card.status.state not in (OFF, NO_KEY, NO_PROGRAM, EMERGENCY) and not is_agent_kind(card.status.kind)


def _card(
    status: Status, row: Provider, calls: Sequence[Call], tests: Mapping[str, Check], view: WorkspaceView, now: float
) -> Card:
    failed = [call for call in calls if call.outcome in (CallOutcome.FAILED, CallOutcome.PARTIAL)]
    drill = view.drill(status.name, now)
    return Card(
        status=status,
        enabled=row.enabled,
        picture=sparkline(calls),
        failures=_distinct(failed),
        key_names=tuple(row.keys),
        missing=tuple(name for name in row.keys if name not in status.key_names) if row.enabled else (),
        drill=drill.fault if drill is not None else "",
        check=tests.get(status.name),
    )


def _distinct(failed: Sequence[Call]) -> tuple[Told, ...]:
    """The last different ones, each with its newest call."""
    same: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in failed:
        same[(call.failure_kind, call.failure_text)].append(call)
    return tuple(told(*calls) for calls in list(same.values())[:FAILURES])


def told(call: Call, *others: Call) -> Told:
    """`others` failed in the same way. A drill's fault is met by probes too, whose lines say nothing of it."""
    kind = FailureKind(call.failure_kind) if call.failure_kind in set(FailureKind) else FailureKind.UNKNOWN
    return Told(
        call=call,
        label=str(kind).replace("_", " "),
        hint=hint(kind, call.provider_name),
        times=1 + len(others),
        drill=any(one.injected for one in (call, *others)),
    )


def _off(row: Provider) -> Status:
    why = why_not(row.kind, "")
    return Status(
        id=row.pk,
        name=row.name,
        kind=row.kind,
        model=row.model,
        state=OFF,
        sentence=f"It is switched off: nobody asks it. {why}".strip(),
    )


def _by_provider(calls: Iterable[Call]) -> dict[str, list[Call]]:
    found: dict[str, list[Call]] = defaultdict(list)
    for call in calls:
        found[call.provider_name].append(call)
    return dict(found)
