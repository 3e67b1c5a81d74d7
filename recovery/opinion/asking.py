"""Asking a model, once and cheaply: one attempt, twenty seconds, a few cents."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings

from autodev.contracts.job import JobKind
from autodev.lib import aio
from providers.routing.errors import NoAnswer
from providers.routing.need import Need
from providers.routing.ports import RoutingPorts
from providers.routing.structured import structured
from providers.states import CallPurpose
from recovery.opinion.form import Answer, accepted
from recovery.opinion.question import MEANS, known, question
from recovery.situation import Opinion, Situation
from recovery.states import Strategy

DEADLINE_S = 20.0
# What the routing needs to end a call that has run out of time.
GRACE_S = 2.0
MOST_USD = Decimal("0.05")
AT_ONCE = 4
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One failure to have an opinion on: the strategies to choose from, whose budget it is (the project's, and what is
    left of the build's, in USD)."""

    situation: Situation
    options: Sequence[Strategy]
    project_id: uuid.UUID | None = None
    left_usd: Decimal | None = None


async def opinion_on(
    situation: Situation,
    *,
    options: Sequence[Strategy],
    project_id: uuid.UUID | None = None,
    left_usd: Decimal | None = None,
    ports: RoutingPorts | None = None,
) -> Opinion | None:
    """What a model would do of `options`; None where recovery may not ask (ENABLE_AI_RECOVERY), where there is nothing
    to choose, and where no model gave an answer of use. Never raises. Touches no database on the loop."""
    options = [one for one in options if one in MEANS]
    if not settings.ENABLE_AI_RECOVERY or len(options) < 2 or (left_usd is not None and left_usd <= 0):
        return None
    need = Need(
        workspace_id=situation.workspace_id,
        task_kind=str(JobKind.EXPLAIN),
        purpose=CallPurpose.JOB,
        project_id=project_id,
        build_id=situation.build_id,
        task_id=situation.task_id,
        deadline_s=DEADLINE_S,
        budget_usd=MOST_USD if left_usd is None else min(MOST_USD, left_usd),
        attempts=1,
        emergency=False,
    )
    try:
        request = question(situation, options=options, with_text=settings.ENABLE_AI_ANALYSIS)
        async with asyncio.timeout(DEADLINE_S + GRACE_S):
            found = await structured(request, need, Answer, ports=ports)
    except (NoAnswer, TimeoutError) as error:
        log.info("recovery.no_opinion", extra={"task_id": str(situation.task_id), "error": str(error)[:300]})
        return None
    except Exception:
        log.exception("recovery.opinion_broke", extra={"task_id": str(situation.task_id)})
        return None
    return accepted(found.value, options=options, provider=found.answer.provider)


def opinions_now(asked: Sequence[Asked]) -> list[Opinion | None]:
    """Those of several failures in their order, four at once; what is the same question is asked once. For a thread
    that may wait; not for the loop's own."""
    return aio.run(_all(asked))


async def _all(asked: Sequence[Asked]) -> list[Opinion | None]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(about: Asked) -> Opinion | None:
        async with gate:
            return await opinion_on(
                about.situation, options=about.options, project_id=about.project_id, left_usd=about.left_usd
            )

    different = {_question(about): about for about in asked}
    given = await asyncio.gather(*(one(about) for about in different.values()))
    answers = dict(zip(different, given, strict=True))
    return [answers[_question(about)] for about in asked]


def _question(about: Asked) -> tuple[uuid.UUID, str]:
    """Equal where a model would be shown the same, for the same workspace."""
    told = known(about.situation, with_text=settings.ENABLE_AI_ANALYSIS)
    return about.situation.workspace_id, json.dumps([list(about.options), told], sort_keys=True)
