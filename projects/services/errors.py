"""What a request may run into."""

from __future__ import annotations

from autodev.lib.errors import DomainError


class IdempotencyConflict(DomainError):
    code = "idempotency_conflict"
    status = 409
    hint = "Use a new Idempotency-Key for a different request."


class EmptyIdea(DomainError):
    code = "empty_idea"
    status = 422
    hint = "Say in a sentence or two what the program should do."


class HarmfulIdea(DomainError):
    """The idea asks for a tool built to do harm."""

    code = "refused"
    status = 422
    hint = "If it is meant for defence or teaching, say what it protects or explains."


class DeadlinePast(DomainError):
    code = "deadline_past"
    status = 422
    hint = "Give a moment that is still to come, with its time zone."


class WrongState(DomainError):
    """The build is in a state in which this cannot be done."""

    code = "wrong_state"
    status = 409


class NoSuchStep(DomainError):
    code = "no_such_checkpoint"
    status = 404
    hint = "Choose a step that has a commit."
