"""Figures of recovery."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


def _share() -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text="Between 0 and 1; null where nothing is known.")


class TallyOut(serializers.Serializer[Any]):
    """Decisions, and of those that have ended how many brought the task through."""

    decided = serializers.IntegerField()
    ended = serializers.IntegerField()
    recovered = serializers.IntegerField()
    success_rate = _share()


class TimesOut(serializers.Serializer[Any]):
    """Seconds from the failure to the recovery."""

    count = serializers.IntegerField()
    p50_s = serializers.FloatField(allow_null=True)
    p95_s = serializers.FloatField(allow_null=True)
    mean_s = serializers.FloatField(allow_null=True)
    most_s = serializers.FloatField(allow_null=True)


class MetricsOut(serializers.Serializer[Any]):
    """`success_rate` is that of tasks which have ended, `decision_success_rate` that of single decisions. `immediate`
    are recoveries without a planned wait, `scheduled` those with one. `false_positives` were told recovered and failed
    again within the hour."""

    over_s = serializers.FloatField()
    decided = serializers.IntegerField()
    open = serializers.IntegerField()
    tasks = serializers.IntegerField()
    recovered_tasks = serializers.IntegerField()
    lost_tasks = serializers.IntegerField()
    success_rate = _share()
    decision_success_rate = _share()
    immediate = TimesOut()
    scheduled = TimesOut()
    mean_delay_s = serializers.FloatField(allow_null=True)
    attempts_to_success = serializers.FloatField(allow_null=True)
    by_strategy = serializers.DictField(child=TallyOut())
    by_kind = serializers.DictField(child=TallyOut())
    false_positives = serializers.IntegerField()
    false_positive_rate = _share()
    requests = serializers.IntegerField()
    answered = serializers.IntegerField()
    open_requests = serializers.IntegerField()
    intervention_rate = _share()


class MetricsQuery(serializers.Serializer[Any]):
    hours = serializers.IntegerField(min_value=1, max_value=24 * 366, default=24 * 7)
