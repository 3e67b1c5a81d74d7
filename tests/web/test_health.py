"""What the supervisor and the load balancer ask."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from monitoring import views


def test_the_process_answers_without_the_database() -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().head("/healthz").status_code == 200
    assert Client().post("/healthz").status_code == 405


@pytest.mark.django_db
def test_ready_means_a_database_with_this_versions_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Client().get("/readyz").json() == {"status": "ok", "checks": {"database": "ok", "migrations": "ok"}}

    class Behind(MigrationExecutor):
        def migration_plan(self, *_: Any, **__: Any) -> Any:
            return [object()]

    monkeypatch.setattr(views, "MigrationExecutor", Behind)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["migrations"]) == (503, "pending")

    def gone(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(views, "MigrationExecutor", gone)
    assert Client().get("/readyz").json()["checks"]["database"] == "unreachable"
