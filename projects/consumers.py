"""The WebSocket: which topics somebody follows, and the hints that something is newer. It never carries content."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from dataclasses import replace
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings

from autodev.accounts.access import Actor
from autodev.accounts.models import User
from autodev.accounts.selectors import workspace_id_for_user
from autodev.lib.errors import DomainError
from projects.selectors.builds import build_for_user
from projects.selectors.live import Mark, mark_of, mark_of_workspace, missed

log = logging.getLogger(__name__)
TOPICS_MAX = 20


def read_topic(user_id: uuid.UUID, topic: str) -> Mark | None:
    """Where the topic is now, or None where the user may not follow it (or there is none such)."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    kind, _, ident = topic.partition(".")
    try:
        key = uuid.UUID(ident)
    except ValueError:
        return None
    if user is None:
        return None
    try:
        if kind == "build":
            return mark_of(build_for_user(Actor(user=user), key).build)
        if kind == "workspace":
            return mark_of_workspace(workspace_id_for_user(Actor(user=user), key).workspace)
    except DomainError:
        return None
    return None


class LiveConsumer(AsyncJsonWebsocketConsumer):
    """`{"type": "subscribe", "topic": "build.<uuid>"}` answers `subscribed` with the version (and a workspace's
    state), or `refused`. Every `LIVE_RECHECK_S` seconds each topic is authorised again (`unsubscribed` where it is not
    any more), and what moved without a hint is told."""

    async def connect(self) -> None:
        self.topics: dict[str, Mark] = {}
        self._timer: asyncio.Task[None] | None = None
        user: object = self.scope.get("user")
        if not isinstance(user, User):
            await self.close(code=4401)
            return
        self.user_id = user.pk
        await self.accept()
        self._timer = asyncio.create_task(self._recheck_forever())

    async def disconnect(self, code: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._timer
        for topic in list(self.topics):
            await self._leave(topic)

    async def receive_json(self, content: Any, **_: Any) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        topic = content.get("topic") if isinstance(content, dict) else None
        if not isinstance(topic, str) or kind not in ("subscribe", "unsubscribe"):
            await self.send_json({"type": "error", "code": "unknown_message"})
        elif kind == "subscribe":
            await self._subscribe(topic)
        else:
            await self._leave(topic)
            await self.send_json({"type": "unsubscribed", "topic": topic})

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        """What is no JSON is an unknown message, not the end of the socket."""
        try:
            return await super().decode_json(text_data)
        except ValueError:
            return None

    async def _subscribe(self, topic: str) -> None:
        mark = None
        if topic in self.topics or len(self.topics) < TOPICS_MAX:
            mark = await database_sync_to_async(read_topic)(self.user_id, topic)
        if mark is None:
            await self.send_json({"type": "refused", "topic": topic})
            return
        # joined before the version is told: what comes between is a hint, and a hint twice costs nothing
        await self.channel_layer.group_add(topic, self.channel_name)
        self.topics[topic] = mark
        await self.send_json({"type": "subscribed", "topic": topic, "version": mark.version, "state": mark.state})

    async def _leave(self, topic: str) -> None:
        if self.topics.pop(topic, None) is not None:
            await self.channel_layer.group_discard(topic, self.channel_name)

    async def hint(self, message: dict[str, Any]) -> None:
        """A message of the group, passed on to whoever follows its topic."""
        topic, hint = message["topic"], message["hint"]
        if topic not in self.topics:
            return
        if topic == f"build.{hint['id']}":
            told = self.topics[topic]
            self.topics[topic] = replace(told, version=max(told.version, int(hint["version"])))
        await self.send_json({"type": "hint", "topic": topic, "hint": hint})

    async def _recheck_forever(self) -> None:
        while True:
            await asyncio.sleep(settings.LIVE_RECHECK_S)
            await self.recheck()

    async def recheck(self) -> None:
        """Authorises every topic again; a signed-out or removed person hears nothing more."""
        for topic, told in list(self.topics.items()):
            mark = await database_sync_to_async(read_topic)(self.user_id, topic)
            if mark is None:
                await self._leave(topic)
                await self.send_json({"type": "unsubscribed", "topic": topic})
            elif topic in self.topics:
                version = max(mark.version, self.topics[topic].version)
                self.topics[topic] = replace(mark, version=version)
                for kind in missed(told, mark):
                    hint = {"type": kind, "id": topic.partition(".")[2], "version": version}
                    await self.send_json({"type": "hint", "topic": topic, "hint": hint})
