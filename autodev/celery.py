"""The Celery app. It carries bells, ticks, mail and webhooks; work is claimed from the database."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autodev.settings")

app = Celery("autodev")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
