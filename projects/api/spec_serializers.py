"""The Spec, its revisions, checkpoints, and what is asked of them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from projects.models import Origin
from projects.states import Phase

NUMBER_MAX = 2**31 - 1


class RevisionOut(serializers.Serializer[Any]):
    """One revision of a Spec: who made it when, and what differs from the one before, a line each."""

    number = serializers.IntegerField()
    origin = serializers.ChoiceField(choices=Origin.choices)
    author = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    changes = serializers.ListField(child=serializers.CharField())
    restored = serializers.IntegerField(allow_null=True)
    approved_by = serializers.CharField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)


class RevisionDetail(RevisionOut):
    """A revision in full. `evidence` is what had been proved of it when its checks were frozen anew."""

    spec = serializers.DictField()
    evidence = serializers.DictField(allow_null=True)


class SpecOut(serializers.Serializer[Any]):
    """`version` is the number of the newest revision, 0 before the idea was read (`spec` is null then)."""

    version = serializers.IntegerField()
    spec = serializers.DictField(allow_null=True)
    revision = RevisionOut(allow_null=True)
    awaits_approval = serializers.BooleanField()


class VersionIn(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        required=False, min_value=1, max_value=NUMBER_MAX, help_text="The version that was looked at."
    )


class SpecIn(VersionIn):
    spec = serializers.DictField(child=serializers.JSONField(allow_null=True), help_text="The whole document.")


class CheckpointOut(serializers.Serializer[Any]):
    """`undone`: a rollback, a replay or an edit of the Spec has taken it back. `of_this_spec`: it was made from the
    Spec as it is now, so that the build can return to it."""

    id = serializers.UUIDField(source="step.pk")
    commit = serializers.CharField(source="step.commit")
    title = serializers.CharField(source="step.title")
    task = serializers.CharField(source="step.task.key")
    phase = serializers.ChoiceField(source="step.task.phase", choices=Phase.choices)
    created_at = serializers.DateTimeField(source="step.created_at")
    undone = serializers.BooleanField()
    of_this_spec = serializers.BooleanField()


class RollbackIn(serializers.Serializer[Any]):
    checkpoint = serializers.CharField(max_length=64, help_text="A checkpoint's id, or its commit.")


class ReplayIn(serializers.Serializer[Any]):
    start = serializers.CharField(
        required=False, allow_blank=True, max_length=80,
        help_text="A task by its key or id, or a step by its id; without it from the beginning.",
    )  # fmt: skip
