"""Where a workspace stands, and what a task waits for."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from autodev.accounts.models import WorkspaceState
from recovery.api.serializers.decisions import AttemptOut, TaskBrief, TurnOut


class StateOut(serializers.Serializer[Any]):
    """`meaning` and `nexts` are sentences for people. `undecided` tasks failed and wait for a decision, `timed` wait
    for a moment, the first until `next_at`, `asked` for a person. `recovering` and `degraded` are the facts that the
    state follows from, `dead` the dead letters, `questions` the open ones."""

    state = serializers.ChoiceField(choices=WorkspaceState.choices)
    meaning = serializers.CharField()
    nexts = serializers.ListField(child=serializers.CharField())
    undecided = serializers.IntegerField()
    timed = serializers.IntegerField()
    asked = serializers.IntegerField()
    next_at = serializers.DateTimeField(allow_null=True)
    recovering = serializers.IntegerField()
    degraded = serializers.IntegerField()
    dead = serializers.IntegerField()
    questions = serializers.IntegerField()


class WaitOut(serializers.Serializer[Any]):
    """Why a task does not move, in words; `then` happens at `until`."""

    why = serializers.CharField()
    then = serializers.CharField(allow_blank=True)
    until = serializers.DateTimeField(allow_null=True)
    by_person = serializers.BooleanField()


class StrategyOut(serializers.Serializer[Any]):
    """A strategy; `why_not` is empty where it can be chosen now, and `params` then says how it would be used."""

    strategy = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # what it is called
    does = serializers.CharField()
    params = serializers.CharField(allow_blank=True)
    why_not = serializers.CharField(allow_blank=True)


class RecoveryTaskOut(serializers.Serializer[Any]):
    """A task with its timeline, the newest attempt first (at most 50)."""

    task = TaskBrief()
    wait = WaitOut(allow_null=True)
    turns = TurnOut(many=True)


class DeadLetterOut(serializers.Serializer[Any]):
    """A quarantined or failed task with its attempts, the newest first."""

    task = TaskBrief()
    replayable = serializers.BooleanField()
    worker = serializers.CharField(allow_blank=True)
    attempts = AttemptOut(many=True)


class DeadLetterDetail(DeadLetterOut):
    """With the task's input, and the end of what it printed."""

    params = serializers.DictField(source="task.params")
    tail = serializers.CharField(allow_blank=True)


class DeadLettersQuery(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["quarantined", "failed"], required=False)
