"""Questions about a product over the API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class QuestionIn(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=2000)


class ExplainedOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(["asked", "answered", "failed"])
    question = serializers.CharField()
    asked_by = serializers.CharField()
    asked_at = serializers.DateTimeField()
    text = serializers.CharField(help_text="Markdown.")
    paths = serializers.ListField(child=serializers.CharField())
    provider = serializers.CharField()
    cost_usd = serializers.CharField()
    commit = serializers.CharField()
    why = serializers.CharField(help_text="Why there is no answer.")
    ended_at = serializers.DateTimeField(allow_null=True)
