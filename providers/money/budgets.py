"""Money and calls that may be spent: reserved before a call, settled after it, exact however many ask at once.

A reservation is one UPDATE for each budget that matches only while `spent + reserved + wanted ≤ limit`, so that the
database decides and nobody reads first. All of it belongs inside of the caller's transaction, together with the
ledger's row; budgets are always touched in the same order (build, project, month, workspace), so that two callers
never wait for each other in a circle.

SQLite computes with floating point where PostgreSQL is exact; both round to the eight places of the columns, so that
both decide alike.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from autodev.lib import rows
from providers.models.money import BudgetScope
from providers.money import months

ORDER = (BudgetScope.BUILD, BudgetScope.PROJECT, BudgetScope.MONTH, BudgetScope.WORKSPACE)
NOTHING = Decimal(0)

_FIND = (
    "SELECT id, scope, period FROM providers_budget "
    "WHERE workspace_id = %s AND (subject_id = %s OR subject_id = %s OR subject_id = %s)"
)
_RESERVE = (
    "UPDATE providers_budget SET reserved_usd = ROUND(reserved_usd + %s, 8), reserved_calls = reserved_calls + %s "
    "WHERE id = %s AND (limit_usd IS NULL OR ROUND(spent_usd + reserved_usd + %s, 8) <= limit_usd) "
    "AND (limit_calls IS NULL OR spent_calls + reserved_calls + %s <= limit_calls)"
)
_SETTLE = (
    "UPDATE providers_budget SET reserved_usd = ROUND(reserved_usd - %s, 8), reserved_calls = reserved_calls - %s, "
    "spent_usd = ROUND(spent_usd + %s, 8), spent_calls = spent_calls + %s WHERE id = %s"
)


@dataclass(frozen=True, kw_only=True)
class Spender:
    """Whose budgets count for a call: the workspace's, its month's, and those of its project and build."""

    workspace_id: uuid.UUID
    project_id: uuid.UUID | None = None
    build_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """What was set aside, and in which budgets: their ids in the order in which they were touched. It goes with the
    call's row (`Call.budgets`, `Call.reserved_usd`), so that any process can settle it."""

    budgets: tuple[uuid.UUID, ...] = ()
    usd: Decimal = NOTHING
    calls: int = 1


class BudgetExhausted(Exception):
    """A budget has no room for this. `scope` names it; nothing was reserved once the caller's transaction is rolled
    back."""

    def __init__(self, scope: BudgetScope, subject_id: uuid.UUID) -> None:
        super().__init__(f"the budget of the {scope} is used up")
        self.scope = scope
        self.subject_id = subject_id


def reserve(spender: Spender, *, usd: Decimal, calls: int = 1) -> Reservation:
    """Sets aside so much in each budget that the spender has. Call it inside of a transaction.

    `usd` is the most that the call may cost. Raises BudgetExhausted; the transaction must then be rolled back, or the
    savepoint around this call, since wider budgets stand last.
    """
    usd = rounded(usd)
    taken: list[uuid.UUID] = []
    for budget_id, scope in _budgets_of(spender):
        if not rows.run(_RESERVE, [usd, calls, rows.key(budget_id), usd, calls]):
            if _exists(budget_id):
                raise BudgetExhausted(scope, _subject(spender, scope))
            continue  # removed since it was found
        taken.append(budget_id)
    return Reservation(budgets=tuple(taken), usd=usd, calls=calls)


def settle(reservation: Reservation, *, usd: Decimal, calls: int | None = None) -> None:
    """Moves what was set aside to what was spent: `usd` in truth, also where it is more than was thought, and as many
    calls as were reserved unless another number is given. Call it once for a reservation, inside of the transaction
    that settles the call's row. A budget that was removed meanwhile is passed over."""
    spent_calls = reservation.calls if calls is None else calls
    for budget_id in reservation.budgets:
        rows.run(_SETTLE, [reservation.usd, reservation.calls, rounded(usd), spent_calls, rows.key(budget_id)])


def release(reservation: Reservation) -> None:
    """Gives back what was set aside for a call that was never sent."""
    settle(reservation, usd=NOTHING, calls=0)


def stored(budgets: Iterable[str], *, usd: Decimal, calls: int = 1) -> Reservation:
    """The reservation of a call's row, whose `budgets` are text."""
    return Reservation(budgets=tuple(uuid.UUID(one) for one in budgets), usd=rounded(usd), calls=calls)


def rounded(usd: Decimal) -> Decimal:
    """To the eight places that the columns have."""
    return Decimal(usd).quantize(Decimal("1E-8"))


def _budgets_of(spender: Spender) -> Sequence[tuple[uuid.UUID, BudgetScope]]:
    """In the order in which they are touched; of the months' the present one, made where it is missing."""
    workspace = rows.key(spender.workspace_id)
    subjects = [workspace, rows.key(spender.project_id or spender.workspace_id)]
    subjects.append(rows.key(spender.build_id or spender.workspace_id))
    found = rows.fetch(_FIND, [workspace, *subjects])
    if not found:
        return ()
    by_scope: dict[BudgetScope, tuple[str, uuid.UUID]] = {}
    for key, scope, period in found:
        named = BudgetScope(scope)
        by_scope[named] = max(by_scope.get(named, ("", uuid.UUID(int=0))), (period, _uuid(key)))
    if BudgetScope.MONTH in by_scope:
        month = months.present(spender.workspace_id, *by_scope.pop(BudgetScope.MONTH))
        by_scope |= {} if month is None else {BudgetScope.MONTH: month}
    return [(by_scope[scope][1], scope) for scope in ORDER if scope in by_scope]


def _subject(spender: Spender, scope: BudgetScope) -> uuid.UUID:
    owners = {BudgetScope.BUILD: spender.build_id, BudgetScope.PROJECT: spender.project_id}
    return owners.get(scope) or spender.workspace_id


def _exists(budget_id: uuid.UUID) -> bool:
    return bool(rows.fetch("SELECT 1 FROM providers_budget WHERE id = %s", [rows.key(budget_id)]))


def _uuid(value: uuid.UUID | str) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(value)
