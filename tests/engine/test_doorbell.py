"""The bell is heard, and a broker that is away or hangs disturbs nobody."""

from __future__ import annotations

import threading

import pytest
from channels.layers import get_channel_layer
from django.db import transaction

from autodev.events import notify as notify_module
from autodev.events.notify import build_topic, notify, workspace_topic
from autodev.lib import aio
from projects.engine import doorbell
from projects.engine.doorbell import Bell, Publisher
from projects.engine.record import Happened, record
from projects.models import Build


def test_a_ring_between_two_waits_is_not_missed() -> None:
    bell = Bell()
    seen = bell.rings
    bell.ring()
    assert bell.wait(seen, timeout_s=60) == seen + 1
    assert bell.wait(seen + 1, timeout_s=0.01) == seen + 1


def test_a_ring_wakes_all() -> None:
    bell = Bell()
    woken: list[int] = []
    threads = [threading.Thread(target=lambda: woken.append(bell.wait(0, timeout_s=60))) for _ in range(3)]
    for thread in threads:
        thread.start()
    bell.ring()
    for thread in threads:
        thread.join(60)
    assert woken == [1, 1, 1]


def test_a_broker_that_is_away_is_counted() -> None:
    def away() -> None:
        raise ConnectionError("no broker")

    publisher = Publisher(away)
    publisher.send()
    publisher.send()
    assert publisher.failures == 2


def test_a_broker_that_hangs_delays_nobody_and_rings_are_joined() -> None:
    inside, go_on, sent = threading.Event(), threading.Event(), list[int]()

    def hang() -> None:
        inside.set()
        go_on.wait(60)
        sent.append(1)

    doorbell.set_publisher(hang)
    before = doorbell.here.rings
    doorbell.ring()
    assert inside.wait(60)
    for _ in range(100):
        doorbell.ring()
    assert doorbell.here.rings == before + 101
    publisher = doorbell._publisher
    assert publisher is not None
    go_on.set()
    while len(sent) < 2:
        go_on.wait(0.01)
    doorbell.set_publisher(None)
    publisher.join(60)
    assert not publisher.is_alive()
    assert len(sent) == 2
    doorbell.ring()


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_undone_rings_nobody(build: Build) -> None:
    before = doorbell.here.rings

    def undone() -> None:
        with transaction.atomic():
            record(build.pk, [Happened(type="x.y")], ring=True)
            raise ValueError("undo")

    with pytest.raises(ValueError, match="undo"):
        undone()
    assert doorbell.here.rings == before
    with transaction.atomic():
        record(build.pk, [Happened(type="x.y")], ring=True)
        assert doorbell.here.rings == before
    assert doorbell.here.rings == before + 1
    assert Build.objects.get().version == 1


@pytest.mark.django_db(transaction=True)
def test_listeners_get_a_hint_with_the_version(build: Build) -> None:
    layer = get_channel_layer()
    assert layer is not None

    async def join() -> str:
        channel: str = await layer.new_channel()
        await layer.group_add(build_topic(build.pk), channel)
        return channel

    channel = aio.run(join())
    record(build.pk, [Happened(type="a.b"), Happened(type="c.d")])
    message = aio.run(layer.receive(channel))
    assert message["type"] == "hint"
    assert message["hint"] == {"type": "c.d", "id": str(build.pk), "version": 2}


def test_a_hint_is_sent_from_inside_a_loop_too() -> None:
    layer = get_channel_layer()
    assert layer is not None

    async def work() -> dict[str, object]:
        channel = await layer.new_channel()
        await layer.group_add("workspace.1", channel)
        notify(workspace_topic("1"), {"type": "x"})
        message: dict[str, object] = await layer.receive(channel)
        return message

    assert aio.run(work())["hint"] == {"type": "x"}


@pytest.mark.parametrize("layer", ["none", "broken", "unknown"])
def test_a_hint_that_cannot_be_sent_raises_nothing(layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = threading.Event()

    class Broken:
        async def group_send(self, topic: str, message: object) -> None:
            tried.set()
            raise ConnectionError("no broker")

    def unknown() -> None:
        raise RuntimeError("no such backend")

    layers = {"none": lambda: None, "broken": Broken, "unknown": unknown}
    monkeypatch.setattr(notify_module, "get_channel_layer", layers[layer])
    notify("workspace.1", {"type": "x"})
    assert layer != "broken" or tried.wait(60)
