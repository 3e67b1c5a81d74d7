"""Provider: one model, agent or engine that can be asked. Credential: its key, encrypted. JobToken: a job's key."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from autodev.accounts.models import Workspace
from autodev.lib.models import Record


class Credential(Record):
    """`ciphertext` is the secret under the master key of number `key_number`; `hint` its last four characters. The
    secret itself is never shown again."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="credentials")
    name = models.CharField(max_length=80)
    ciphertext = models.BinaryField()
    key_number = models.PositiveSmallIntegerField()
    hint = models.CharField(max_length=8, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    rotated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["workspace", "name"], name="providers_credential_name")
        ]

    def __str__(self) -> str:
        return f"{self.name} (…{self.hint})"


class Provider(Record):
    """`keys` is a list of names, tried in order: a credential's, or `env:NAME` for a variable of the environment.
    `document` holds what models.yaml says of it beyond the columns (capabilities, deadlines, params, price, …), checked
    by `providers.config.schema`."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="providers")
    name = models.SlugField(max_length=60)
    kind = models.CharField(max_length=40)
    model = models.CharField(max_length=200, blank=True)
    api_base = models.CharField(max_length=300, blank=True)
    keys = models.JSONField(default=list)
    enabled = models.BooleanField(default=True)
    document = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["workspace", "name"], name="providers_provider_name")]

    def __str__(self) -> str:
        return self.name


class JobToken(Record):
    """A key of the gateway for one task at one epoch (or a user's own tool for an hour); only its HMAC is stored."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="+")
    token_hmac = models.CharField(max_length=64, unique=True)
    pepper_id = models.PositiveSmallIntegerField()
    build_id = models.UUIDField(null=True, blank=True)
    project_id = models.UUIDField(null=True, blank=True)
    task_id = models.UUIDField(null=True, blank=True)
    epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"token of {self.task_id or self.workspace_id}"
