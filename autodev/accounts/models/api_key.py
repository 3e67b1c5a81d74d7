"""API keys: a public prefix for look-up, of the secret only an HMAC with a numbered pepper."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from autodev.accounts.models.workspace import Workspace
from autodev.lib.models import Record


class ApiKey(Record):
    """Shown once as `ad_<prefix>_<secret>`. `scopes` is a list of `read`, `build`, `admin`."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="api_keys")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, unique=True)
    secret_hmac = models.CharField(max_length=64)
    pepper_id = models.PositiveSmallIntegerField()
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} (ad_{self.prefix}_…)"
