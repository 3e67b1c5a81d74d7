"""The test settings for a Celery worker that a test starts: the test's own database, data and broker."""

# ruff: noqa: F403, F405 - the settings of the tests, with three answers of its own

from __future__ import annotations

import os
from pathlib import Path

from tests.settings import *

DATABASES["default"]["NAME"] = os.environ["CHILD_DATABASE"]
AUTODEV_DATA = Path(os.environ["CHILD_DATA"])
AUTODEV_SLOTS = 2
CELERY_BROKER_URL = os.environ["CHILD_BROKER"].replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
