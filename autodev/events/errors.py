"""What events refuse."""

from __future__ import annotations

from typing import ClassVar

from autodev.lib.errors import DomainError


class NotDead(DomainError):
    """A replay of what is not dead."""

    code: ClassVar[str] = "not_dead"
    status: ClassVar[int] = 409
    hint = "A pending delivery is tried again by itself; a sent one has arrived."
