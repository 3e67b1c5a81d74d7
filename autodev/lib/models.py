"""The base of every record: a UUID7 key."""

from __future__ import annotations

import uuid

from django.db import models

from autodev.lib.ids import new_id


class Record(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    # The key is set before the row exists; typed here because abstract keys lose their type in the plugin.
    pk: uuid.UUID

    class Meta:
        abstract = True
