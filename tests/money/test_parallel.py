"""However many ask at once, threads or processes, no more is given out than the budget holds."""

from __future__ import annotations

import os
import threading
import uuid
from decimal import Decimal

import pytest
from django.db import connections

from autodev.accounts.models import Workspace
from autodev.lib.db import own_connections, write
from providers.models.money import BudgetScope
from providers.money.budgets import BudgetExhausted, Reservation, Spender, reserve, settle
from tests.money.conftest import MakeBudget

database = pytest.mark.django_db(transaction=True)
CALLERS = 50


def one(spender: Spender, usd: Decimal, *, leave: bool = False) -> bool:
    """A call from reservation to settlement, as the ledger makes it: two transactions. Whether there was room."""

    def begin() -> Reservation | None:
        return reserve(spender, usd=usd)

    try:
        held = write(begin, patience_s=60)
    except BudgetExhausted:
        return False
    assert held is not None
    if not leave:
        write(lambda: settle(held, usd=usd / 2), patience_s=60)
    return True


def in_threads(spender: Spender, usd: Decimal, *, each: int, callers: int = CALLERS, leave: bool = False) -> int:
    """How many calls went through when so many threads, each with its own connection, begin together."""
    begin, lock = threading.Barrier(callers), threading.Lock()
    passed, broken = 0, []

    def caller() -> None:
        nonlocal passed
        with own_connections():
            try:
                begin.wait(60)
                mine = sum(one(spender, usd, leave=leave) for _ in range(each))
            except BaseException as error:  # noqa: BLE001 - the test raises it
                broken.append(error)
                return
        with lock:
            passed += mine

    threads = [threading.Thread(target=caller) for _ in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not broken, broken[0]
    return passed


@database
@pytest.mark.feature("F2.14")
def test_fifty_callers_on_a_budget_of_a_hundred_calls(workspace: Workspace, budget: MakeBudget) -> None:
    row = budget(calls=100)
    assert in_threads(Spender(workspace_id=workspace.pk), Decimal("0.01"), each=3) == 100
    row.refresh_from_db()
    assert (row.spent_calls, row.reserved_calls) == (100, 0)
    assert (row.spent_usd, row.reserved_usd) == (Decimal("0.5"), Decimal(0))


@database
def test_dollars_are_exact_at_the_limit_though_a_tenth_has_no_binary_form(
    workspace: Workspace, budget: MakeBudget
) -> None:
    row = budget(usd="10")
    passed = in_threads(Spender(workspace_id=workspace.pk), Decimal("0.1"), each=3, leave=True)
    row.refresh_from_db()
    assert passed == 100
    assert row.reserved_usd == 10


@database
def test_several_budgets_at_once_neither_overflow_nor_wait_in_a_circle(
    workspace: Workspace, budget: MakeBudget
) -> None:
    project, build = uuid.uuid4(), uuid.uuid4()
    rows = [
        budget(BudgetScope.WORKSPACE, calls=100),
        budget(BudgetScope.MONTH, calls=90),
        budget(BudgetScope.PROJECT, project, calls=80),
        budget(BudgetScope.BUILD, build, calls=70),
    ]
    spender = Spender(workspace_id=workspace.pk, project_id=project, build_id=build)
    assert in_threads(spender, Decimal("0.01"), each=2) == 70
    for row in rows:
        row.refresh_from_db()
        assert (row.spent_calls, row.reserved_calls) == (70, 0)


@database
@pytest.mark.feature("F2.14")
def test_callers_in_several_processes(workspace: Workspace, budget: MakeBudget) -> None:
    row = budget(calls=100, usd="1")
    spender = Spender(workspace_id=workspace.pk)
    connections.close_all()
    children = []
    for _ in range(4):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                os.write(writer, str(in_threads(spender, Decimal("0.01"), each=4, callers=13)).encode())
                code = 0
            finally:
                os._exit(code)
        os.close(writer)
        children.append((pid, reader))
    passed = 0
    for pid, reader in children:
        with os.fdopen(reader) as said:
            text = said.read()
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        passed += int(text)
    assert passed == 100
    row.refresh_from_db()
    assert (row.spent_calls, row.reserved_calls, row.reserved_usd) == (100, 0, Decimal(0))
