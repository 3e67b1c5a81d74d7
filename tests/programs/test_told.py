"""What a conversation was told: each message once, whatever dies; all of it again where it begins anew."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest
from django.db import connections

from autodev.contracts.job import JobGuidance
from autodev.lib import aio
from autodev.sandbox.workspace import remove_tree
from projects.models import Message, Step
from projects.pipeline.programs import homes_root
from providers.kinds.agents import AgentProgramKind
from providers.kinds.base import ProviderFailure
from providers.kinds.claude_agent import ClaudeAgentKind
from providers.kinds.opencode import OpenCodeKind
from providers.kinds.programs.begun import begun, renewed
from providers.kinds.programs.told import EARLIER, People
from tests.developers import Developer, Run, Write, conversation_of, good
from tests.programs.conftest import Here
from tests.providers_lab.answers import Answer, Asked
from tests.providers_lab.faults import Fault, fault

pytestmark = pytest.mark.feature("F2.2", "F2.11")
KINDS = [pytest.param(ClaudeAgentKind(), id="claude"), pytest.param(OpenCodeKind(), id="opencode")]
WORDS = "Call it Gruss, please."
NAP = Run("python3 -c 'import time; time.sleep(5)'")
PLAN = (Write("probe/one.py", "ONE = 1\n"), NAP, Write("probe/two.py", "TWO = 2\n"))


def say(here: Here, text: str = WORDS) -> Message:
    return Message.objects.create(build=here.pipeline.build, text=text)


def heard(here: Here, conversation: str, *, first: bool = False, begin: bool = False) -> list[str]:
    """What one process hears and notes down that it told."""
    job = here.job()

    async def work() -> list[str]:
        people = People(job, "program")
        await people.join(conversation)
        if begin:
            return [await people.begin(["The task."])]
        found = await (people.missed() if first else people.words())
        await people.told(*(one.id for one in found))
        return [one.words for one in found]

    return aio.run(work())


def test_a_message_is_told_once_in_a_conversation_and_again_in_another(here: Here) -> None:
    say(here)
    (words,) = heard(here, "one")
    assert words.startswith(f"A person says, while you work: {WORDS}")
    assert heard(here, "one", first=True) == []
    here.restarted()
    assert heard(here, "one") == heard(here, "one", first=True) == []
    (told,) = heard(here, "two", begin=True)
    assert told == f"\n\n{EARLIER}\n- A person: {WORDS}"
    assert heard(here, "two", first=True) == []


def test_what_was_taken_and_not_told_is_told_by_the_next_process(here: Here) -> None:
    say(here)
    job = here.job()

    async def dies() -> int:
        people = People(job, "program")
        await people.join("one")
        return len(await people.words())

    assert aio.run(dies()) == 1
    here.restarted()
    assert len(heard(here, "one", first=True)) == 1


def test_what_stands_in_the_brief_is_not_told_beside_it(here: Here) -> None:
    say(here)
    say(here, "And in green.")
    job = here.job()

    async def work() -> str:
        people = People(job, "program")
        await people.join("one")
        told = await people.begin([f"People said meanwhile:\n- A person: {WORDS}"])
        assert people.knows("")
        assert not people.knows("another")
        assert await people.missed() == []
        return told

    assert aio.run(work()) == f"\n\n{EARLIER}\n- A person: And in green."


def test_another_session_is_the_one_that_is_gone_on_with(here: Here) -> None:
    job = here.job()

    async def work() -> tuple[str, str, bool]:
        first = await begun(job, "program")
        other = await renewed(job, "program", first)
        assert not other.again
        third = await begun(job, "program")
        return other.session, third.session, first.session == third.session

    other, third, same = aio.run(work())
    assert other == third
    assert not same


class Model:
    """Follows the plan, in whose second step a person speaks; is away as soon as it hears of that, while `away`."""

    def __init__(self, here: Here) -> None:
        self.here = here
        self.away = True
        self._said = False
        self._developer = Developer(good(PLAN, check=False))
        here.lab.upstream("a").answer(self)

    def __call__(self, asked: Asked) -> Answer | Fault:
        if self.away and WORDS in json.dumps(asked.body):
            return fault("overloaded")
        if conversation_of(asked).tools and conversation_of(asked).steps == 1 and not self._said:
            self._said = True
            threading.Thread(target=self._say).start()
        return self._developer(asked)

    def _say(self) -> None:
        say(self.here)
        connections.close_all()

    @property
    def asked(self) -> list[str]:
        """What it was asked for the work, in its order."""
        found = [one for one in self.here.lab.upstream("a").requests if one.wire and "tools" in one.body]
        return [json.dumps(one.body) for one in found]


def interrupted(here: Here, kind: AgentProgramKind) -> Model:
    """A program that heard a person while it worked, and whose model was away then."""
    model = Model(here)
    with pytest.raises(ProviderFailure) as failed:
        here.perform(kind, here.job(), here.target(kind.name))
    assert failed.value.outside, str(failed.value)
    assert model.asked[-1].count(WORDS) == 1
    model.away = False
    here.restarted()
    here.lab.upstream("a").requests.clear()
    return model


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_resumed_program_hears_a_person_once_and_what_is_new(here: Here, kind: AgentProgramKind) -> None:
    model = interrupted(here, kind)
    say(here, "And mind the umlauts.")
    job = here.job()
    job = replace(job, guidance=JobGuidance(told="The reviewer wants it shorter."))
    here.perform(kind, job, here.target(kind.name))
    last = model.asked[-1]
    assert last.count(WORDS) == 1
    assert last.count("And mind the umlauts.") == 1
    assert last.count("The reviewer wants it shorter.") == 1
    assert last.count("The service was restarted") == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_right_behind_the_telling_does_not_double_it(here: Here, kind: AgentProgramKind) -> None:
    """The program has the message, and no step says so."""
    model = interrupted(here, kind)
    Step.objects.filter(task=here.row, key__contains=":told:").delete()
    here.perform(kind, here.job(), here.target(kind.name))
    assert model.asked[-1].count(WORDS) == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_conversation_that_begins_anew_hears_all_again(here: Here, kind: AgentProgramKind) -> None:
    model = interrupted(here, kind)
    remove_tree(homes_root())
    here.perform(kind, here.job(), here.target(kind.name))
    assert [text.count(WORDS) for text in model.asked] == [1] * len(model.asked)
