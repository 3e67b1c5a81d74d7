"""Names of fields and entities as people say them."""

from __future__ import annotations

import pytest

from autodev.spec.rules.words import moment_label


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("starts_at", "start"),
        ("ends_on", "end"),
        ("start_date", "start date"),
        ("issued_on", "date issued"),
        ("closed_at", "time closed"),
        ("check_in_at", "check in time"),
        ("at", "at"),
    ],
)
def test_a_field_of_time_is_a_noun(field: str, said: str) -> None:
    assert moment_label(field) == said
