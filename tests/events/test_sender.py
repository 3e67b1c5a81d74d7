"""The outbox: at least once, with backoff, a dead end and a way back."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import OperationalError

from autodev.events import channels
from autodev.events.channels import Undeliverable
from autodev.events.errors import NotDead
from autodev.events.models import Delivery, DeliveryState, Event
from autodev.events.sender import ATTEMPTS_MAX, CLAIM_S, LAST_WAIT_S, backoff_s, delivery_replay, send_due, send_one
from autodev.events.services import deliver, record
from autodev.events.tasks import deliveries_tick, send_delivery
from autodev.lib import failpoints
from autodev.lib.clock import shifted
from tests.cast import Cast, signed_in
from tests.events.conftest import Wire

pytestmark = pytest.mark.django_db


def queue(key: str = "k1", channel: str = "wire") -> Delivery:
    event = record(type="test.happened")
    return deliver(event=event, channel=channel, target="t@example.org", key=key, payload={"subject": "S", "body": "B"})


def now(delivery: Delivery) -> Delivery:
    return Delivery.objects.get(pk=delivery.pk)


def test_what_is_due_is_sent_once_and_marked(wire: Wire) -> None:
    row = queue()
    assert queue().pk == row.pk
    assert (send_due(), send_due()) == (1, 0)
    assert wire.sent == ["k1"]
    assert (now(row).state, now(row).attempts, now(row).epoch) == (DeliveryState.SENT, 1, 1)
    assert now(row).sent_at is not None


def test_a_claimed_delivery_is_left_to_its_sender(wire: Wire) -> None:
    row = queue()
    inside: list[bool] = []

    def send(delivery: Delivery) -> None:
        inside.append(send_one(delivery.pk))

    channels.register("wire", send)
    assert send_one(row.pk)
    assert inside == [False]


def test_a_crash_between_sending_and_marking_sends_again_with_the_same_key(wire: Wire) -> None:
    row = queue()
    failpoints.set_faults("delivery.after_send=raise")
    with pytest.raises(OperationalError):
        send_one(row.pk)
    failpoints.set_faults("")
    assert now(row).state == DeliveryState.PENDING
    assert send_due() == 0  # the claim stands
    with shifted(CLAIM_S + 1):
        assert send_due() == 1
    assert wire.sent == ["k1", "k1"]
    assert now(row).state == DeliveryState.SENT


def test_a_sender_that_was_away_too_long_does_not_overwrite(wire: Wire) -> None:
    row = queue()

    def slow(delivery: Delivery) -> None:
        channels.register("wire", wire)
        with shifted(CLAIM_S + 1):
            assert send_one(delivery.pk)
        raise ConnectionError("too late")

    channels.register("wire", slow)
    assert not send_one(row.pk)
    assert (now(row).state, now(row).last_error) == (DeliveryState.SENT, "")


def test_a_failure_waits_and_is_tried_again(wire: Wire) -> None:
    row = queue()
    wire.failures = 1
    assert send_due() == 0
    assert now(row).last_error == "ConnectionError: the server hung up"
    assert send_due() == 0
    with shifted(31):
        assert send_due() == 1
    assert (now(row).state, now(row).attempts, now(row).last_error) == (DeliveryState.SENT, 2, "")


def test_waits_double_up_to_an_hour() -> None:
    assert [backoff_s(n, jitter=lambda: 1.0) for n in (1, 2, 3, 20)] == [30.0, 60.0, 120.0, LAST_WAIT_S]
    assert backoff_s(1, jitter=lambda: 0.0) == 15.0


def test_after_eight_failures_it_is_dead_until_somebody_replays_it(wire: Wire, cast: Cast) -> None:
    row = queue()
    wire.failures = ATTEMPTS_MAX
    for turn in range(ATTEMPTS_MAX + 1):
        with shifted(turn * (LAST_WAIT_S + 1)):
            send_due()
    assert (now(row).state, now(row).attempts) == (DeliveryState.DEAD, ATTEMPTS_MAX)
    assert Event.objects.get(type="delivery.dead").payload["channel"] == "wire"
    delivery_replay(delivery_id=row.pk, actor=cast.owner)
    assert send_due() == 1
    assert now(row).state == DeliveryState.SENT
    assert Event.objects.get(type="delivery.replayed").actor == cast.owner
    with pytest.raises(NotDead):
        delivery_replay(delivery_id=row.pk, actor=cast.owner)


def test_a_delivery_that_ends_its_process_each_time_is_given_up(wire: Wire) -> None:
    row = queue()
    Delivery.objects.update(attempts=ATTEMPTS_MAX)
    assert send_due() == 0
    assert (now(row).state, now(row).last_error) == (DeliveryState.DEAD, "Every attempt was cut off.")
    assert wire.sent == []


def test_what_cannot_be_delivered_is_dead_at_once(wire: Wire) -> None:
    unknown, gone = queue("k1", "pigeon"), queue("k2")

    def refuse(delivery: Delivery) -> None:
        raise Undeliverable("gone")

    channels.register("wire", refuse)
    assert send_due() == 0
    assert (now(unknown).state, now(unknown).last_error) == (DeliveryState.DEAD, "There is no channel 'pigeon'.")
    assert (now(gone).state, now(gone).attempts) == (DeliveryState.DEAD, 1)


def test_mail_has_the_same_id_each_time() -> None:
    row = queue(channel="email")
    assert send_due() == 1
    Delivery.objects.update(state=DeliveryState.PENDING)
    assert send_due() == 1
    first, second = mail.outbox
    assert first.extra_headers == {"Message-ID": f"<{row.pk}@autodev>", "Idempotency-Key": "k1"}
    assert (first.subject, first.body, first.to) == ("S", "B", ["t@example.org"])
    assert second.extra_headers == first.extra_headers


def test_the_tick_asks_for_each_due_delivery_by_its_id(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    row = queue()
    asked: list[list[str]] = []
    monkeypatch.setattr(send_delivery, "apply_async", lambda args, **options: asked.append(args))
    deliveries_tick.run()
    assert asked == [[str(row.pk)]]


def test_an_operator_replays_what_is_dead(wire: Wire, cast: Cast) -> None:
    cast.owner.is_staff = cast.owner.is_superuser = True
    cast.owner.save()
    row = queue()
    Delivery.objects.update(state=DeliveryState.DEAD)
    form = {"action": "replay", "_selected_action": [str(row.pk)]}
    operator = signed_in(cast.owner)
    assert operator.post("/admin/events/delivery/", form).status_code == 302
    assert now(row).state == DeliveryState.PENDING
    assert "given up" in operator.post("/admin/events/delivery/", form, follow=True).text
