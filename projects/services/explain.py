"""A question about what a build made, answered by a model from its files. Question and answer are events of the build:
they stay, whatever becomes of the process that answers. A finished build is asked like one that runs."""

from __future__ import annotations

import uuid
from typing import Any

from autodev.accounts.models import User
from autodev.contracts.ports import Fenced
from autodev.lib.db import write
from autodev.lib.ids import new_id
from projects.engine.plain import clean_text
from projects.engine.record import Happened, lock_build, record
from projects.models import Build
from projects.selectors.explained import (
    ANSWERED,
    ASKED,
    BEGUN,
    FAILED,
    HEARD,
    Explained,
    Heard,
    explained_one,
    heard_of,
)
from projects.services.errors import EmptyIdea, WrongState
from projects.services.refusal import refuse_harm

LONGEST = 2000


def explain_ask(*, build: Build, question: str, user: User | None) -> Explained:
    """The question, kept; a worker answers it within a minute. Raises EmptyIdea, HarmfulIdea, and WrongState for a
    build that has made nothing yet."""
    text = clean_text(question).strip()[:LONGEST]
    if not text:
        raise EmptyIdea("The question is empty.", hint="Ask why or how something in the product is as it is.")
    refuse_harm(text)
    if not build.head or build.spec is None:
        raise WrongState("The build has made nothing yet that could be explained.", hint="Ask when it has files.")
    name = str(new_id())
    told = [Happened(type=ASKED, payload={"id": name, "question": text})]
    write(lambda: record(build.pk, told, actor=user))
    return explained_one(build.pk, name)


def explain_begin(*, build_id: uuid.UUID, name: str, stale_s: float) -> int:
    """The number of the caller's attempt where it is the one who answers: nobody has, and nobody began within `stale_s`
    seconds; else 0."""

    def apply() -> int:
        lock_build(build_id)
        found = explained_one(build_id, name)
        if found.ended or not found.free(stale_s):
            return 0
        record(build_id, [Happened(type=BEGUN, payload={"id": name})])
        return found.begun + 1

    return write(apply)


def explain_heard(*, build_id: uuid.UUID, name: str, begun: int, key: str, heard: Heard) -> None:
    """Keeps what a model said, which was paid for: who follows after a kill makes the answer of it. Raises Fenced where
    another attempt began meanwhile, or the question has its answer."""

    def apply() -> None:
        lock_build(build_id)
        found = explained_one(build_id, name)
        if found.ended or found.begun != begun:
            raise Fenced(f"the question {name} is answered by another attempt")
        told = {"id": name, "key": key, "answer": heard.answer, "commit": heard.commit}
        record(build_id, [Happened(type=HEARD, payload=told)])

    write(apply, landed=lambda: key in heard_of(build_id, name) or None)


def explain_end(*, build_id: uuid.UUID, name: str, answer: dict[str, Any] | None, why: str = "") -> Explained:
    """Keeps the answer, or why there is none. The first one counts."""

    def apply() -> None:
        lock_build(build_id)
        if explained_one(build_id, name).ended:
            return
        told = {"id": name, **answer} if answer is not None else {"id": name, "why": why[:500]}
        record(build_id, [Happened(type=FAILED if answer is None else ANSWERED, payload=told)])

    write(apply)
    return explained_one(build_id, name)
