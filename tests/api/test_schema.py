"""The API against its own description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.cache import cache
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from autodev.accounts.services.api_keys import api_key_create
from projects.models import Build
from tests.cast import Cast
from tests.factories.recovery import stormy

pytestmark = pytest.mark.feature("F4.6")
CONFIGURES = tuple(
    f"/api/v1/{part}/"
    for part in ("providers", "credentials", "routing", "config", "calls", "budgets", "prices", "drills", "recovery")
)
CHECKS = [
    schemathesis.checks.not_a_server_error, status_code_conformance, content_type_conformance,
    response_schema_conformance, response_headers_conformance,
]  # fmt: skip


def test_the_schema_is_valid_and_raises_no_warning(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """Requests through WSGI leave the test's connection, and with it its transaction, open, as the test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_one_connection")
@pytest.mark.parametrize("scope", ["build", "admin"])
def test_every_operation_answers_as_described(cast: Cast, build: Build, settings: Any, scope: str) -> None:
    """Builds by a developer's key; with a maintainer's what configures a workspace."""
    settings.ALLOWED_HOSTS = ["*"]
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application())
    maker = cast.member if scope == "build" else cast.maintainer
    _, key = api_key_create(access=cast.access(maker), user=maker, name="schema", scopes=[scope])
    storm = stormy(cast.workspace)
    configured = {
        "name": "claude", "task_kind": "default", "number": 1, "task_id": str(storm.undecided.pk),
        "request_id": str(storm.request.pk), "attempt_id": str(storm.decisions[0].pk),
    }  # fmt: skip
    named = {"build_id": str(build.pk)} if scope == "build" else configured
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # an Err raises
        if operation.path.startswith(CONFIGURES) != (scope == "admin"):
            continue

        @hypothesis.given(case=operation.as_strategy())
        @hypothesis.settings(
            max_examples=12, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )  # fmt: skip
        def ask(case: schemathesis.Case[Any]) -> None:
            nonlocal asked
            cache.clear()
            asked += 1
            case.path_parameters.update({name: value for name, value in named.items() if name in case.path_parameters})
            if "workspace" in case.query and scope == "admin":
                del case.query["workspace"]
            case.call_and_validate(checks=CHECKS, headers={"Authorization": f"Bearer {key}"})

        ask()
    assert asked > 17 * 4
