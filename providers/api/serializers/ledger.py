"""Calls, decisions and usage."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from providers.ledger.replays import by_strategy
from providers.models import Call, Decision
from providers.states import CallOutcome, CallPurpose, CallState


class CallOut(serializers.ModelSerializer[Call]):
    """One attempt. `request_id` joins those of one request. Times in milliseconds, money in US dollars."""

    purpose = serializers.ChoiceField(choices=CallPurpose.choices)
    state = serializers.ChoiceField(choices=CallState.choices)
    outcome = serializers.ChoiceField(choices=CallOutcome.choices, allow_blank=True)

    class Meta:
        model = Call
        fields = (
            "id", "provider_name", "model", "key_name", "decision", "request_id", "attempt", "purpose", "task_kind",
            "state", "outcome", "failure_kind", "failure_text", "failure_reason", "http_status", "retry_after_s",
            "input_tokens", "output_tokens", "cached_tokens", "reserved_usd", "cost_usd", "first_token_ms", "total_ms",
            "emergency", "cache_hit", "injected", "work_passed", "project_id", "build_id", "task_id", "started_at",
            "finished_at",
        )  # fmt: skip


class DecisionOut(serializers.ModelSerializer[Decision]):
    """Who was chosen; `previous` is set where it is a switch, and `trigger` says why."""

    class Meta:
        model = Decision
        fields = (
            "id", "task_kind", "strategy", "chosen", "previous", "trigger", "reason", "project_id", "build_id",
            "task_id", "created_at",
        )  # fmt: skip


class DecisionDetail(DecisionOut):
    """With the order and the reason for each place, what the choice was made from, and the calls that followed.
    `by_strategy` is the order that each strategy would have given at that moment; empty for decisions that were stored
    before that could be replayed."""

    candidates = serializers.ListField(child=serializers.DictField())
    inputs = serializers.DictField()
    calls = CallOut(many=True)
    by_strategy = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DictField(child=serializers.ListField(child=serializers.CharField())))
    def get_by_strategy(self, row: Decision) -> dict[str, list[str]]:
        return {name: list(one.order) for name, one in by_strategy(row).items()}

    class Meta(DecisionOut.Meta):
        fields = (*DecisionOut.Meta.fields, "candidates", "inputs", "calls", "by_strategy")  # type: ignore[assignment] # more than its parent's


class UsageOut(serializers.Serializer[Any]):
    """What a provider was asked for and what that cost. `failures` are by kind; of `judged` answers `passed` led to
    work that passed its checks."""

    provider = serializers.CharField()
    calls = serializers.IntegerField()
    successes = serializers.IntegerField()
    failures = serializers.DictField(child=serializers.IntegerField())
    emergency = serializers.IntegerField()
    cache_hits = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cost_usd = serializers.DecimalField(max_digits=20, decimal_places=8)
    judged = serializers.IntegerField()
    passed = serializers.IntegerField()


class UsageQuery(serializers.Serializer[Any]):
    hours = serializers.IntegerField(min_value=1, max_value=24 * 366, default=24)


class CallsQuery(serializers.Serializer[Any]):
    """All conditions that are given must hold."""

    provider = serializers.CharField(required=False, max_length=60)
    outcome = serializers.ChoiceField(choices=CallOutcome.choices, required=False)
    purpose = serializers.ChoiceField(choices=CallPurpose.choices, required=False)
    failure_kind = serializers.CharField(required=False, max_length=30)
    build = serializers.UUIDField(required=False)
    request = serializers.UUIDField(required=False)


class DecisionsQuery(serializers.Serializer[Any]):
    task_kind = serializers.CharField(required=False, max_length=60)
    build = serializers.UUIDField(required=False)
    switches = serializers.BooleanField(default=False, help_text="Only those that changed who serves.")
