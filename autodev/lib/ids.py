"""Ids: UUID version 7 (RFC 9562), so that keys sort by creation."""

from __future__ import annotations

import uuid

import uuid_utils.compat


def new_id() -> uuid.UUID:
    """A fresh UUID7."""
    value: uuid.UUID = uuid_utils.compat.uuid7()
    return value
