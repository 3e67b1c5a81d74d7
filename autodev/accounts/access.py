"""Who asks, and how far they reach."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from autodev.accounts.errors import Forbidden
from autodev.accounts.models import Role, User, Workspace

SCOPE_CEILING = {"read": Role.VIEWER, "build": Role.DEVELOPER, "admin": Role.MAINTAINER}


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A person, or a person's API key: a key reaches one workspace and no higher than its scopes."""

    user: User
    only_workspace: uuid.UUID | None = None
    ceiling: Role = Role.OWNER


@dataclass(frozen=True, kw_only=True)
class Access:
    """A workspace together with what the asker may do in it."""

    workspace: Workspace
    role: Role

    def at_least(self, role: Role) -> bool:
        return self.role.rank >= role.rank

    def require(self, role: Role) -> None:
        """Raises Forbidden below `role`."""
        if not self.at_least(role):
            raise Forbidden(f"This needs the role {role.label.lower()}; yours is {self.role.label.lower()}.")

    @property
    def can_build(self) -> bool:
        return self.at_least(Role.DEVELOPER)

    @property
    def can_maintain(self) -> bool:
        return self.at_least(Role.MAINTAINER)

    @property
    def can_own(self) -> bool:
        return self.at_least(Role.OWNER)


def effective_role(role: Role, ceiling: Role) -> Role:
    """The lower of what a member may do and what the key in hand may do."""
    return min(role, ceiling, key=lambda r: r.rank)


def ceiling_of(scopes: list[str]) -> Role | None:
    """The highest role that the scopes reach, or None where they reach nothing."""
    reached = [SCOPE_CEILING[s] for s in scopes if s in SCOPE_CEILING]
    return max(reached, key=lambda r: r.rank) if reached else None
