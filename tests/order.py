"""In which order the tests run: the long ones first, so that at the end no process waits for another's long one."""

from __future__ import annotations

import pytest

DATABASES = {"db", "transactional_db", "django_db_reset_sequences", "django_db_serialized_rollback"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with a database stay in the order that pytest-django gave them, which keeps what the migrations wrote."""
    items.sort(key=lambda item: not (item.get_closest_marker("slow") and _without_database(item)))


def _without_database(item: pytest.Item) -> bool:
    return item.get_closest_marker("django_db") is None and DATABASES.isdisjoint(getattr(item, "fixturenames", ()))
