"""Questions about a build's product, and their answers."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from typing import Any

from autodev.events.models import Event
from autodev.lib.clock import utcnow
from autodev.lib.ids import first_id

ASKED, BEGUN, ANSWERED, FAILED = "explain.asked", "explain.begun", "explain.answered", "explain.failed"
TYPES = (ASKED, BEGUN, ANSWERED, FAILED)
HEARD = "explain.heard"  # what a model said, before the answer is made of it
SHOWN = 50
WITHIN_S = 3600.0  # as long it is tried to answer one
CLOCKS = dt.timedelta(minutes=10)  # that those of two machines may differ
LATE = "Nobody answered it within an hour."


@dataclass(frozen=True, kw_only=True)
class Explained:
    """`state` is `asked`, `answered` or `failed`. `text` is Markdown, `paths` the files that it speaks of, `commit` the
    head that it was read from; `why` says why there is no answer. `provider` gave it. It was
    `begun` so many times."""

    id: str
    build_id: uuid.UUID
    question: str
    asked_by: str
    asked_at: dt.datetime
    text: str = ""
    paths: tuple[str, ...] = ()
    provider: str = ""
    cost_usd: str = "0"
    commit: str = ""
    why: str = ""
    begun_at: dt.datetime | None = None
    begun: int = 0
    ended_at: dt.datetime | None = None

    @property
    def ended(self) -> bool:
        return self.ended_at is not None

    @property
    def state(self) -> str:
        if not self.ended:
            return "asked"
        return "failed" if self.why else "answered"

    def free(self, stale_s: float) -> bool:
        """Whether nobody is at it."""
        return self.begun_at is None or utcnow() - self.begun_at > dt.timedelta(seconds=stale_s)


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What a model said, as JSON, of the files of a commit."""

    answer: Any
    commit: str


def explained_of(build_id: uuid.UUID) -> list[Explained]:
    """The build's questions, newest first, at most 50. One query."""
    found: dict[str, Explained] = {}
    for event in Event.objects.filter(build_id=build_id, type__in=TYPES).order_by("version"):
        name = str(event.payload.get("id", ""))
        if event.type == ASKED:
            found[name] = Explained(
                id=name, build_id=build_id, question=event.payload["question"], asked_by=event.actor_name,
                asked_at=event.created_at,
            )  # fmt: skip
        elif name in found:
            found[name] = _after(found[name], event)
    return [_given_up(one) for one in reversed(found.values())][:SHOWN]


def explained_one(build_id: uuid.UUID, name: str) -> Explained:
    """Raises LookupError where the build was not asked it."""
    for one in explained_of(build_id):
        if one.id == name:
            return one
    raise LookupError(f"the build was not asked {name}")


def heard_of(build_id: uuid.UUID, name: str) -> dict[str, Heard]:
    """What models said to a question so far, by the key of its step."""
    heard = Event.objects.filter(build_id=build_id, type=HEARD, payload__id=name).order_by("version")
    return {
        event.payload["key"]: Heard(answer=event.payload["answer"], commit=event.payload["commit"]) for event in heard
    }


def open_questions(*, within_s: float) -> list[tuple[uuid.UUID, str]]:
    """(build, question) of what was asked within so many seconds and has no answer yet, oldest first. Cheap where
    nothing was: the key, which sorts by time, bounds what is looked at."""
    since = utcnow() - dt.timedelta(seconds=within_s)
    newer = Event.objects.filter(pk__gte=first_id(since - CLOCKS), type=ASKED, created_at__gte=since)
    builds = newer.order_by().values_list("build_id", flat=True)
    waiting = [one for build_id in set(builds) if build_id is not None for one in explained_of(build_id)]
    return [
        (one.build_id, one.id)
        for one in sorted(waiting, key=lambda one: one.asked_at)
        if not one.ended and one.asked_at >= since
    ]


def _given_up(one: Explained) -> Explained:
    """One that has waited too long has no answer: nobody tries any more."""
    end = one.asked_at + dt.timedelta(seconds=WITHIN_S)
    return one if one.ended or utcnow() < end else replace(one, ended_at=end, why=LATE)


def _after(one: Explained, event: Event) -> Explained:
    told = event.payload
    if event.type == BEGUN:
        return replace(one, begun_at=event.created_at, begun=one.begun + 1)
    if event.type == FAILED:
        return replace(one, ended_at=event.created_at, why=str(told.get("why")) or "there is no answer")
    return replace(
        one, ended_at=event.created_at, text=told["text"], paths=tuple(told.get("paths", ())),
        provider=told.get("provider", ""), cost_usd=told.get("cost_usd", "0"), commit=told.get("commit", ""),
    )  # fmt: skip
