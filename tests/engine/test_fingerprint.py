"""Which failures are one and the same."""

from __future__ import annotations

import pytest

from projects.engine.failure import fingerprint_of

SAME = [
    ("2 tests failed", "17 tests failed"),
    ("overloaded (request req_011CSHoEeqs5C35K2UUqR7Fy)", "overloaded (request req_011CSXyz9qs5C35K2AAqR7Fy)"),
    ("3f2b8c1e-4abc-4def-8abc-0123456789ab is gone", "0f2b8c1e-1a2c-4d3f-9ab1-a123456789ab is gone"),
    ("cannot read /data/a/b.py", "cannot read /data/c.py"),
    ("at 0x7f12ab", "at 0x9"),
    ("commit 0a1b2c3d4e is missing", "commit ffffffffff is missing"),
]
DIFFERENT = [
    ("No module named flask", "No module named django"),
    ("test_create_order_total_a2 failed", "test_list_orders_sorted_a2 failed"),
    ("internationalisation2 failed", "authenticationmodel2 failed"),
]


@pytest.mark.feature("F3.2")
@pytest.mark.parametrize(("one", "other"), SAME)
def test_ids_and_numbers_do_not_tell_failures_apart(one: str, other: str) -> None:
    assert fingerprint_of("work", one) == fingerprint_of("work", other)


@pytest.mark.feature("F3.2")
@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_words_tell_failures_apart(one: str, other: str) -> None:
    assert fingerprint_of("work", one) != fingerprint_of("work", other)
    assert fingerprint_of("work", one) != fingerprint_of("code", one)
