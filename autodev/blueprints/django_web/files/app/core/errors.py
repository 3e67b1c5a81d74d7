"""Refusals: changes that would break a rule."""


class RefusedError(Exception):
    """A change that a rule does not allow. `field` names the field at fault, where one is."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
