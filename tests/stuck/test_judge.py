"""Circles are seen by their outcome, each tactic is tried once on each, and then it is over."""

from __future__ import annotations

import pytest

from providers.stuck import Change, Checks, Limits, Observation, Sign, Stuck, StuckJudge, Tactic

pytestmark = pytest.mark.feature("F1.7")


def red(failure: str = "f1", *green: str, errors: int = 1) -> Observation:
    return Observation(checks=Checks(green=frozenset(green), errors=errors, failure=failure, first="it fails"))


def seen(judge: StuckJudge, *turns: Observation) -> list[Stuck | None]:
    return [judge.saw(turn) for turn in turns]


def test_the_same_failure_is_a_circle_at_the_third_run() -> None:
    first, second, third = seen(StuckJudge(), *[red()] * 3)
    assert (first, second) == (None, None)
    assert third is not None
    assert third.sign == Sign.SAME_FAILURE
    assert third.reason == "The checks failed in the same way 3 times: it fails"


def test_what_gets_better_is_no_circle() -> None:
    judge = StuckJudge()
    turns = [red("many", errors=9), red("many", errors=8), red("many", errors=7), red("many", errors=6)]
    assert not any(seen(judge, *turns))
    newly_green = [red("f", "lint"), red("f", "lint", "types"), red("f", "lint", "types", "tests")]
    assert not any(seen(judge, *newly_green))
    assert judge.best == (3, -1)


def test_failures_that_alternate_show_nothing_newly_green() -> None:
    judge = StuckJudge()
    turns = [red(f"f{number}", "lint") for number in range(6)]
    *before, last = seen(judge, *turns)
    assert not any(before)
    assert last is not None
    assert last.sign == Sign.NO_NEW_GREEN


def test_files_that_come_back_are_a_circle() -> None:
    judge = StuckJudge()
    states = [Observation(files=state, did=f"edit {at}") for at, state in enumerate("ababa")]
    *before, last = seen(judge, *states)
    assert not any(before)
    assert last is not None
    assert last.sign == Sign.SAME_FILES


def test_a_state_that_stays_is_no_return() -> None:
    judge = StuckJudge()
    assert not any(judge.saw(Observation(files="a", did=f"read {number}")) for number in range(8))


@pytest.mark.parametrize("steps", [["x", "x", "x"], ["x", "y", "x", "y", "x"]])
def test_the_same_step_with_the_same_answer(steps: list[str]) -> None:
    *before, last = seen(StuckJudge(), *[Observation(did=step) for step in steps])
    assert not any(before)
    assert last is not None
    assert last.sign == Sign.SAME_STEP


def test_a_change_between_makes_it_another_step() -> None:
    judge = StuckJudge()
    turns = [
        Observation(did="test"), Observation(files="a", did="edit 1"), Observation(did="test"),
        Observation(files="b", did="edit 2"), Observation(did="test"),
    ]  # fmt: skip
    assert not any(seen(judge, *turns))


def test_a_command_that_fails_the_same_way_whatever_is_changed() -> None:
    judge = StuckJudge()
    turns = [Observation(files=str(n), did=str(n), failed=("pytest",)) for n in range(4)]
    *before, last = seen(judge, *turns)
    assert not any(before)
    assert last is not None
    assert last.sign == Sign.SAME_COMMAND


def test_turns_and_tokens_without_a_change() -> None:
    judge = StuckJudge(Limits(turns=4))
    *before, last = seen(judge, *[Observation(did=str(n)) for n in range(4)])
    assert not any(before)
    assert last is not None
    assert last.sign == Sign.NO_CHANGE
    dear = StuckJudge(Limits(tokens=100)).saw(Observation(tokens=100, did="x"))
    assert dear is not None
    assert "100 tokens" in dear.reason


def test_each_tactic_is_tried_once_and_then_it_is_refused() -> None:
    judge = StuckJudge()
    chosen = []
    for _ in range(5):
        stuck = None
        while stuck is None:
            stuck = judge.saw(red())
        change = judge.tactic_for(stuck)
        judge.changed(change)
        chosen.append(change)
    assert [one.tactic for one in chosen] == [*Tactic, None]
    assert "led back into it" in chosen[-1].refused[Tactic.FRESH]


def test_a_known_circle_is_seen_one_round_earlier() -> None:
    judge = StuckJudge()
    stuck = seen(judge, *[red()] * 3)[-1]
    assert stuck is not None
    judge.changed(judge.tactic_for(stuck))
    assert judge.saw(red()) is None
    assert judge.saw(red()) is not None


def test_what_is_not_possible_is_passed_over() -> None:
    judge = StuckJudge()
    stuck = Stuck(sign=Sign.SAME_STEP, fingerprint="x", reason="r")
    assert judge.tactic_for(stuck, can={Tactic.FRESH}).tactic == Tactic.FRESH
    none = judge.tactic_for(stuck, can=())
    assert none.tactic is None
    assert set(none.refused) == set(Tactic)


def test_ever_new_circles_end_too() -> None:
    judge = StuckJudge(Limits(tactics=2))
    for number in range(2):
        change = judge.tactic_for(Stuck(sign=Sign.SAME_STEP, fingerprint=str(number), reason="r"))
        assert change.tactic == Tactic.SMALLER
        judge.changed(change)
    last = judge.tactic_for(Stuck(sign=Sign.SAME_STEP, fingerprint="other", reason="r"))
    assert last.tactic is None
    assert "2 times already" in last.refused[Tactic.SMALLER]


def test_a_judge_that_is_told_the_same_stands_where_it_stood() -> None:
    turns = [red(), Observation(files="a", did="x"), red(), red()]
    one, other = StuckJudge(), StuckJudge()
    stuck = seen(one, *turns)[-1]
    assert stuck is not None
    change = one.tactic_for(stuck, can={Tactic.OTHER_MODEL})
    one.changed(change)
    assert seen(other, *turns)[-1] == stuck
    recorded = Change.from_json(change.as_json())
    assert recorded == change
    other.changed(recorded)
    assert seen(one, red(), red()) == seen(other, red(), red())
    assert one.tactic_for(stuck) == other.tactic_for(stuck)
