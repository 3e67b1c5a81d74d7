"""Each way in which a model breaks in the middle of a program's work: soon over, under its right name, once, with the
work kept and nothing left running. The gateway stands between, so that both programs meet the same."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from autodev.programs import Installed
from providers.failures.kinds import FailureKind as K
from providers.kinds.agents import AgentProgramKind
from providers.kinds.base import ProviderFailure
from providers.kinds.claude_agent import ClaudeAgentKind
from providers.kinds.opencode import OpenCodeKind
from providers.models import JobToken
from tests.agent_programs.fixtures import claude_program, opencode_program
from tests.developers import Developer, Write, conversation_of, good
from tests.programs.conftest import Here
from tests.providers_lab.answers import Answer, Asked
from tests.providers_lab.faults import Fault

__all__ = ["claude_program", "opencode_program"]
pytestmark = [pytest.mark.slow, pytest.mark.feature("F2.2")]
KINDS = [pytest.param(ClaudeAgentKind(), id="claude"), pytest.param(OpenCodeKind(), id="opencode")]
ONE, TWO = 'WORD = "salve"\n', 'WORD = "vale"\n' * 40
# A program's three requests, each of which the gateway makes three of, or of one and an hour's circuit fewer.
MOST_CALLS = 9
# What is broken → what the job fails with, and whether time alone may heal it. Pieces of an answer are words: the first
# ones are its text, the ninth is half of the tool call.
TRAPS = {
    "billing": (K.QUOTA, True),
    "permission": (K.PERMISSION, False),
    "model_not_found": (K.MODEL_NOT_FOUND, False),
    "bad_request": (K.BAD_REQUEST, False),
    "too_large": (K.CONTEXT_WINDOW, False),
    "context": (K.CONTEXT_WINDOW, False),
    "content_policy": (K.CONTENT_POLICY, False),
    "quota": (K.QUOTA, True),
    "internal": (K.UNAVAILABLE, True),
    "overloaded": (K.OVERLOADED, True),
    "refused": (K.CONNECTION, True),
    "malformed": (K.MALFORMED_ANSWER, False),
    "html": (K.MALFORMED_ANSWER, False),
    "stream_cut; after=2": (K.TRUNCATED_STREAM, False),
    "stream_cut; after=9": (K.TRUNCATED_STREAM, False),
    "stream_error; after=2": (K.UNAVAILABLE, True),
}


@pytest.fixture(autouse=True)
def _installed(claude_program: Installed, opencode_program: Installed) -> None:
    """Each test here runs one of them."""


def ours() -> list[int]:
    """Processes that come from this one and are one of the programs, or a command of theirs."""
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _inside(pid)]


def _inside(pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        return command.startswith((b"/opt/opencode/", b"/opt/claude/")) and _comes_from_here(pid)
    except OSError:
        return False


def _comes_from_here(pid: int) -> bool:
    while pid > 1 and pid != os.getpid():
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return pid > 1


def breaks_behind_the_first_step(here: Here, trap: str) -> None:
    """The model has one file written; what it is asked for after that breaks as the trap says."""
    developer = Developer(good([Write("probe/one.py", ONE), Write("probe/two.py", TWO)], check=False))
    upstream = here.lab.upstream("a")

    def answers(asked: Asked) -> Answer | Fault:
        if conversation_of(asked).tools:
            # Not here: to close its port the lab needs the loop on which this runs.
            threading.Thread(target=upstream.fail, args=(trap,)).start()
        return developer(asked)

    upstream.answer(answers)


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_breaks_ends_soon_under_its_name_with_the_work_kept(kind: AgentProgramKind, trap: str, here: Here) -> None:
    breaks_behind_the_first_step(here, trap)
    with pytest.raises(ProviderFailure) as failed:
        here.perform(kind, here.job(), here.target(kind.name))
    # From its first request on: how long it takes to start is the machine's matter.
    assert time.monotonic() - next(one.at for one in here.lab.upstream("a").requests if one.wire) < 150
    assert (failed.value.kind, failed.value.outside) == TRAPS[trap], str(failed.value)
    assert len(here.calls()) <= 1 + MOST_CALLS
    # Nothing runs on, the way to models is shut, and what it did is kept and told.
    assert ours() == []
    assert not JobToken.objects.filter(revoked_at=None).exists()
    assert here.ctx.workspace.repository.read(here.ctx.workspace.head, "probe/one.py").decode() == ONE
    assert "probe/two.py" not in here.ctx.workspace.repository.files(here.ctx.workspace.head)
    assert [one["kind"] for one in here.entries()].count("tool") == 1
    # Whoever comes next goes on with the conversation where the model was merely away.
    assert bool([step for step in here.steps("note") if ":over:" in step.key]) is not TRAPS[trap][1]
