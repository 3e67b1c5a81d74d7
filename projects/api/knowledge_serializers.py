"""Learned fixes and patterns, as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from projects.models import LearnedFix
from projects.selectors.knowledge import STATES


class EditOut(serializers.Serializer[Any]):
    """`before` must stand in the file once; it is empty where the file is made. `own`: in the finding's own file."""

    path = serializers.CharField()
    before = serializers.CharField(allow_blank=True, trim_whitespace=False)
    after = serializers.CharField(allow_blank=True, trim_whitespace=False)
    own = serializers.BooleanField(default=False)


class LearnedFixOut(serializers.ModelSerializer[LearnedFix]):
    """`success_rate` is null where it was never tried again; `evidence` the build that it was learned from."""

    success_rate = serializers.FloatField(allow_null=True)
    edits = EditOut(many=True)

    class Meta:
        model = LearnedFix
        fields = (
            "id", "check_key", "rule", "example", "signature", "blueprint", "edits", "provider", "evidence", "uses",
            "successes", "success_rate", "failures_in_a_row", "enabled", "created_at", "used_at",
        )  # fmt: skip


class LearnedFixesQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=STATES, required=False, help_text="Whether it is tried.")
    check = serializers.CharField(required=False, max_length=80, help_text="A rung of the ladder.")
    query = serializers.CharField(required=False, max_length=100, help_text="In rule, finding and provider.")


class SwitchIn(serializers.Serializer[Any]):
    enabled = serializers.BooleanField()


class DeletedOut(serializers.Serializer[Any]):
    """`event` takes the deletion back."""

    event = serializers.UUIDField()


class PatternOut(serializers.Serializer[Any]):
    """`kept` of `uses` made the checks better; counted over the newest builds."""

    key = serializers.CharField()
    about = serializers.CharField()
    uses = serializers.IntegerField()
    kept = serializers.IntegerField()
    success_rate = serializers.FloatField(allow_null=True)
    there = serializers.BooleanField()
