"""The test settings for a Celery worker that a test starts: the test's own database, data and broker."""

# ruff: noqa: F403, F405 - the settings of the tests, with three answers of its own

from __future__ import annotations

import os
from pathlib import Path

from autodev.settings.broker import broker_url
from tests.settings import *

DATABASES["default"]["NAME"] = os.environ["CHILD_DATABASE"]
AUTODEV_DATA = Path(os.environ["CHILD_DATA"])
AUTODEV_SLOTS = 2
REDIS_URL = os.environ["CHILD_BROKER"]
CELERY_BROKER_URL = broker_url(REDIS_URL)
