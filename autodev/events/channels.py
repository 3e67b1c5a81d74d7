"""How an outbox row leaves: a function for each channel, registered by the app that knows it."""

from __future__ import annotations

from collections.abc import Callable

from autodev.events.models import Delivery

Send = Callable[[Delivery], None]

_channels: dict[str, Send] = {}


class Undeliverable(Exception):
    """No repetition can help: what the delivery is about is gone, or nobody knows its channel."""


def register(name: str, send: Send) -> None:
    """Names the sender of a channel. It raises Undeliverable, or anything else where a later attempt may do better; it
    may be called twice for a delivery, whose `key` tells the receiver so."""
    _channels[name] = send


def sender_of(name: str) -> Send:
    """Raises Undeliverable for an unknown channel."""
    try:
        return _channels[name]
    except KeyError:
        raise Undeliverable(f"There is no channel {name!r}.") from None
