"""What accounts refuse."""

from __future__ import annotations

from typing import ClassVar

from autodev.lib.errors import DomainError


class NotFound(DomainError):
    """There is no such thing, or the asker may not know that there is."""

    code: ClassVar[str] = "not_found"
    status: ClassVar[int] = 404
    hint = "Check the address, and that you belong to the workspace."


class Forbidden(DomainError):
    """A member whose role or key does not reach this far."""

    code: ClassVar[str] = "forbidden"
    status: ClassVar[int] = 403
    hint = "Ask an owner of the workspace for a role that may do this."


class SignUpClosed(DomainError):
    code: ClassVar[str] = "sign_up_closed"
    status: ClassVar[int] = 403
    hint = "Ask a member of the workspace for an invitation."


class InvitationInvalid(DomainError):
    """Unknown, used or expired."""

    code: ClassVar[str] = "invitation_invalid"
    status: ClassVar[int] = 404
    hint = "Invitations work once and for seven days. Ask for a new one."


class EmailTaken(DomainError):
    code: ClassVar[str] = "email_taken"
    status: ClassVar[int] = 409
    hint = "Sign in instead, or reset the password."


class LastOwner(DomainError):
    code: ClassVar[str] = "last_owner"
    status: ClassVar[int] = 409
    hint = "Make somebody else an owner first."


class AlreadyMember(DomainError):
    code: ClassVar[str] = "already_member"
    status: ClassVar[int] = 409
    hint = "Change the member's role instead."


class ScopeTooWide(DomainError):
    """A key may not do more than the person who makes it."""

    code: ClassVar[str] = "scope_too_wide"
    status: ClassVar[int] = 403
    hint = "Choose scopes that your role reaches."


class TooManyAttempts(DomainError):
    code: ClassVar[str] = "too_many_attempts"
    status: ClassVar[int] = 429
    hint = "Wait a quarter of an hour, or reset the password."
