"""Probes: one at a time across processes, and the way back of a provider that is well again."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from autodev.lib.clock import shifted
from providers import ledger
from providers.failures.kinds import FailureKind
from providers.health.settings import HealthSettings
from providers.live import reservations, versions
from providers.live.probing import Prober
from providers.models import Breaker, Call, Drill, Provider, RoutingSettings
from providers.states import BreakerState
from providers.targets import ModelKind
from tests.engine.clock import HostClock
from tests.live.cast import Process, Upstream, fleet, provider, row

pytestmark = pytest.mark.django_db(transaction=True)


class Probing:
    """A process that probes, with its probes run where the test says."""

    def __init__(self, process: Process, upstream: Upstream, name: str) -> None:
        self.process = process
        self.waiting: list[Coroutine[Any, Any, None]] = []
        self.prober = Prober(
            process.state,
            kinds=lambda kind: _kind(upstream, kind),
            send=self.waiting.append,
            name=lambda: name,
            record=ledger.probe,
            jitter=0.0,
        )

    def look(self) -> int:
        """A turn of its thread: the state is shared, then what is due is probed."""
        self.process.state.write_failures()
        self.process.share()
        return self.prober.look()

    def finish(self) -> None:
        """The probes under way are answered, and what they found is written."""
        waiting = list(self.waiting)
        self.waiting.clear()
        for probe in waiting:
            asyncio.run(probe)
        self.process.state.write_failures()
        self.process.state.run_later()

    def die(self) -> None:
        for probe in self.waiting:
            probe.close()
        self.waiting.clear()


def _kind(upstream: Upstream, name: str) -> ModelKind:
    if name != upstream.name:
        raise LookupError(name)
    return upstream


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def process() -> Process:
    return Process(fleet("one", "two"))


@pytest.fixture
def four(process: Process, upstream: Upstream) -> list[Probing]:
    """Four processes of the workspace; the first one is `process`."""
    others = [process, *(process.another() for _ in range(3))]
    return [Probing(one, upstream, f"host-{number}") for number, one in enumerate(others)]


@pytest.mark.feature("F2.9")
def test_a_dead_primary_is_back_within_thirty_seconds_of_its_healing_by_one_prober(
    four: list[Probing], upstream: Upstream, host_clock: HostClock
) -> None:
    upstream.down["one"] = FailureKind.UNAVAILABLE
    four[0].process.fails("one", FailureKind.UNAVAILABLE, retry_after_s=1.0)
    healed_at, second, begun = 0.0, 0.0, time.monotonic()
    while second < 120.0:
        with shifted(second - (time.monotonic() - begun)):  # what a busy machine needs for it does not count
            for each in four:
                each.look()
            assert sum(len(each.waiting) for each in four) <= 1
            for each in four:
                each.finish()
            if not healed_at and second >= 60.0:
                upstream.down.clear()
                healed_at, before = second, len(upstream.probes)
            if healed_at and four[3].process.circuit("one").closed:
                break
        second += 0.5
        host_clock.now += 0.5
    assert second - healed_at <= 30.0
    assert len(upstream.probes) - before == 2
    assert upstream.probes == ["one"] * len(upstream.probes)
    assert len(upstream.probes) <= 8
    probes = Call.objects.filter(purpose="probe")
    assert probes.filter(outcome="succeeded").count() == 2
    assert probes.filter(outcome="failed", failure_kind="unavailable").count() == len(upstream.probes) - 2


def test_of_four_processes_one_probes(four: list[Probing]) -> None:
    four[0].process.fails("one")
    four[0].process.state.write_failures()
    with shifted(30):
        sent = [each.look() for each in four]
        assert sum(sent) == 1
        place = (four[0].process.target("one").id, "")
        assert not reservations.reserve(place, owner="x", settings=HealthSettings())
        [mine] = [each for each in four if each.waiting]
        found = row(mine.process.target("one").id)
        assert found.state == BreakerState.HALF_OPEN
        assert found.probe_owner.startswith("host-")
        for each in four:
            each.finish()


def test_the_right_of_a_prober_that_died_ends_by_itself(four: list[Probing], host_clock: HostClock) -> None:
    four[0].process.fails("one")
    four[0].process.state.write_failures()
    with shifted(30):
        assert four[0].look() == 1
        four[0].die()
        host_clock.now += 10
    with shifted(40):
        assert four[1].look() == 0
        host_clock.now += 10
    with shifted(50):
        assert four[1].look() == 1
        four[1].finish()
        four[2].process.share()
        assert four[2].process.circuit("one").good == 1


def test_a_prober_that_comes_back_too_late_changes_nothing(
    four: list[Probing], upstream: Upstream, host_clock: HostClock
) -> None:
    four[0].process.fails("one")
    four[0].process.state.write_failures()
    with shifted(30):
        assert four[0].look() == 1
    host_clock.now += 20
    with shifted(50):
        assert four[1].look() == 1
        four[1].finish()
        upstream.down["one"] = FailureKind.UNAVAILABLE
        four[0].finish()
        assert row(four[0].process.target("one").id).good == 1


def test_a_threshold_asks_one_confirming_probe_and_opens_where_it_fails(
    four: list[Probing], upstream: Upstream
) -> None:
    upstream.down["one"] = FailureKind.UNAVAILABLE
    for each in four[:3]:
        each.process.fails("one", FailureKind.MALFORMED_ANSWER)
        each.process.state.write_failures()
    assert sum(each.look() for each in four) == 1
    assert four[3].process.circuit("one").closed
    for each in four:
        each.finish()
        each.process.share()
    assert {each.process.circuit("one").state for each in four} == {BreakerState.OPEN}


def test_a_threshold_is_taken_back_where_the_probe_is_good(four: list[Probing]) -> None:
    for _ in range(3):
        four[0].process.fails("one", FailureKind.MALFORMED_ANSWER)
    assert four[0].look() == 1
    four[0].finish()
    four[1].process.share()
    circuit = four[1].process.circuit("one")
    assert circuit.closed
    assert not circuit.suspected(four[1].process.state.now())


@pytest.mark.feature("F2.5")
def test_an_idle_provider_is_asked_if_it_is_there_by_one_process(
    four: list[Probing], upstream: Upstream, host_clock: HostClock
) -> None:
    four[0].process.answers("one")
    four[0].process.share()
    assert sum(each.look() for each in four) == 0
    host_clock.now += 40
    with shifted(40):
        assert sum(each.look() for each in four) == 1
        for each in four:
            each.finish()
        assert sum(each.look() for each in four) == 0
    assert upstream.probes == ["one"]


def test_a_provider_that_a_call_is_on_its_way_to_is_not_idle(four: list[Probing], host_clock: HostClock) -> None:
    """The call tells more than a probe would, and a silent provider would be asked twice."""
    probing = four[0]
    probing.process.answers("one")
    probing.process.share()
    host_clock.now += 40
    probing.process.state.asked(probing.process.target("one"))
    with shifted(40):
        assert probing.look() == 0
        host_clock.now += 31
    with shifted(71):
        assert probing.look() == 1
        probing.finish()


def test_a_call_of_another_process_keeps_the_idle_probe_away_too(four: list[Probing], host_clock: HostClock) -> None:
    """The worker does not see what the gateway has on its way; the ledger does."""
    four[0].process.answers("one")
    four[0].process.share()
    target = four[0].process.target("one")
    host_clock.now += 40
    with shifted(40):
        sent_at = dt.datetime.fromtimestamp(versions.raise_health().now - 5, tz=dt.UTC)
        call = Call.objects.create(
            workspace_id=target.workspace_id, provider_id=target.id, provider_name="one", purpose="gateway",
            request_id=target.id, attempt=1,
        )  # fmt: skip
        Call.objects.update(started_at=sent_at)
        assert sum(each.look() for each in four) == 0
        call.delete()
        host_clock.now += 1
    with shifted(41):
        assert sum(each.look() for each in four) == 1
        for each in four:
            each.finish()


def test_an_open_breaker_of_a_workspace_that_nobody_uses_is_seldom_probed(
    four: list[Probing], upstream: Upstream, host_clock: HostClock
) -> None:
    upstream.down["one"] = FailureKind.AUTHENTICATION
    probing, second = four[0], 0
    probing.process.fails("one")
    counts = []
    while second < 5000:
        with shifted(second):
            probing.look()
            probing.finish()
        second += 20
        host_clock.now += 20
        counts.append(len(upstream.probes))
    assert counts[40] > 30
    assert counts[-1] - counts[50] <= 8
    probing.process.state.view(probing.process.workspace_id)
    with shifted(second):
        assert probing.look() == 1
        probing.finish()


def test_a_workspace_that_nobody_uses_is_left_alone(four: list[Probing], host_clock: HostClock) -> None:
    four[0].process.answers("one")
    four[0].process.share()
    host_clock.now += 2000
    with shifted(2000):
        for each in four:
            each.process.state.poll()
        assert [each.prober.look() for each in four] == [0, 0, 0, 0]


def test_a_breaker_that_nobody_here_serves_is_probed_all_the_same(upstream: Upstream) -> None:
    dead = Process(fleet("one", "two"))
    dead.fails("one")
    dead.state.write_failures()
    fresh = Probing(Process(fleet("three", "four")), upstream, "fresh")
    with shifted(30):
        fresh.process.state.poll()
        assert fresh.prober.look() == 1
        fresh.finish()
    assert upstream.probes == ["one"]


def test_targets_that_complete_no_messages_are_not_probed(upstream: Upstream) -> None:
    workspace = fleet("one")
    other = provider(workspace, "agent")
    other.kind = "opencode"
    other.save()
    probing = Probing(Process(workspace), upstream, "host")
    probing.process.fails("agent")
    probing.process.state.write_failures()
    with shifted(30):
        assert probing.look() == 0
    assert Breaker.objects.get(provider=other).probe_owner == ""


def test_a_silent_provider_fails_its_probe_in_time(process: Process) -> None:
    class Silent(Upstream):
        async def probe(self, target: Any, key: Any) -> None:
            await asyncio.Event().wait()

    RoutingSettings.objects.create(
        workspace=process.workspace, document={"fallback_system": {"health_check_timeout": 0.01}}
    )
    probing = Probing(process.another(), Silent(), "host")
    process.fails("one")
    process.state.write_failures()
    with shifted(30):
        assert probing.look() == 1
        probing.finish()
    found = row(process.target("one").id)
    assert (found.state, found.failure_kind, found.ejections) == (BreakerState.OPEN, "timeout", 2)
    assert Call.objects.get(purpose="probe").failure_kind == "timeout"


def test_a_probe_goes_through_the_fault_of_a_drill(process: Process, upstream: Upstream) -> None:
    now = dt.datetime.now(tz=dt.UTC)
    Drill.objects.create(
        workspace_id=process.workspace_id,
        provider=Provider.objects.get(name="one"),
        fault="unavailable",
        until=now + dt.timedelta(minutes=5),
    )
    versions.raise_config()
    broken = Upstream()
    broken.down["one"] = FailureKind.UNAVAILABLE
    probing = Probing(process, upstream, "host")
    probing.prober._fault = lambda kind, drill: broken
    process.fails("one")
    process.state.write_failures()
    with shifted(30):
        assert probing.look() == 1
        probing.finish()
    assert (upstream.probes, broken.probes) == ([], ["one"])


def test_a_key_of_its_own_is_probed_with_that_key(upstream: Upstream) -> None:
    keys = ("env:OPENAI_API_KEY", "env:ANTHROPIC_API_KEY")
    workspace = fleet("two")
    provider(workspace, "one", keys=keys)
    probing = Probing(Process(workspace), upstream, "host")
    probing.process.fails("one", key=keys[0])
    probing.process.state.write_failures()
    with shifted(30):
        assert probing.look() == 1
        probing.finish()
    assert upstream.probes == [f"one/{keys[0]}"]
