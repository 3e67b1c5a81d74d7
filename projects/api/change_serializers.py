"""What the API takes and shows of changes and imports."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from autodev.contracts.options import read_options

STANDINGS = ["running", "proposed", "degraded", "merged", "discarded", "failed"]


class ChangeIn(serializers.Serializer[Any]):
    """A change in words. `merge`: it is merged by itself where its gate is green; that needs the role maintainer."""

    text = serializers.CharField(max_length=20_000)
    merge = serializers.BooleanField(default=False)
    options = serializers.DictField(child=serializers.JSONField(), required=False)
    deadline_at = serializers.DateTimeField(required=False, allow_null=True)
    budget_usd = serializers.DecimalField(
        required=False, allow_null=True, max_digits=12, decimal_places=6, min_value=0, coerce_to_string=True
    )

    def validate_options(self, value: dict[str, Any]) -> dict[str, Any]:
        """Raises OptionsInvalid, which names each key at fault."""
        return read_options(value)


class MergeIn(serializers.Serializer[Any]):
    """`accept_degraded`: it is taken although not all of it is proved."""

    accept_degraded = serializers.BooleanField(default=False)


class UndoIn(serializers.Serializer[Any]):
    merge = serializers.BooleanField(default=False, help_text="Merge the undoing by itself where its gate is green.")


class ReviewOut(serializers.Serializer[Any]):
    """A change and how it stands to the main line. `stale`: that went on since, so a merge proves both together first.
    `main` is its commit now, `base` the one that the change began at (or was put together with)."""

    build = serializers.UUIDField(source="build.pk")
    standing = serializers.ChoiceField(choices=STANDINGS)
    stale = serializers.BooleanField()
    main = serializers.CharField(allow_blank=True)
    base = serializers.CharField(source="build.base", allow_blank=True)
    head = serializers.CharField(source="build.head", allow_blank=True)
    change_of = serializers.UUIDField(source="build.parent_id", allow_null=True)
    added = serializers.ListField(child=serializers.CharField())
    removed = serializers.ListField(child=serializers.CharField())
    altered = serializers.ListField(child=serializers.CharField())
    merged_at = serializers.DateTimeField(source="build.merged_at", allow_null=True)
    merged_commit = serializers.CharField(source="build.merged_commit", allow_blank=True)
    discarded_at = serializers.DateTimeField(source="build.discarded_at", allow_null=True)


class RepositoryImportIn(serializers.Serializer[Any]):
    """A repository to take in: either `url`, or `file` (a zip or a git bundle, as multipart/form-data)."""

    workspace = serializers.UUIDField(required=False, help_text="May be left out with an API key: it is the key's.")
    url = serializers.CharField(
        required=False, max_length=1500,
        help_text="https; of a private repository with a name and a token in it, which are used once and not kept.",
    )  # fmt: skip
    file = serializers.FileField(required=False, max_length=200)
    branch = serializers.CharField(required=False, max_length=120, allow_blank=True, default="")
    name = serializers.CharField(required=False, max_length=80, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("url")) == bool(attrs.get("file")):
            raise serializers.ValidationError({"url": "Either an address or a file, one of them."})
        return attrs
