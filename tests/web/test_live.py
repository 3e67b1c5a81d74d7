"""The socket against the real ASGI application."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.test import Client
from pytest_django import Settings

from autodev.accounts.models import User, Workspace, WorkspaceState
from autodev.asgi import application
from projects.engine.output import OutputFile
from projects.models import Build
from tests.cast import Cast, rich_build, signed_in
from tests.web.socket import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.feature("F4.2")]
ORIGIN = (b"origin", b"http://localhost")


async def connect(user: User | None, origin: tuple[bytes, bytes] = ORIGIN) -> tuple[Socket, bool]:
    client: Client = await sync_to_async(signed_in)(user)
    cookie = "; ".join(f"{k}={v.value}" for k, v in client.cookies.items()).encode()
    socket = Socket(application, "/ws/", [origin, (b"host", b"localhost"), (b"cookie", cookie)])
    return socket, await socket.connect()


@pytest.fixture
def made(cast: Cast, settings: Settings) -> Build:
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]
    settings.LIVE_RECHECK_S = 0.05
    return rich_build(cast)


async def test_a_member_hears_the_hints_of_a_build(cast: Cast, made: Build) -> None:
    socket, connected = await connect(cast.viewer)
    assert connected
    topic = f"build.{made.pk}"
    answer = {"type": "subscribed", "topic": topic, "version": 7, "state": ""}
    assert await socket.ask(type="subscribe", topic=topic) == answer
    layer = get_channel_layer()
    assert layer is not None
    hint = {"type": "task.succeeded", "id": str(made.pk), "version": 8}
    await layer.group_send(topic, {"type": "hint", "topic": topic, "hint": hint})
    assert await socket.receive() == {"type": "hint", "topic": topic, "hint": hint}
    await socket.ask(type="unsubscribe", topic=topic)
    await layer.group_send(topic, {"type": "hint", "topic": topic, "hint": hint})
    assert await socket.silent()
    await socket.disconnect()


async def test_the_engines_notify_reaches_the_socket(cast: Cast, made: Build) -> None:
    from autodev.events.notify import notify, workspace_topic

    socket, _ = await connect(cast.viewer)
    topic = workspace_topic(cast.workspace.pk)
    assert (await socket.ask(type="subscribe", topic=topic))["version"] == 7
    notify(topic, {"type": "build.created", "id": str(made.pk), "version": 1})
    assert (await socket.receive())["hint"]["type"] == "build.created"
    await socket.disconnect()


@pytest.mark.parametrize(
    "topic", ["build.theirs", "workspace.theirs", "build.none", "build.nonsense", "other.theirs", ""]
)
async def test_what_one_may_not_see_is_refused_alike(cast: Cast, made: Build, topic: str) -> None:
    socket, _ = await connect(cast.outsider)
    kind, _, rest = topic.partition(".")
    ident = {"theirs": made.workspace_id if kind == "workspace" else made.pk, "none": uuid.uuid4()}.get(rest, rest)
    asked = f"{kind}.{ident}"
    assert await socket.ask(type="subscribe", topic=asked) == {"type": "refused", "topic": asked}
    await socket.disconnect()


async def test_a_removed_member_is_unsubscribed(cast: Cast, made: Build) -> None:
    socket, _ = await connect(cast.viewer)
    topic = f"build.{made.pk}"
    await socket.ask(type="subscribe", topic=topic)
    await cast.workspace.memberships.filter(user=cast.viewer).adelete()
    assert await socket.receive() == {"type": "unsubscribed", "topic": topic}
    layer = get_channel_layer()
    assert layer is not None
    await layer.group_send(
        topic, {"type": "hint", "topic": topic, "hint": {"type": "x", "id": str(made.pk), "version": 9}}
    )
    assert await socket.silent()
    await socket.disconnect()


async def test_a_version_that_no_hint_told_is_told(cast: Cast, made: Build) -> None:
    socket, _ = await connect(cast.viewer)
    topic = f"build.{made.pk}"
    await socket.ask(type="subscribe", topic=topic)
    await Build.objects.filter(pk=made.pk).aupdate(version=12)
    told = await socket.receive()
    assert told == {"type": "hint", "topic": topic, "hint": {"type": "missed", "id": str(made.pk), "version": 12}}


async def test_a_workspaces_state_that_no_hint_told_is_told(cast: Cast, made: Build) -> None:
    socket, _ = await connect(cast.viewer)
    topic, ident = f"workspace.{cast.workspace.pk}", str(cast.workspace.pk)
    assert (await socket.ask(type="subscribe", topic=topic))["state"] == WorkspaceState.ACTIVE
    await Workspace.objects.filter(pk=cast.workspace.pk).aupdate(state=WorkspaceState.AUTO_RECOVERING)
    told = await socket.receive()
    assert told == {"type": "hint", "topic": topic, "hint": {"type": "workspace.state", "id": ident, "version": 7}}
    assert await socket.silent()
    await socket.disconnect()


@pytest.mark.parametrize("part", ["progress", "output"])
async def test_what_moves_within_a_phase_is_told_without_redis(
    cast: Cast, made: Build, data_dir: Path, part: str
) -> None:
    socket, _ = await connect(cast.viewer)
    topic = f"build.{made.pk}"
    await socket.ask(type="subscribe", topic=topic)
    task = await made.tasks.aget(key="implement")
    if part == "progress":
        await made.tasks.filter(pk=task.pk).aupdate(progress=60)
    else:
        OutputFile(task.pk, 1).append("collecting wheels\n")
    told = await socket.receive()
    assert told == {"type": "hint", "topic": topic, "hint": {"type": part, "id": str(made.pk), "version": 7}}
    assert await socket.silent()
    await socket.disconnect()


async def test_with_redis_only_versions_are_compared(
    cast: Cast, made: Build, data_dir: Path, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    socket, _ = await connect(cast.viewer)
    await socket.ask(type="subscribe", topic=f"build.{made.pk}")
    await made.tasks.filter(key="implement").aupdate(progress=60)
    assert await socket.silent()
    await socket.disconnect()


async def test_without_a_session_there_is_no_socket(cast: Cast, made: Build) -> None:
    _, connected = await connect(None)
    assert not connected


async def test_another_sites_page_gets_no_socket(cast: Cast, made: Build) -> None:
    _, connected = await connect(cast.viewer, origin=(b"origin", b"https://evil.example"))
    assert not connected


@pytest.mark.parametrize(
    "text", ["[]", "{}", '"x"', "not json", '{"type": "subscribe"}', '{"type": "subscribe", "topic": 3}']
)
async def test_nonsense_is_answered_and_survived(cast: Cast, made: Build, text: str) -> None:
    socket, _ = await connect(cast.viewer)
    await socket.send_text(text)
    assert await socket.receive() == {"type": "error", "code": "unknown_message"}
    assert (await socket.ask(type="subscribe", topic=f"build.{made.pk}"))["type"] == "subscribed"
    await socket.disconnect()


async def test_topics_are_bounded(cast: Cast, made: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projects.consumers.TOPICS_MAX", 1)
    socket, _ = await connect(cast.viewer)
    assert (await socket.ask(type="subscribe", topic=f"build.{made.pk}"))["type"] == "subscribed"
    assert (await socket.ask(type="subscribe", topic=f"workspace.{made.workspace_id}"))["type"] == "refused"
    assert (await socket.ask(type="subscribe", topic=f"build.{made.pk}"))["type"] == "subscribed"
    await socket.disconnect()
