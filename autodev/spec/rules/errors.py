"""What the rule analyser refuses to turn into a Spec."""

from __future__ import annotations


class AnalysisError(Exception):
    """`code` is for programs, the message for a person."""

    code = "analysis"


class Refused(AnalysisError):
    """The request asks for something that is built to do harm. `reason` says what, `code` names the category."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class Unclear(AnalysisError):
    """There is nothing in the input that names a product. `hint` says what to write instead."""

    code = "unclear"

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
