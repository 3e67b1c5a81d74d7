"""What the workspace's own budgets let through at this moment, for pages that say what happens next."""

from __future__ import annotations

from dataclasses import dataclass

from providers.live.view import BudgetView, WorkspaceView
from providers.models.money import BudgetScope

OF = {BudgetScope.MONTH.value: "this month", BudgetScope.WORKSPACE.value: "the workspace"}


@dataclass(frozen=True, kw_only=True)
class Spending:
    """`spent`: nothing more is let through. `title` and `text` say so, and what follows."""

    spent: bool
    title: str
    text: str


def spending_of(view: WorkspaceView) -> Spending | None:
    """Of the fullest budget of the workspace or its month; None where none of them is near its limit."""
    own = [one for one in view.budgets if one.subject_id == view.workspace_id and one.pressure >= one.warn_at]
    if not own:
        return None
    fullest = max(own, key=lambda one: one.pressure)
    of = OF.get(fullest.scope, fullest.scope)
    if fullest.pressure >= 1:
        return Spending(spent=True, title=f"The budget of {of} is used up.", text=_closed(fullest))
    share = f"{100 * fullest.pressure:.0f} %"
    text = f"{share} of it is spent or set aside: cheaper providers go first, and each call must fit into the rest."
    return Spending(spent=False, title=f"The budget of {of} is nearly used up.", text=text)


def _closed(budget: BudgetView) -> str:
    counted = budget.left_calls is not None and budget.left_calls <= 0
    what = "No provider is asked" if counted else "Only providers that cost nothing are asked"
    return f"{what}; jobs of builds end at the emergency provider, and the gateway refuses."
