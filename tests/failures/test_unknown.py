"""Messages that nothing knew: counted by their template, and made patterns."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from autodev.lib.db import own_connections
from providers.failures.classify import classify
from providers.failures.fingerprint import fingerprint, proposed_pattern, template
from providers.failures.kinds import FailureKind
from providers.failures.patterns import compiled
from providers.failures.signal import Signal
from providers.failures.unknown import PatternRefused, check_pattern, record_unknown, sweep
from providers.live.snapshot import patterns
from providers.models import FailurePattern, StateVersion, UnknownFailure
from providers.services.patterns import pattern_save

ODD = "Flux capacitor {n} of node {id} at https://x.example/{n} gave up after {n}.5 ms in /srv/app/{id}/main"


def odd(n: int) -> str:
    return ODD.format(n=n, id=f"a1b2c3d4e5f6{n:04}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("took 12.5 s of 30", "took <n> s of <n>"),
        ("node 0195d0e4-1111-7222-8333-444455556666 is gone", "node <id> is gone"),
        ("at 2026-11-21T10:00:00.123Z in /srv/agent/x", "at <time> in <path>"),
        ("see https://example.com/a?b=1 or a.b@example.com", "see <url> or <mail>"),
        ("request req_011CWtX9B9VeBpjm5oGD1BtQ failed", "request <id> failed"),
        ("key sk-ant-api03-AbCdEf0123456789 gone", "key … gone"),
        ("two\n  lines", "two lines"),
    ],
)
def test_templates(text: str, expected: str) -> None:
    assert template(text) == expected


def test_the_same_failure_has_one_fingerprint() -> None:
    assert fingerprint(odd(1)) == fingerprint(odd(987))
    assert fingerprint(odd(1)) != fingerprint(odd(1), "claude")
    assert fingerprint("one thing") != fingerprint("another thing")


@pytest.mark.parametrize("text", [odd(3), "plain words (with [brackets])", "x" * 2000, "a 1 " * 400, "…"])
def test_a_proposed_pattern_matches_its_own_message(text: str) -> None:
    pattern = proposed_pattern(text)
    assert len(pattern) <= 500
    assert compiled(pattern).search(text)


@pytest.mark.feature("F2.4")
@pytest.mark.django_db
@pytest.mark.parametrize("framework", ["groq", "litellm/openai", "litellm", "claude", "lab", ""])
def test_a_pattern_made_of_a_message_speaks_for_who_said_it(framework: str) -> None:
    """Also for those that no set of the data files is for: their patterns matched nothing."""
    signal = Signal(text=odd(1), framework=framework)
    row = record_unknown(signal=signal)
    made = FailurePattern(
        name="flux", framework=row.framework, pattern=proposed_pattern(row.example), kind="overloaded"
    )
    pattern_save(row=made, actor=None, learned_from=row)
    assert classify(signal, patterns()).reason == "operator:flux"
    other = classify(Signal(text=odd(1), framework="cohere"), patterns())
    assert (other.reason == "operator:flux") is (framework == "")


@pytest.mark.feature("F2.4")
@pytest.mark.django_db
def test_a_message_is_counted_and_then_known() -> None:
    for number in (1, 22, 333):
        signal = Signal(text=odd(number), framework="claude")
        assert classify(signal, patterns()).kind is FailureKind.UNKNOWN
        row = record_unknown(signal=signal)
    assert (row.count, row.framework, row.example) == (3, "claude", odd(1))
    assert UnknownFailure.objects.count() == 1
    before = StateVersion.objects.filter(pk=1).values_list("config", flat=True).first() or 0

    made = FailurePattern(
        name="flux-capacitor", framework=row.framework, pattern=proposed_pattern(row.example), kind="overloaded"
    )
    pattern = pattern_save(row=made, actor=None, learned_from=row)

    row.refresh_from_db()
    assert row.pattern == pattern
    assert StateVersion.objects.get(pk=1).config > before
    failure = classify(Signal(text=odd(4444), framework="claude"), patterns())
    assert (failure.kind, failure.reason) == (FailureKind.OVERLOADED, "operator:flux-capacitor")


@pytest.mark.django_db
def test_the_example_holds_no_secret() -> None:
    row = record_unknown(signal=Signal(text="odd sk-ant-api03-AbCdEf0123456789abcdefgh"))
    assert "AbCdEf" not in row.example + row.template


@pytest.mark.django_db(transaction=True)
def test_workers_that_see_it_at_once_are_all_counted() -> None:
    barrier = threading.Barrier(6)
    errors: list[BaseException] = []

    def work() -> None:
        with own_connections():
            barrier.wait()
            try:
                record_unknown(signal=Signal(text=odd(7)))
            except BaseException as error:  # noqa: BLE001 - shown by the test
                errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert UnknownFailure.objects.get().count == 6
    assert connection.vendor in {"sqlite", "postgresql"}


@pytest.mark.django_db
@pytest.mark.parametrize("pattern", ["(", "(a+)+", "other words", ".*", "x", "a" * 501])
def test_a_pattern_that_cannot_serve_is_refused(pattern: str) -> None:
    row = record_unknown(signal=Signal(text=odd(1)))
    with pytest.raises(PatternRefused):
        pattern_save(row=FailurePattern(name="odd", kind="quota", pattern=pattern), actor=None, learned_from=row)
    assert not FailurePattern.objects.exists()


@pytest.mark.django_db
def test_rows_that_cannot_serve_are_left_out() -> None:
    FailurePattern.objects.create(name="broken", pattern="(", kind="quota")
    FailurePattern.objects.create(name="strange", pattern="abc", kind="no-such-kind")
    FailurePattern.objects.create(name="off", pattern="abc", kind="quota", enabled=False)
    FailurePattern.objects.create(name="good", pattern="abc", kind="quota")
    assert [one.name for one in patterns().operators] == ["good"]


def test_a_pattern_needs_no_example() -> None:
    check_pattern("any words")


def test_only_so_many_are_kept_and_what_became_a_pattern_stays(db: None) -> None:
    """An endpoint may invent a message for each call."""
    often = record_unknown(signal=Signal(text="This comes often."))
    record_unknown(signal=Signal(text="This comes often."))
    known = record_unknown(signal=Signal(text="This became a pattern."))
    row = FailurePattern.objects.create(name="mine", pattern="became a pattern", kind="overloaded")
    UnknownFailure.objects.filter(pk=known.pk).update(pattern=row)
    words = ["red", "green", "blue", "white", "black"]
    newest = [record_unknown(signal=Signal(text=f"This is {word}.")) for word in words][-1]
    assert sweep(kept=2) == 4
    assert set(UnknownFailure.objects.values_list("pk", flat=True)) == {often.pk, known.pk, newest.pk}
    assert sweep(kept=2) == 0


def test_what_no_database_takes_is_counted_too(db: None) -> None:
    row = record_unknown(signal=Signal(text="odd \0 and \ud800"))
    assert (row.example, row.template) == ("odd \ufffd and ?", "odd \ufffd and ?")
    assert record_unknown(signal=Signal(text="odd \0 and \ud800")).count == 2
