"""The channel `email`, and what channels that write their own mail share."""

from __future__ import annotations

from django.core.mail import EmailMessage

from autodev.events.models import Delivery

CHANNEL = "email"


def send(delivery: Delivery) -> None:
    """A plain message: the payload's `subject` and `body`. What must not lie in the database needs a channel of its
    own, which composes the message when it is sent."""
    send_mail(delivery, subject=delivery.payload["subject"], body=delivery.payload["body"])


def send_mail(delivery: Delivery, *, subject: str, body: str) -> None:
    """One message to the delivery's target. Each attempt has the same Message-ID and Idempotency-Key, so that a mail
    server or a person can tell a repetition. Raises what the mail backend raises."""
    headers = {"Message-ID": f"<{delivery.pk}@autodev>", "Idempotency-Key": delivery.key}
    EmailMessage(" ".join(subject.split()), body, to=[delivery.target], headers=headers).send()
