"""The parts that the other tests stand on are real."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import redis
from django.db import connection


@pytest.mark.django_db
def test_the_database_is_the_one_that_was_asked_for() -> None:
    assert connection.vendor == os.environ.get("TEST_DATABASE", "postgresql")


def test_redis_answers_and_is_empty(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    assert client.ping()
    assert client.dbsize() == 0


def test_importing_autodev_brings_in_neither_django_nor_a_model_library() -> None:
    code = "import autodev, sys; print([m for m in ('django', 'litellm', 'pydantic', 'celery') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
