"""Who calls: a workspace's API key, or the token of a job."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import close_old_connections, connection

from autodev.accounts.access import Actor, ceiling_of
from autodev.accounts.errors import Forbidden, NotFound
from autodev.accounts.models import ApiKey, Role
from autodev.accounts.selectors import workspace_id_for_user
from autodev.accounts.services.api_keys import api_key_use
from providers.config.defaults import ensure_defaults
from providers.services.job_tokens import job_token_use

# How long a key that was good is taken as good without looking, in seconds: a revoked one may live on for that.
REMEMBERED_S = 5.0
REMEMBERED = 1000
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="gateway-keys")


def _after_fork() -> None:
    """The threads stayed in the parent: what waits for them here would wait for ever."""
    global _threads  # noqa: PLW0603 - one set of threads a process
    _threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="gateway-keys")


os.register_at_fork(after_in_child=_after_fork)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """`job`: it came with the token of a job, whose ids are then set."""

    workspace_id: uuid.UUID
    user: str = ""
    project_id: uuid.UUID | None = None
    build_id: uuid.UUID | None = None
    task_id: uuid.UUID | None = None
    job: bool = False


def caller_of(text: str) -> Caller | None:
    """Whose key it is, None where it is nobody's or may not start work (it or its person is no developer)."""
    token = job_token_use(text)
    if token is not None:
        return Caller(
            workspace_id=token.workspace_id,
            project_id=token.project_id,
            build_id=token.build_id,
            task_id=token.task_id,
            job=True,
        )
    key = api_key_use(text)
    if key is None or not _may_build(key):
        return None
    ensure_defaults(key.workspace)  # it may be the first that anybody wants of this workspace's models
    return Caller(workspace_id=key.workspace_id, user=key.user.email)


def _may_build(key: ApiKey) -> bool:
    """As the REST API decides it: a key reaches no further than its person does now."""
    ceiling = ceiling_of(key.scopes)
    if ceiling is None:
        return False
    actor = Actor(user=key.user, only_workspace=key.workspace_id, ceiling=ceiling)
    try:
        workspace_id_for_user(actor, key.workspace_id, at_least=Role.DEVELOPER)
    except (Forbidden, NotFound):
        return False
    return True


class Callers:
    """Looks keys up on threads of its own, and remembers good ones for some seconds."""

    def __init__(self, look_up: Callable[[str], Caller | None] = caller_of) -> None:
        self._look_up = look_up
        self._known: dict[bytes, tuple[float, Caller]] = {}

    async def find(self, text: str) -> Caller | None:
        name = hashlib.sha256(text.encode(errors="replace")).digest()
        known = self._known.get(name)
        if known is not None and time.monotonic() - known[0] < REMEMBERED_S:
            return known[1]
        found = await asyncio.get_running_loop().run_in_executor(_threads, self._read, text)
        if found is None:
            self._known.pop(name, None)
            return None
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[name] = (time.monotonic(), found)
        return found

    def _read(self, text: str) -> Caller | None:
        """SQLite's connection stays with its thread; PostgreSQL's goes back to the pool."""
        close_old_connections()
        try:
            return self._look_up(text)
        finally:
            if connection.vendor != "sqlite":
                connection.close()
