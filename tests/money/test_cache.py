"""Answers that need not be paid twice, and one call for many who ask the same."""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from collections.abc import AsyncIterator

import pytest

from autodev.accounts.models import Workspace
from autodev.lib.clock import shifted
from providers.chat import ChatRequest, Completion, Finish, TokenUsage, ToolCall
from providers.models import CachedAnswer, RoutingSettings
from providers.money import cache
from providers.money.answers import AnswerCache
from providers.routing.need import Need
from providers.targets import Target
from tests.factories.accounts import WorkspaceFactory
from tests.money.targets import target

database = pytest.mark.django_db(transaction=True)
HERE: Target = target()
REQUEST = ChatRequest(messages=({"role": "user", "content": "hello"},), temperature=0.0)
ANSWER = Completion(
    text="hi",
    finish=Finish.STOP,
    usage=TokenUsage(input_tokens=5, output_tokens=1),
    model="one",
    tool_calls=(ToolCall(id="1", name="look", arguments="{}"),),
)


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(REQUEST, messages=({"role": "user", "content": "hello!"},)),
        dataclasses.replace(REQUEST, tools=({"type": "function"},)),
        dataclasses.replace(REQUEST, tool_choice="none"),
        dataclasses.replace(REQUEST, response_format={"type": "json_object"}),
        dataclasses.replace(REQUEST, max_output_tokens=5),
        dataclasses.replace(REQUEST, temperature=1.0),
        dataclasses.replace(REQUEST, top_p=0.5),
        dataclasses.replace(REQUEST, stop=("x",)),
        dataclasses.replace(REQUEST, extra={"seed": 7}),
    ],
)
def test_another_request_is_another_key(other: ChatRequest) -> None:
    assert cache.request_hash(other, HERE) != cache.request_hash(REQUEST, HERE)


def test_another_model_is_another_key_and_the_provider_is_none() -> None:
    key = cache.request_hash(REQUEST, HERE)
    for change in ({"model": "openai/two"}, {"api_base": "http://127.0.0.1:1/"}, {"params": {"seed": 1}}):
        assert cache.request_hash(REQUEST, target(**change)) != key
    assert cache.request_hash(REQUEST, target(name="two", workspace_id=uuid.uuid4())) == key
    turned = ChatRequest(messages=({"content": "hello", "role": "user"},), temperature=0.0)
    assert cache.request_hash(turned, HERE) == key


def test_only_a_whole_and_paid_answer_is_worth_keeping() -> None:
    assert cache.worth_keeping(ANSWER, HERE)
    assert not cache.worth_keeping(ANSWER, target(emergency=True))
    for change in (
        {"finish": Finish.LENGTH},
        {"finish": Finish.CONTENT_FILTER},
        {"text": " ", "tool_calls": ()},
    ):
        assert not cache.worth_keeping(dataclasses.replace(ANSWER, **change), HERE)


@pytest.mark.django_db
def test_an_answer_is_kept_for_its_time_and_for_its_workspace(workspace: Workspace) -> None:
    RoutingSettings.objects.create(workspace=workspace, document={"cache": {"ttl_s": 60}})
    assert cache.lookup(workspace.pk, "k") is None
    assert cache.keep(workspace.pk, "k", ANSWER)
    assert cache.lookup(workspace.pk, "k") == ANSWER
    newer = dataclasses.replace(ANSWER, text="hello")
    assert cache.keep(workspace.pk, "k", newer)
    assert cache.lookup(workspace.pk, "k") == newer
    assert CachedAnswer.objects.get().hits == 2
    assert cache.lookup(WorkspaceFactory.create().pk, "k") is None
    assert cache.sweep() == 0
    with shifted(61):
        assert cache.lookup(workspace.pk, "k") is None
        assert cache.sweep() == 1
    assert cache.sweep() == 0
    cache.keep(workspace.pk, "k", ANSWER)
    assert cache.forget(workspace.pk) == 1


