"""Chains, rules, settings, and what a dry run shows."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from providers.api.serializers.fields import JsonObject, names
from providers.models import Chain, RoutingRule
from providers.states import CallPurpose, Strategy
from providers.targets import Capability

KIND = r"^[a-z][a-z0-9_-]{0,59}$"
TOKENS_MOST = 1_000_000_000
CAPABILITIES = [str(one) for one in Capability]


class ChainOut(serializers.ModelSerializer[Chain]):
    """`strategy` is what it goes by; `follows` whether that is the settings', as it names none of its own."""

    providers = serializers.ListField(child=serializers.CharField())
    strategy = serializers.SerializerMethodField()
    follows = serializers.SerializerMethodField()

    class Meta:
        model = Chain
        fields = ("task_kind", "strategy", "follows", "providers", "enabled")

    @extend_schema_field(serializers.ChoiceField(choices=Strategy.choices))
    def get_strategy(self, row: Chain) -> str:
        return row.strategy or str(self.context["follow"])

    def get_follows(self, row: Chain) -> bool:
        return not row.strategy


class ChainIn(serializers.Serializer[Any]):
    providers = names(min_length=1)
    strategy = serializers.ChoiceField(
        choices=Strategy.choices, required=False, allow_null=True, help_text="That of the settings, where left out."
    )
    enabled = serializers.BooleanField(default=True)


class RuleOut(serializers.ModelSerializer[RoutingRule]):
    when = serializers.DictField()
    then = serializers.DictField()

    class Meta:
        model = RoutingRule
        fields = ("name", "when", "then", "enabled")


class RuleIn(serializers.Serializer[Any]):
    """`when` and `then` as models.yaml has them; without `when` it always speaks."""

    when = JsonObject(required=False)
    then = JsonObject()
    enabled = serializers.BooleanField(default=True)


class OrderIn(serializers.Serializer[Any]):
    names = serializers.ListField(child=serializers.CharField(max_length=80), max_length=1000)


class FallbackOut(serializers.Serializer[Any]):
    """LOVABLE_FALLBACK_CHAIN as it holds here, and who said so."""

    on = serializers.BooleanField()
    said_by = serializers.ChoiceField(choices=["environment", "file", "workspace", "default"])
    own = serializers.BooleanField(allow_null=True, help_text="The workspace's own word on it.")


class SettingsOut(serializers.Serializer[Any]):
    """`settings` with every default filled in; `changed` is what the workspace says itself."""

    settings = serializers.DictField()
    changed = serializers.DictField()
    fallback_chain = FallbackOut()


class SettingsIn(serializers.Serializer[Any]):
    settings = JsonObject(
        required=False, help_text="What changes, section by section; null gives a word its default again."
    )
    fallback_chain = serializers.BooleanField(
        required=False, allow_null=True, help_text="The workspace's own word on LOVABLE_FALLBACK_CHAIN."
    )


class NeedIn(serializers.Serializer[Any]):
    """What would be asked."""

    task_kind = serializers.RegexField(KIND, default="default")
    task_class = serializers.RegexField(KIND, required=False)
    purpose = serializers.ChoiceField(choices=[CallPurpose.JOB, CallPurpose.GATEWAY], default=CallPurpose.JOB)
    project = serializers.UUIDField(required=False)
    build = serializers.UUIDField(required=False)
    user = serializers.CharField(max_length=200, required=False)
    prefer = names(required=False)
    only = names(required=False)
    avoid = names(required=False)
    region = serializers.CharField(max_length=100, required=False)
    capabilities = serializers.ListField(child=serializers.ChoiceField(choices=CAPABILITIES), required=False)
    input_tokens = serializers.IntegerField(min_value=0, max_value=TOKENS_MOST, default=0)
    output_tokens = serializers.IntegerField(min_value=0, max_value=TOKENS_MOST, default=0)
    budget_usd = serializers.DecimalField(max_digits=12, decimal_places=6, min_value=0, required=False)


class CandidateOut(serializers.Serializer[Any]):
    """`factors` are those of the decision matrix, from 0 to 1, and the samples behind them. `closed` false: its circuit
    is open, and nobody else is there."""

    name = serializers.CharField()
    place = serializers.IntegerField()
    score = serializers.FloatField()
    factors = serializers.DictField(child=serializers.FloatField())
    closed = serializers.BooleanField()
    reason = serializers.CharField()


class ExcludedOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    gate = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    until = serializers.FloatField(allow_null=True, help_text="Seconds since the epoch.")


class ChoiceOut(serializers.Serializer[Any]):
    """`chain` is the one that speaks. `previous` is who served before, where this would be a switch."""

    chain = serializers.CharField()
    strategy = serializers.CharField()
    chosen = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField()
    previous = serializers.CharField(allow_blank=True)
    trigger = serializers.CharField(allow_blank=True)
    candidates = CandidateOut(many=True)
    excluded = ExcludedOut(many=True)
