"""Decisions, and the timeline of a task."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from projects.models import Attempt, AttemptOutcome, Task
from projects.states import TaskState
from recovery.models import HumanRequest, KnownFix, RecoveryAttempt
from recovery.states import Origin, RecoveryState, RequestReason, RequestState, Source, Strategy


class TaskBrief(serializers.ModelSerializer[Task]):
    """A task as far as recovery speaks of it. `accepted_at` is when a member took a degraded or failed end as it is."""

    state = serializers.ChoiceField(choices=TaskState.choices)
    build = serializers.UUIDField(source="build_id")

    class Meta:
        model = Task
        fields = (
            "id", "build", "key", "kind", "title", "state", "attempts", "max_attempts", "waits", "crashes",
            "wait_reason", "next_run_at", "last_error", "error_kind", "accepted_at", "created_at", "finished_at",
        )  # fmt: skip


class RecoveryAttemptOut(serializers.ModelSerializer[RecoveryAttempt]):
    """What was decided about one failure. `rung` is the place in the fallback hierarchy, `confidence` lies between 0
    and 1, `params` is what the strategy changed, `outcome` says in words what came of it. `was_recovered_at` together
    with the state `relapsed` is a false positive."""

    task_title = serializers.CharField(source="task.title")
    origin = serializers.ChoiceField(choices=Origin.choices)
    strategy = serializers.ChoiceField(choices=Strategy.choices)
    source = serializers.ChoiceField(choices=Source.choices)  # type: ignore[assignment] # the record's own word
    state = serializers.ChoiceField(choices=RecoveryState.choices)
    reasons = serializers.ListField(child=serializers.CharField())
    params = serializers.DictField()
    actor = serializers.CharField(allow_null=True)

    class Meta:
        model = RecoveryAttempt
        fields = (
            "id", "build", "task", "task_title", "task_kind", "epoch", "number", "origin", "strategy", "source",
            "state", "rung", "confidence", "reasons", "params", "failure_kind", "signature", "message",
            "provider", "percent", "delay_s", "outcome", "actor", "failed_at", "created_at", "applied_at",
            "was_recovered_at", "ended_at",
        )  # fmt: skip


class RecoveryAttemptDetail(RecoveryAttemptOut):
    """With the situation as it was read, and the options that were not taken, each with its `why_not`."""

    inputs = serializers.DictField()
    alternatives = serializers.ListField(child=serializers.DictField())

    class Meta(RecoveryAttemptOut.Meta):
        fields = (*RecoveryAttemptOut.Meta.fields, "inputs", "alternatives")  # type: ignore[assignment] # more than its parent's


class DecisionsQuery(serializers.Serializer[Any]):
    """All conditions that are given must hold."""

    state = serializers.ChoiceField(choices=RecoveryState.choices, required=False)
    strategy = serializers.ChoiceField(choices=Strategy.choices, required=False)
    failure_kind = serializers.CharField(max_length=40, required=False)
    build = serializers.UUIDField(required=False)
    task = serializers.UUIDField(required=False)


class AttemptOut(serializers.ModelSerializer[Attempt]):
    outcome = serializers.ChoiceField(choices=AttemptOutcome.choices)

    class Meta:
        model = Attempt
        fields = (
            "epoch", "owner", "outcome", "error_kind", "error", "provider", "retry_at", "started_at", "finished_at",
        )  # fmt: skip


class RequestOut(serializers.ModelSerializer[HumanRequest]):
    """A question. `options` is what can be answered, `until` when the task stops waiting."""

    task_title = serializers.CharField(source="task.title")
    reason = serializers.ChoiceField(choices=RequestReason.choices)
    state = serializers.ChoiceField(choices=RequestState.choices)
    options = serializers.ListField(child=serializers.CharField())
    answered_by = serializers.CharField(allow_null=True)

    class Meta:
        model = HumanRequest
        fields = (
            "id", "build", "task", "task_title", "epoch", "reason", "question", "options", "state", "until", "answer",
            "note", "answered_by", "answered_at", "created_at",
        )  # fmt: skip


class RequestDetail(RequestOut):
    """With everything needed to answer it: the last failures, what was tried, the end of the output."""

    evidence = serializers.DictField()

    class Meta(RequestOut.Meta):
        fields = (*RequestOut.Meta.fields, "evidence")  # type: ignore[assignment] # as above


class RequestsQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=RequestState.choices, required=False)
    task = serializers.UUIDField(required=False)


class TurnOut(serializers.Serializer[Any]):
    """One attempt with what was decided and asked when it failed."""

    epoch = serializers.IntegerField()
    attempt = AttemptOut(allow_null=True)
    decision = RecoveryAttemptOut(allow_null=True)
    request = RequestOut(allow_null=True)


class FixOut(serializers.ModelSerializer[KnownFix]):
    """What a strategy did to a failure that is known again by its signature."""

    strategy = serializers.ChoiceField(choices=Strategy.choices)
    params = serializers.DictField()
    success_rate = serializers.FloatField(allow_null=True)

    class Meta:
        model = KnownFix
        fields = (
            "id", "signature", "failure_kind", "task_kind", "strategy", "params", "example", "uses", "successes",
            "success_rate", "created_at", "used_at",
        )  # fmt: skip


class FixesQuery(serializers.Serializer[Any]):
    failure_kind = serializers.CharField(max_length=40, required=False)
