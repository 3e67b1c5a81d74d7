"""What can be wrong with what the user gives."""


class InputError(Exception):
    """The input cannot be used; the message says why, without naming the input."""
