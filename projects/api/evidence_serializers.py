"""Requirements with their checks and evidence."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from projects.models import CheckKind, CheckResult


class CheckOut(serializers.Serializer[Any]):
    """A check and its newest result; `result` counts only where `commit` is the build's head."""

    key = serializers.CharField(source="check.key")
    title = serializers.CharField(source="check.title")
    kind = serializers.ChoiceField(source="check.kind", choices=CheckKind.choices)
    required = serializers.BooleanField(source="check.required")  # type: ignore[assignment]  # the record's own word
    digest = serializers.CharField(source="check.digest")
    definition = serializers.DictField(source="check.definition")
    result = serializers.ChoiceField(choices=CheckResult.choices)
    commit = serializers.CharField(source="evidence.commit", default=None, allow_null=True)
    excerpt = serializers.CharField(source="evidence.excerpt", default="", allow_blank=True)
    sandbox_level = serializers.CharField(source="evidence.sandbox_level", default="", allow_blank=True)
    duration_ms = serializers.IntegerField(source="evidence.duration_ms", default=None, allow_null=True)
    created_at = serializers.DateTimeField(source="evidence.created_at", default=None, allow_null=True)


class RequirementOut(serializers.Serializer[Any]):
    key = serializers.CharField(source="requirement.key")
    text = serializers.CharField(source="requirement.text")
    sentence = serializers.CharField(source="requirement.sentence")
    kind = serializers.CharField(source="requirement.kind")
    understood = serializers.BooleanField(source="requirement.understood")
    note = serializers.CharField(source="requirement.note", allow_blank=True)
    state = serializers.ChoiceField(choices=["met", "unmet", "not_run", "not_understood"])
    checks = CheckOut(many=True)


class EvidenceOut(serializers.Serializer[Any]):
    """Every requirement, and the rungs of the ladder."""

    met = serializers.IntegerField()
    requirements = RequirementOut(many=True)
    ladder = CheckOut(many=True)
