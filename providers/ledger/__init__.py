"""The ledger: what was asked, of whom, why, what came of it and what it cost. One row an attempt.

A call is two short transactions: its row with the reservation of its budgets (and, with the first one of a request,
the decision), then its settlement. They are synchronous; an event loop calls them on another thread.
"""

from providers.ledger.attempts import reserve, settle
from providers.ledger.notes import cache_hit, decision, malformed, probe
from providers.ledger.orphans import sweep
from providers.ledger.quality import work_passed
from providers.ledger.retention import forget
from providers.ledger.runs import run_begun, spent_on, worker_chosen

__all__ = [
    "cache_hit", "decision", "forget", "malformed", "probe", "reserve", "run_begun", "settle", "spent_on", "sweep",
    "work_passed", "worker_chosen",
]  # fmt: skip
