"""Drills and their reports."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from providers.api.serializers.fields import NAME
from providers.drill.faults import FAULTS
from providers.models import Drill
from providers.services.drills import LONGEST_S


class FaultOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    what = serializers.CharField()


class DrillOut(serializers.ModelSerializer[Drill]):
    """`running` until `until` or `stopped_at`."""

    provider = serializers.CharField(source="provider.name")
    started_by = serializers.CharField(allow_null=True)
    running = serializers.SerializerMethodField()

    class Meta:
        model = Drill
        fields = (
            "id", "provider", "fault", "share", "started_by", "started_at", "until", "stopped_at", "running"
        )  # fmt: skip

    def get_running(self, row: Drill) -> bool:
        return row.stopped_at is None and row.until > self.context["now"]


class ReportOut(serializers.Serializer[Any]):
    """What it did to live work: requests that met the fault, how many were answered by another provider and how many
    were lost. Times in milliseconds; `noticed_after_ms` is from the first broken call to the first request that was
    spared."""

    requests = serializers.IntegerField()
    rescued = serializers.IntegerField()
    lost = serializers.IntegerField()
    calls_that_met_it = serializers.IntegerField()
    failure_kinds = serializers.DictField(child=serializers.IntegerField())
    served_by = serializers.DictField(child=serializers.IntegerField())
    switches = serializers.IntegerField()
    noticed_after_ms = serializers.IntegerField(allow_null=True)
    p50_ms = serializers.IntegerField(allow_null=True)
    p50_before_ms = serializers.IntegerField(allow_null=True)


class DrillDetail(DrillOut):
    report = ReportOut()

    class Meta(DrillOut.Meta):
        fields = (*DrillOut.Meta.fields, "report")  # type: ignore[assignment] # more than its parent's


class DrillIn(serializers.Serializer[Any]):
    provider = serializers.RegexField(NAME)
    fault = serializers.ChoiceField(choices=list(FAULTS))
    share = serializers.FloatField(min_value=0.001, max_value=1, default=1.0)
    duration_s = serializers.IntegerField(min_value=1, max_value=LONGEST_S, default=60)
