"""What a request may run into."""

from __future__ import annotations

from collections.abc import Sequence

from autodev.lib.errors import DomainError, FieldError
from autodev.spec.editing.problem import Problem


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


class EmptyMessage(DomainError):
    """Nothing was said."""

    code = "empty_message"
    status = 422
    hint = "Write what the build should know."


class NoSuchStep(DomainError):
    code = "no_such_checkpoint"
    status = 404
    hint = "Choose a step that has a commit."


class SpecInvalid(DomainError):
    """What was given is no Spec that a product can be made of; `problems` says where and why."""

    code = "spec_invalid"
    status = 422
    hint = "Nothing was changed. docs/spec.md says what a Spec holds."

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        first = self.problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        errors: list[FieldError] = [
            {"field": one.where, "message": f"{one.message} {one.hint}".strip()} for one in problems
        ]
        super().__init__(f"{first.where}: {first.message}{more}", errors=errors)


class SpecChanged(DomainError):
    """Somebody else changed the Spec meanwhile: what was edited is an older version."""

    code = "spec_changed"
    status = 409
    hint = "Look at the newest version, and make your change again there. What you typed is not lost."


class ChangeConflict(DomainError):
    """A change and the main line, which went on since, changed the same places; `paths` names the files."""

    code = "change_conflict"
    status = 409
    hint = "Nothing was merged. Start the change again from the main line as it is now."

    def __init__(self, paths: Sequence[str], *, why: str = "") -> None:
        self.paths = list(paths)
        errors: list[FieldError] = [{"field": path, "message": "Changed on both sides."} for path in paths]
        said = why or f"The change does not go together with the main line in: {', '.join(paths) or 'unknown files'}"
        super().__init__(said, errors=errors)
