"""Hints to live listeners: `{type, id, version}` on a group of the channel layer. A lost hint costs nothing but
time."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence
from typing import Any

from asgiref.sync import SyncToAsync
from channels.layers import InMemoryChannelLayer, get_channel_layer

from autodev.lib import aio

log = logging.getLogger(__name__)
TIMEOUT_S = 2.0


def build_topic(build_id: uuid.UUID | str) -> str:
    """The group of all who watch a build."""
    return f"build.{build_id}"


def workspace_topic(workspace_id: uuid.UUID | str) -> str:
    """The group of all who watch a workspace."""
    return f"workspace.{workspace_id}"


def notify(topic: str, hint: dict[str, Any], *others: str) -> None:
    """Sends `{"type": "hint", "topic": topic, "hint": hint}` to the topic's group, to the groups of the `others` too,
    and returns at once. Never raises; a failure is logged."""
    try:
        layer = get_channel_layer()
    except Exception:
        log.exception("notify.no_layer")
        return
    topics = [topic, *others]
    if layer is None or (isinstance(layer, InMemoryChannelLayer) and not any(one in layer.groups for one in topics)):
        return  # in this process's memory and nobody listens: a worker without Redis
    # In a web process the consumers live on the main loop, which asgiref knows; elsewhere the loop thread sends.
    main = getattr(SyncToAsync.threadlocal, "main_event_loop", None)
    try:
        running = asyncio.get_running_loop()
    except RuntimeError:
        running = None
    aio.send(_send(layer, topics, hint), on=running or (main if main is not None and main.is_running() else None))


async def _send(layer: Any, topics: Sequence[str], hint: dict[str, Any]) -> None:
    for topic in topics:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await layer.group_send(topic, {"type": "hint", "topic": topic, "hint": hint})
        except Exception as error:  # noqa: BLE001 - whatever the broker does, the work goes on
            log.warning("notify.failed", extra={"topic": topic, "error": repr(error)})
