"""Requirement → check → evidence, and what the ladder found. The gate reads these rows and nothing else."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from autodev.lib.models import Record
from projects.models.build import Build
from projects.models.task import Task


class Requirement(Record):
    """One thing asked for, with the user's words. `key` is the requirement's id in the Spec."""

    build = models.ForeignKey(Build, on_delete=models.CASCADE, related_name="requirements")
    key = models.CharField(max_length=64)
    sentence = models.TextField()
    text = models.TextField()
    kind = models.CharField(max_length=12)
    understood = models.BooleanField(default=True)
    note = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["build", "key"], name="projects_requirement_key")]

    def __str__(self) -> str:
        return f"{self.key}: {self.text}"


class CheckKind(models.TextChoices):
    LADDER = "ladder", "Ladder"
    ACCEPTANCE = "acceptance", "Acceptance"


class Check(Record):
    """A check of the build. An acceptance check belongs to a requirement; its `definition` is frozen by `digest`. A
    rung of the ladder has no requirement, and `required` says whether the gate needs it green."""

    build = models.ForeignKey(Build, on_delete=models.CASCADE, related_name="checks")
    requirement = models.ForeignKey(Requirement, null=True, on_delete=models.CASCADE, related_name="checks")
    kind = models.CharField(max_length=10, choices=CheckKind)
    key = models.CharField(max_length=120)
    title = models.CharField(max_length=200)
    definition = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    required = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["position", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["build", "key"], name="projects_check_key")]

    def __str__(self) -> str:
        return self.key


class CheckResult(models.TextChoices):
    """A check that could not run is `not_run`, never passed."""

    PASSED = "passed", "Passed"
    FAILED = "failed", "Failed"
    NOT_RUN = "not_run", "Not run"


class Evidence(Record):
    """One result of a check at a commit, append-only; the newest at the build's head counts."""

    check_row = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="evidence")
    task = models.ForeignKey(Task, null=True, on_delete=models.SET_NULL, related_name="+")
    epoch = models.PositiveBigIntegerField()
    commit = models.CharField(max_length=40)
    result = models.CharField(max_length=8, choices=CheckResult)
    excerpt = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    sandbox_level = models.CharField(max_length=10, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "evidence"
        ordering: ClassVar = ["created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["check_row", "commit", "epoch", "task"], name="projects_evidence_once"),
        ]

    def __str__(self) -> str:
        return f"{self.check_row_id} {self.result} at {self.commit[:8]}"


class Finding(Record):
    """Something a check said about the code, structured."""

    build = models.ForeignKey(Build, on_delete=models.CASCADE, related_name="findings")
    check_row = models.ForeignKey(Check, null=True, on_delete=models.CASCADE, related_name="findings")
    commit = models.CharField(max_length=40)
    file = models.CharField(max_length=400, blank=True)
    line = models.PositiveIntegerField(null=True)
    column = models.PositiveIntegerField(null=True)
    rule = models.CharField(max_length=120)
    severity = models.CharField(max_length=8, choices=[("info", "Info"), ("warning", "Warning"), ("error", "Error")])
    message = models.TextField()
    hint = models.TextField(blank=True)
    fixed_by = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]

    def __str__(self) -> str:
        return f"{self.rule} {self.file}:{self.line}"


class Artifact(Record):
    """Something the build delivers beside its repository: the zip, the evidence as JSON. `path` is below the data
    folder."""

    build = models.ForeignKey(Build, on_delete=models.CASCADE, related_name="artifacts")
    kind = models.CharField(max_length=24)
    name = models.CharField(max_length=200)
    path = models.CharField(max_length=400)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    commit = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["build", "kind", "commit"], name="projects_artifact_once")
        ]

    def __str__(self) -> str:
        return self.name


class PackageVersion(Record):
    """A cached answer of a package registry, with its source and date. `source`: `registry`, `cache` or `curated`."""

    ecosystem = models.CharField(max_length=16, default="python")
    name = models.CharField(max_length=120)
    version = models.CharField(max_length=60)
    released_at = models.DateTimeField(null=True)
    requires_python = models.CharField(max_length=60, blank=True)
    deprecated = models.BooleanField(default=False)
    source = models.CharField(max_length=12)
    checked_at = models.DateTimeField()
    details = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["ecosystem", "name"], name="projects_package_name")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
