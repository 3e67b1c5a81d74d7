"""What a person may send."""

from __future__ import annotations

import json
from typing import Any

from rest_framework import serializers

from recovery.states import Strategy

LONGEST = 100_000
NOTE = 4000


class Params(serializers.DictField):
    """A task's input: a JSON object that a database keeps exactly."""

    child = serializers.JSONField(allow_null=True)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().to_internal_value(data)
        try:
            text = json.dumps(found, allow_nan=False)
        except ValueError as error:
            raise serializers.ValidationError("Infinity and NaN are no JSON numbers.") from error
        if len(text) > LONGEST:
            raise serializers.ValidationError(f"More than {LONGEST} characters.")
        if "\\u0000" in text:
            raise serializers.ValidationError("The character NUL cannot be stored.")
        if "\\ud" in text.lower():
            try:
                json.dumps(found, ensure_ascii=False).encode()
            except UnicodeEncodeError as error:
                raise serializers.ValidationError("Half of a character cannot be stored.") from error
        return found


class NoteIn(serializers.Serializer[Any]):
    """`note` is told to whoever does the next attempt."""

    note = serializers.CharField(max_length=NOTE, required=False, allow_blank=True, default="")


class StrategyIn(NoteIn):
    strategy = serializers.ChoiceField(choices=Strategy.choices)


class ReasonIn(serializers.Serializer[Any]):
    """`reason` stands in the activity."""

    reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")


class DeadLetterReplayIn(ReasonIn):
    """With `params` the task gets this input instead of its own; what recovery told it (`recovery`) stays unless it is
    named."""

    params = Params(required=False)


class AnswerIn(NoteIn):
    """`answer` is one of the question's `options`."""

    answer = serializers.CharField(max_length=30)