@pytest.mark.django_db
def test_a_workspace_opts_out_or_in_by_kind_of_task(workspace: Workspace) -> None:
    assert cache.allowed(workspace.pk, "analyse")
    row = RoutingSettings.objects.create(workspace=workspace, document={"cache": {"enabled": False}})
    assert not cache.allowed(workspace.pk, "analyse")
    assert not cache.keep(workspace.pk, "k", ANSWER)
    row.document = {"cache": {"task_kinds": ["explain"]}, "lovable_patterns": {}}
    row.save()
    assert not cache.allowed(workspace.pk, "analyse")
    assert cache.allowed(workspace.pk, "explain")


@pytest.fixture
async def answers() -> AsyncIterator[AnswerCache]:
    made = AnswerCache(storing_s=0.0)
    yield made
    made.close()


def need(workspace: Workspace) -> Need:
    return Need(workspace_id=workspace.pk, task_kind="explain", cacheable=True)


@database
@pytest.mark.feature("F2.14")
async def test_of_many_who_ask_the_same_one_pays(workspace: Workspace, answers: AnswerCache) -> None:
    paid = 0

    async def ask() -> Completion:
        nonlocal paid
        found = await answers.get(REQUEST, need(workspace), HERE)
        if found is None:
            paid += 1
            await asyncio.sleep(0)
            await answers.put(REQUEST, need(workspace), HERE, ANSWER)
            return ANSWER
        return found

    assert await asyncio.gather(*(ask() for _ in range(20))) == [ANSWER] * 20
    assert paid == 1
    assert await answers.get(REQUEST, need(workspace), HERE) == ANSWER


@database
async def test_where_the_first_one_fails_the_next_one_leads(workspace: Workspace, answers: AnswerCache) -> None:
    led: list[int] = []

    async def ask(number: int) -> Completion | None:
        found = await answers.get(REQUEST, need(workspace), HERE)
        if found is not None:
            return found
        led.append(number)
        if len(led) == 1:
            raise ConnectionError
        await answers.put(REQUEST, need(workspace), HERE, ANSWER)
        return ANSWER

    results = await asyncio.gather(*(ask(number) for number in range(5)), return_exceptions=True)
    assert [type(one) for one in results].count(ConnectionError) == 1
    assert results.count(ANSWER) == 4
    assert len(led) == 2


@database
async def test_who_asks_twice_does_not_wait_for_itself(workspace: Workspace, answers: AnswerCache) -> None:
    assert await answers.get(REQUEST, need(workspace), HERE) is None
    assert await answers.get(REQUEST, need(workspace), HERE) is None


@database
async def test_nobody_waits_for_ever(workspace: Workspace) -> None:
    answers = AnswerCache(wait_s=0.01)
    leads = asyncio.Event()
    leader = asyncio.create_task(slow(answers, workspace, leads))
    await leads.wait()
    assert await answers.get(REQUEST, need(workspace), HERE) is None
    leader.cancel()
    answers.close()


async def slow(answers: AnswerCache, workspace: Workspace, leads: asyncio.Event) -> None:
    await answers.get(REQUEST, need(workspace), HERE)
    leads.set()
    await asyncio.Event().wait()


@database
async def test_where_the_workspace_opted_out_each_one_pays(workspace: Workspace, answers: AnswerCache) -> None:
    await asyncio.to_thread(
        lambda: RoutingSettings.objects.create(workspace=workspace, document={"cache": {"enabled": False}})
    )
    found = await asyncio.gather(*(answers.get(REQUEST, need(workspace), HERE) for _ in range(3)))
    assert found == [None] * 3
    await answers.put(REQUEST, need(workspace), HERE, dataclasses.replace(ANSWER, finish=Finish.LENGTH))
    await answers.put(REQUEST, need(workspace), HERE, ANSWER)
    assert await answers.get(REQUEST, need(workspace), HERE) is None


@database
async def test_a_broken_database_ends_the_waiting(workspace: Workspace, answers: AnswerCache) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "lookup", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await answers.get(REQUEST, need(workspace), HERE)
    assert not answers._flights


def test_where_the_provider_caches_makes_no_other_answer() -> None:
    marked = dataclasses.replace(REQUEST, stable=1)
    assert cache.request_hash(marked, HERE) == cache.request_hash(REQUEST, HERE)
