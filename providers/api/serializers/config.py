"""models.yaml in and out."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from providers.config import diff
from providers.config.reading import MOST_CHARACTERS
from providers.config.revisions import NOTE_LENGTH
from providers.models import ConfigRevision


class TextIn(serializers.Serializer[Any]):
    """YAML or JSON: models.yaml as a whole, or the JSON in three sections, which is merged into what there is."""

    text = serializers.CharField(max_length=MOST_CHARACTERS, trim_whitespace=False)


class ImportIn(TextIn):
    note = serializers.CharField(max_length=NOTE_LENGTH, required=False, allow_blank=True, help_text="Why.")


class ConfigDiffOut(serializers.Serializer[Any]):
    """A unified diff; empty where nothing would change."""

    diff = serializers.CharField(allow_blank=True, trim_whitespace=False)


class ConfigRevisionOut(serializers.ModelSerializer[ConfigRevision]):
    created_by = serializers.CharField(allow_null=True)

    class Meta:
        model = ConfigRevision
        fields = ("number", "note", "door", "created_by", "created_at")


class ConfigRevisionDetail(ConfigRevisionOut):
    document = serializers.DictField()
    changes = serializers.SerializerMethodField()

    class Meta(ConfigRevisionOut.Meta):
        fields = (*ConfigRevisionOut.Meta.fields, "document", "changes")  # type: ignore[assignment] # more than its parent's

    def get_changes(self, row: ConfigRevision) -> str:
        """The unified diff to the revision before."""
        earlier = ConfigRevision.objects.filter(workspace_id=row.workspace_id, number__lt=row.number)
        before = earlier.order_by("-number").values_list("document", flat=True).first()
        return diff.unified(before or {}, row.document, names=("before", f"revision {row.number}"))
