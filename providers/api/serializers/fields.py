"""Fields that the endpoints share."""

from __future__ import annotations

import json
from typing import Any

from rest_framework import serializers

from providers.config.reading import MOST_CHARACTERS, unstorable

NAME = r"^[A-Za-z0-9_-]{1,60}$"


class JsonObject(serializers.DictField):
    """A JSON object that a database keeps exactly."""

    child = serializers.JSONField(allow_null=True)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        found: dict[str, Any] = super().to_internal_value(data)
        problem = next(unstorable(found, ()), None)
        if problem is not None:
            raise serializers.ValidationError(f"{problem.key}: {problem.message}")
        if len(json.dumps(found)) > MOST_CHARACTERS:
            raise serializers.ValidationError(f"More than {MOST_CHARACTERS} characters.")
        return found


def names(**more: Any) -> serializers.ListField:
    """Names of providers."""
    return serializers.ListField(child=serializers.RegexField(NAME), max_length=50, **more)
