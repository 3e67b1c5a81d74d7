"""Ids: UUID version 7 (RFC 9562), so that keys sort by creation."""

from __future__ import annotations

import datetime as dt
import uuid

import uuid_utils.compat


def new_id() -> uuid.UUID:
    """A fresh UUID7."""
    value: uuid.UUID = uuid_utils.compat.uuid7()
    return value


def first_id(moment: dt.datetime) -> uuid.UUID:
    """The lowest UUID7 of an aware moment: what was made later sorts above it, so that the key's index finds it."""
    return uuid.UUID(int=(max(int(moment.timestamp() * 1000), 0) << 80) | (0x7 << 76) | (0b10 << 62))
