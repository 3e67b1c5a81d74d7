"""Four processes on one database: killed in the middle, a provider dead, the database away."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from providers import ledger
from providers.live import owner
from providers.models import Breaker, Budget, Call
from providers.states import BreakerState, CallOutcome, CallPurpose, CallState
from tests.live.adversity import AT_ONCE, Notes, database_away, work
from tests.live.cast import fleet
from tests.live.processes import Child, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("F2.9")]
PROCESSES = 3
AWAY_S = 3.0
PRICE = {"input_usd": 1, "output_usd": 2}


def test_whatever_dies_every_answer_is_given_once_and_every_attempt_stands_in_the_ledger(tmp_path: Path) -> None:
    workspace = fleet("a", "b", "c", price=PRICE)
    budget = Budget.objects.create(
        workspace=workspace, scope="workspace", subject_id=workspace.pk, limit_usd=Decimal(1000)
    )
    answers, asked = Notes(tmp_path / "answers"), Notes(tmp_path / "asked")

    def more(number: int) -> None:
        before = len(answers.lines())
        until(lambda: len(answers.lines()) >= before + number, "nobody is answered")

    with ExitStack() as stack:
        children = [
            stack.enter_context(Child(partial(work, workspace_id=workspace.pk, folder=tmp_path)))
            for _ in range(PROCESSES)
        ]
        for child in children:
            assert child.hear() == "ready"
        more(40)
        (tmp_path / "a").touch()  # the first one dies, and then a process in the middle of it
        more(20)
        os.kill(children[0].pid, signal.SIGKILL)
        assert children[0].wait() == -signal.SIGKILL
        more(40)
        (tmp_path / "b-breaks").touch()  # the second one breaks off in the middle
        more(20)
        with database_away():
            time.sleep(AWAY_S)  # the outage itself: other processes live through it by the real clock
        more(40)
        (tmp_path / "a").unlink()
        (tmp_path / "b-breaks").unlink()
        until(lambda: not Breaker.objects.exclude(state=BreakerState.CLOSED).exists(), "a breaker stays open")
        more(40)
        (tmp_path / "stop").touch()
        assert [child.wait() for child in children[1:]] == [0] * (PROCESSES - 1)

    given = [line for line in answers.lines() if "request" in line]
    rows = defaultdict(list)
    for row in Call.objects.filter(workspace=workspace).exclude(purpose=CallPurpose.PROBE).order_by("attempt"):
        rows[str(row.request_id)].append(row)
    # Every caller of a process that lived was answered, whole, once.
    assert [line["nobody"] for line in answers.lines() if "nobody" in line] == []
    assert {line["text"] for line in given} <= {f"An answer of {name}." for name in "abc"}
    assert max(Counter(line["request"] for line in given).values()) == 1
    assert max(line["took_s"] for line in given) <= 30
    # Each of its attempts stands in the ledger once, and its end.
    for line in given:
        attempts = rows[line["request"]]
        assert [one.attempt for one in attempts] == [*range(1, line["calls"] + 1)]
        assert line["calls"] <= 3
        assert (attempts[-1].outcome, attempts[-1].provider_name) == (CallOutcome.SUCCEEDED, line["by"])
        assert all(one.state == CallState.SETTLED for one in attempts)
    # Nobody was asked without a row; of one that is there without a call its process died between the two.
    lost = [one for found in rows.values() for one in found if one.state == CallState.RESERVED]
    assert {owner.is_dead(one.owner) for one in lost} <= {True}
    assert len(lost) <= AT_ONCE
    calls = sum(len(found) for found in rows.values())
    assert 0 <= calls - len(asked.lines()) <= len(lost) + AT_ONCE
    assert ledger.sweep() == len(lost)
    assert not Call.objects.filter(state=CallState.RESERVED).exists()
    # Every reservation was settled, to the last cent and call.
    budget.refresh_from_db()
    assert (budget.reserved_usd, budget.reserved_calls, budget.spent_calls) == (Decimal(0), 0, calls)
    assert budget.spent_usd == sum(Call.objects.filter(workspace=workspace).values_list("cost_usd", flat=True))
