"""The schedule and the orders of a run follow from its seed."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict

import pytest

from bench.chaos.faults import injected
from bench.chaos.kinds import KINDS, Kind
from bench.chaos.orders import MODELLED, orders
from bench.chaos.schedule import GAP_S, Planned, plan
from tests.providers_lab.faults import fault

pytestmark = pytest.mark.feature("F3.6", "F3.11")
BY_NAME = {kind.name: kind for kind in KINDS}


def whole(seed: int = 7) -> list[Planned]:
    return plan(seed=seed, faults=520, seconds=1080.0, kinds=KINDS)


def test_a_seed_reproduces_a_schedule() -> None:
    assert whole() == whole()
    assert whole() != whole(8)
    assert orders(seed=7, builds=60, seconds=1080, real=5) == orders(seed=7, builds=60, seconds=1080, real=5)


def test_the_whole_run_has_500_faults_of_20_kinds_in_its_time() -> None:
    found = whole()
    by = Counter(one.kind for one in found)
    assert len(found) == 520
    assert set(by) == set(BY_NAME)
    assert len(by) >= 20
    assert [one.number for one in found] == list(range(1, 521))
    assert all(0 <= one.at_s <= one.at_s + one.lasts_s <= 1080 for one in found)
    assert by["worker.kill9"] > by["disk.full"] >= 1


def test_what_excludes_each_other_does_not_overlap() -> None:
    spans = defaultdict(list)
    for one in whole():
        if BY_NAME[one.kind].resource:
            spans[BY_NAME[one.kind].resource].append((one.at_s, one.at_s + one.lasts_s))
    assert {"redis", "postgres", "frozen"} <= set(spans)
    for busy in spans.values():
        ordered = sorted(busy)
        assert all(later[0] - earlier[1] >= GAP_S - 0.01 for earlier, later in itertools.pairwise(ordered))


def test_a_small_run_has_as_many_faults_as_asked_for() -> None:
    assert len(plan(seed=1, faults=10, seconds=60.0, kinds=KINDS)) == 10
    for seed in range(30):  # what CI runs
        assert len(plan(seed=seed, faults=110, seconds=120.0, kinds=KINDS)) == 110


def test_what_cannot_fit_is_refused() -> None:
    long = Kind(name="worker.freeze", weight=1, lasts_s=(40.0, 40.0), resource="frozen")
    with pytest.raises(ValueError, match="do not fit into 60 s"):
        plan(seed=1, faults=5, seconds=60.0, kinds=[long])


def test_every_kind_has_an_injector_and_every_provider_fault_is_one_of_the_lab() -> None:
    assert len(injected(KINDS)) == len(KINDS)
    with pytest.raises(KeyError):
        injected([Kind(name="moon.falls", weight=1)])
    for kind in KINDS:
        for words in kind.choices.get("fault", ()):
            assert fault(str(words)).name


def test_the_orders_hold_what_the_issue_asks_for() -> None:
    found = orders(seed=1, builds=60, seconds=1080, real=5)
    by = Counter(one.sort for one in found)
    assert len(found) == 60
    assert by["real"] == 5
    assert by["probe"] + by["model"] > 30
    assert by["poison"] >= 1
    assert by["hang"] >= 1
    assert {one.workspace for one in found if one.sort == "model"} == {MODELLED}
    assert len({one.key for one in found}) == 60
    assert max(one.at_s for one in found if one.sort == "real") < 1080 * 0.3
