"""Budgets and prices."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from providers.models import Budget, PriceOverride
from providers.models.money import BudgetScope


class BudgetOut(serializers.ModelSerializer[Budget]):
    """Money in US dollars. `subject_id` is the project's or build's id, the workspace's for the other scopes; `period`
    the month, as 2026-11. `reserved_…` is set aside for calls under way."""

    scope = serializers.ChoiceField(choices=BudgetScope.choices)

    class Meta:
        model = Budget
        fields = (
            "id", "scope", "subject_id", "period", "limit_usd", "limit_calls", "spent_usd", "spent_calls",
            "reserved_usd", "reserved_calls", "warn_at", "updated_at",
        )  # fmt: skip


class BudgetIn(serializers.Serializer[Any]):
    """A limit in dollars, in calls, or both."""

    scope = serializers.ChoiceField(choices=BudgetScope.choices)
    subject_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="The project or build; not for the other scopes."
    )
    limit_usd = serializers.DecimalField(
        max_digits=14, decimal_places=6, min_value=0, required=False, allow_null=True, coerce_to_string=True
    )
    limit_calls = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, allow_null=True)
    warn_at = serializers.FloatField(
        min_value=0, max_value=1, required=False, allow_null=True,
        help_text="The share from which cheaper providers are preferred.",
    )  # fmt: skip


class PriceOut(serializers.ModelSerializer[PriceOverride]):
    """US dollars per million tokens. `own` false: it is the installation's."""

    own = serializers.SerializerMethodField()

    class Meta:
        model = PriceOverride
        fields = ("id", "model", "input_usd", "output_usd", "cached_usd", "effective_from", "own")

    def get_own(self, row: PriceOverride) -> bool:
        return row.workspace_id is not None


def _price(**more: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=12, decimal_places=6, min_value=0, max_value=100_000, **more)


class PriceIn(serializers.Serializer[Any]):
    model = serializers.CharField(max_length=200, help_text="As litellm names it.")
    input_usd = _price()
    output_usd = _price()
    cached_usd = _price(required=False, allow_null=True)
    effective_from = serializers.DateTimeField(
        required=False, allow_null=True, help_text="From now on, where left out."
    )
