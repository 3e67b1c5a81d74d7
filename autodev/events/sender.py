"""Sends what the outbox holds, at least once.

A row is claimed by compare-and-swap on its epoch, sent outside of any transaction, and marked. A process that dies
between the last two leaves the claim to run out after `CLAIM_S`; the delivery is then sent again, with the same key.
"""

from __future__ import annotations

import logging
import random
import uuid
from collections.abc import Callable

from django.db.models import F, Q, QuerySet

from autodev.accounts.models import User
from autodev.events.channels import Undeliverable, sender_of
from autodev.events.errors import NotDead
from autodev.events.models import Delivery, DeliveryState
from autodev.events.services import record
from autodev.lib.clock import db_now
from autodev.lib.db import write
from autodev.lib.failpoints import failpoint

log = logging.getLogger(__name__)
# Longer than any channel takes: an SMTP dialogue ends after EMAIL_TIMEOUT.
CLAIM_S = 120.0
ATTEMPTS_MAX = 8
FIRST_WAIT_S = 30.0
LAST_WAIT_S = 3600.0
A_ROUND = 100


def backoff_s(attempts: int, *, jitter: Callable[[], float] = random.random) -> float:
    """Seconds until the next attempt after `attempts` failed ones: 30 s doubling to an hour, of which a random part
    between half and all is waited. Eight attempts take one to two hours."""
    full = min(LAST_WAIT_S, FIRST_WAIT_S * 2.0 ** (attempts - 1))
    return full * (0.5 + 0.5 * jitter())


def due_ids(limit: int = A_ROUND) -> list[uuid.UUID]:
    """The deliveries whose time has come, oldest first."""
    rows = Delivery.objects.filter(_due()).order_by("created_at", "id")
    return list(rows.values_list("pk", flat=True)[:limit])


def send_due() -> int:
    """Sends what is due, up to `A_ROUND`; gives how many were sent."""
    return sum(send_one(delivery_id) for delivery_id in due_ids())


def send_one(delivery_id: uuid.UUID) -> bool:
    """Sends this delivery if it is due and nobody else has claimed it; whether it was sent. Never raises what a channel
    raises: that is written to the row, which is tried again later or is dead after `ATTEMPTS_MAX`."""
    delivery = _claim(delivery_id)
    if delivery is None:
        return False
    if delivery.attempts > ATTEMPTS_MAX:  # each of the last ones ended its process
        _fail(delivery, "Every attempt was cut off.", dead=True)
        return False
    try:
        sender_of(delivery.channel)(delivery)
    except Undeliverable as error:
        _fail(delivery, str(error), dead=True)
        return False
    except Exception as error:
        log.exception("delivery.failed", extra={"delivery_id": str(delivery.pk), "channel": delivery.channel})
        _fail(delivery, f"{type(error).__name__}: {error}", dead=delivery.attempts >= ATTEMPTS_MAX)
        return False
    failpoint("delivery.after_send")
    write(lambda: _held(delivery).update(state=DeliveryState.SENT, sent_at=db_now(), next_at=None, last_error=""))
    return True


def _due() -> Q:
    return Q(state=DeliveryState.PENDING) & (Q(next_at=None) | Q(next_at__lte=db_now()))


def _claim(delivery_id: uuid.UUID) -> Delivery | None:
    delivery = Delivery.objects.filter(_due(), pk=delivery_id).first()
    if delivery is None:
        return None
    claim = {"epoch": F("epoch") + 1, "attempts": F("attempts") + 1, "next_at": db_now(plus_s=CLAIM_S)}
    won = write(lambda: Delivery.objects.filter(_due(), pk=delivery.pk, epoch=delivery.epoch).update(**claim))
    if won != 1:
        return None
    delivery.epoch += 1
    delivery.attempts += 1
    return delivery


def _held(delivery: Delivery) -> QuerySet[Delivery]:
    """The row as long as this claim of it stands."""
    return Delivery.objects.filter(pk=delivery.pk, epoch=delivery.epoch, state=DeliveryState.PENDING)


def _fail(delivery: Delivery, error: str, *, dead: bool) -> None:
    def mark() -> None:
        if not dead:
            wait = db_now(plus_s=backoff_s(delivery.attempts))
            _held(delivery).update(next_at=wait, last_error=error[:2000])
        elif _held(delivery).update(state=DeliveryState.DEAD, next_at=None, last_error=error[:2000]):
            payload = {"delivery": str(delivery.pk), "channel": delivery.channel, "error": error[:300]}
            record(type="delivery.dead", workspace_id=delivery.event.workspace_id, payload=payload)

    write(mark)


def delivery_replay(*, delivery_id: uuid.UUID, actor: User | None) -> None:
    """Puts a dead delivery back into the queue, with all its attempts before it. Raises NotDead."""

    def replay() -> None:
        row = Delivery.objects.select_related("event").filter(pk=delivery_id, state=DeliveryState.DEAD).first()
        again = {"state": DeliveryState.PENDING, "attempts": 0, "next_at": None}
        dead = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.DEAD)
        if row is None or dead.update(**again) != 1:
            raise NotDead("Only a delivery that was given up can be sent again.")
        payload = {"delivery": str(row.pk), "channel": row.channel}
        record(type="delivery.replayed", workspace_id=row.event.workspace_id, actor=actor, payload=payload)

    write(replay)
