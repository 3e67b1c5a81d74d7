"""Failure patterns that operators add to those of the data files, and the messages that no pattern knew."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from autodev.lib.models import Record


class FailurePattern(Record):
    """A regular expression over the text of a signal (case-insensitive) that gives a kind. Those of the data files
    stand behind it; a lower `position` speaks first."""

    name = models.SlugField(max_length=80, unique=True)
    framework = models.CharField(max_length=40, blank=True, help_text="Empty: every framework.")
    pattern = models.CharField(max_length=500)
    kind = models.CharField(max_length=30)
    position = models.PositiveSmallIntegerField(default=100)
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["position", "name"]

    def __str__(self) -> str:
        return f"{self.name} → {self.kind}"


class UnknownFailure(Record):
    """A message without its changing parts (numbers, ids, paths), how often it came, and one whole example."""

    fingerprint = models.CharField(max_length=64, unique=True)
    framework = models.CharField(max_length=40, blank=True)
    template = models.CharField(max_length=500)
    example = models.TextField()
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(auto_now_add=True)
    last_at = models.DateTimeField(auto_now=True)
    pattern = models.ForeignKey(
        FailurePattern, null=True, blank=True, on_delete=models.SET_NULL, related_name="learned"
    )

    class Meta:
        ordering: ClassVar = ["-count"]

    def __str__(self) -> str:
        return self.template[:80]
