"""Prices that differ from the table: from a moment on, for a workspace or for the whole installation."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from autodev.accounts.models import User, Workspace
from autodev.lib.db import write
from providers import told
from providers.live import versions
from providers.models import PriceOverride
from providers.money.months import now
from providers.services.errors import NoSuchThing, NotALimit

MOST = Decimal(100_000)


def price_set(
    *,
    workspace: Workspace | None,
    actor: User | None,
    model: str,
    input_usd: Decimal,
    output_usd: Decimal,
    cached_usd: Decimal | None = None,
    effective_from: dt.datetime | None = None,
    door: str = "",
) -> PriceOverride:
    """US dollars per million tokens from a moment on (now, where none is given); `workspace` None is the whole
    installation. Earlier ones stay, for what was settled by them. Raises NotALimit."""
    if not model.strip():
        raise NotALimit("Say for which model the price is.")
    for usd in (input_usd, output_usd, cached_usd):
        if usd is not None and not (usd.is_finite() and 0 <= usd <= MOST):
            raise NotALimit(f"A price is between 0 and {MOST} dollars per million tokens.")

    def begin() -> PriceOverride:
        versions.raise_config()
        row = PriceOverride.objects.create(
            workspace=workspace, model=model.strip(), input_usd=input_usd, output_usd=output_usd,
            cached_usd=cached_usd, effective_from=effective_from or now(),
        )  # fmt: skip
        _record("price.set", row, actor, door)
        return row

    return write(begin)


def price_remove(*, workspace: Workspace | None, actor: User | None, price_id: uuid.UUID, door: str = "") -> None:
    """Raises NoSuchThing."""

    def begin() -> None:
        versions.raise_config()
        row = PriceOverride.objects.filter(workspace=workspace, pk=price_id).first()
        if row is None:
            raise NoSuchThing("There is no such price.")
        _record("price.removed", row, actor, door)
        row.delete()

    write(begin)


def _record(word: str, row: PriceOverride, actor: User | None, door: str) -> None:
    payload = {"model": row.model, "input_usd": str(row.input_usd), "output_usd": str(row.output_usd), "door": door}
    told.record(type=word, workspace_id=row.workspace_id, actor=actor, payload=payload)
