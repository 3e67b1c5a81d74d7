"""Trying a provider out, and closing its circuit by hand."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass
from time import monotonic

from autodev.accounts.models import User, Workspace
from autodev.lib.db import write
from providers import told
from providers.config.defaults import ensure_defaults
from providers.config.loading import load
from providers.failures.classify import classify
from providers.failures.exceptions import signal_of
from providers.failures.signal import Failure
from providers.kinds.agents import agent_kind, is_agent_kind, why_not
from providers.kinds.base import ProviderFailure
from providers.kinds.models import UnknownModelKind, model_kind
from providers.live import store
from providers.live.fresh import fresh
from providers.live.results import Reset
from providers.services.errors import NoSuchThing
from providers.targets import ModelKind, Target
from providers.workers.runs import failure_of

TRIED_FOR_S = 30.0


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What one small request to a provider showed. `took_ms` is its wall time; `failure` is None where it answered,
    `note` says why nobody was asked. `version` is what an agent program calls itself."""

    provider: str
    model: str
    key_name: str = ""
    took_ms: int = 0
    failure: Failure | None = None
    note: str = ""
    version: str = ""

    @property
    def ok(self) -> bool:
        return self.failure is None and not self.note


def provider_check(*, workspace: Workspace, name: str, timeout_s: float = TRIED_FOR_S) -> Checked:
    """One request with the first key of the provider, outside of the routing and its circuits; of an agent program its
    start in the sandbox. Costs at most a few tokens. Not for an event loop or the web process: it loads the model
    library. Raises NoSuchThing."""
    ensure_defaults(workspace)
    target = load(workspace.pk).targets.get(name)
    if target is None:
        raise NoSuchThing(f"There is no enabled provider {name!r}.")
    if is_agent_kind(target.kind):
        return _program_checked(target, timeout_s)
    key = target.keys[0] if target.keys else None
    if target.emergency:
        return Checked(provider=name, model=target.model, note="the emergency provider needs no model and no key")
    if key is None and target.needs_key:
        return Checked(provider=name, model=target.model, note="it has no key")
    try:
        kind = model_kind(target.kind)
    except UnknownModelKind as unknown:
        return Checked(provider=name, model=target.model, note=str(unknown))
    failure, took_s = asyncio.run(_tried(kind, target, timeout_s))
    key_name = key.name if key is not None else ""
    return Checked(provider=name, model=target.model, key_name=key_name, took_ms=round(1000 * took_s), failure=failure)


def provider_reset(*, workspace: Workspace, name: str, actor: User | None, door: str = "") -> None:
    """Closes the circuits of a provider and of its keys, whatever opened them: a second later every process asks it
    again. Raises NoSuchThing."""
    found = fresh(workspace.pk)
    target = found.view.targets.get(name)
    if target is None:
        raise NoSuchThing(f"There is no enabled provider {name!r}.")
    at = dt.datetime.fromtimestamp(found.now, tz=dt.UTC)
    closed = [(place, Reset(at=at)) for place in found.circuits if place[0] == target.id]

    def close() -> None:
        store.record(workspace.pk, closed, found.snapshot.fleet, found.snapshot.health)
        payload = {"name": name, "door": door}
        told.record(type="provider.reset", workspace_id=workspace.pk, actor=actor, payload=payload)

    write(close)


def _program_checked(target: Target, timeout_s: float) -> Checked:
    """Whether it starts, and as what version. It asks no model: those have tests of their own."""
    if why := why_not(target.kind, ""):
        return Checked(provider=target.name, model=target.model, note=why)
    begun = monotonic()
    version, failure = asyncio.run(_started(target, timeout_s))
    took_ms = round(1000 * (monotonic() - begun))
    return Checked(provider=target.name, model=target.model, took_ms=took_ms, failure=failure, version=version)


async def _started(target: Target, timeout_s: float) -> tuple[str, Failure | None]:
    try:
        async with asyncio.timeout(timeout_s):
            return await agent_kind(target.kind).version(), None
    except ProviderFailure as failed:
        return "", failure_of(failed)
    except Exception as error:  # noqa: BLE001 - whatever a plug-in raises is what is wanted to be known
        return "", classify(signal_of(error))


async def _tried(kind: ModelKind, target: Target, timeout_s: float) -> tuple[Failure | None, float]:
    """How it failed, if it did, and the seconds that it took, the loading of the kind's library not counted."""
    prepare = getattr(kind, "prepare", None)
    if prepare is not None:
        await prepare()
    begun = monotonic()
    try:
        async with asyncio.timeout(timeout_s):
            await kind.probe(target, target.keys[0] if target.keys else None)
    except Exception as error:  # noqa: BLE001 - whatever a provider's library raises is what is wanted to be known
        return classify(signal_of(error)), monotonic() - begun
    return None, monotonic() - begun
