"""OpenCode does a job: files, transcript, money; it is cut off and goes on; people are heard."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pytest

from autodev.contracts.job import ChangeSummary, Job
from autodev.contracts.ports import Cancelled
from autodev.lib import aio
from projects.models import Message, Step
from providers.kinds.base import ProviderFailure
from providers.kinds.opencode import OpenCodeKind
from providers.kinds.programs.brief import AGAIN
from tests.developers import Developer, Edit, Run, Write, good
from tests.programs.conftest import Here

pytestmark = [pytest.mark.slow, pytest.mark.feature("F2.2")]
GREET = 'def greet() -> str:\n    return "hello"\n'
PLAN = (
    Write("probe/greet.py", GREET),
    Edit("README.md", "# Product", "# Product that greets"),
    Run("python3 -c 'print(6*7)'"),
)


def when_said(job: Job, words: str, do: Callable[[], None]) -> Job:
    """Does it when the progress tells these words."""

    def emit(text: str, *, fields: Any = None) -> None:
        if words in text:
            do()

    object.__setattr__(job.ports, "emit", emit)
    return job


def servers() -> list[int]:
    """The servers that this test started: seen from here, by their path inside."""
    return [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _is_server(pid) and _is_ours(pid)]


def _is_server(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"/opt/opencode/")
    except OSError:
        return False


def _is_ours(pid: int) -> bool:
    while pid > 1:
        if pid == os.getpid():
            return True
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return False


def gone(within_s: float = 20.0) -> bool:
    """Whether no server is left: who cancels does not wait for its end."""
    end = time.monotonic() + within_s
    while servers() and time.monotonic() < end:
        time.sleep(0.05)
    return not servers()


def asked(here: Here) -> list[str]:
    """What OpenCode asked the model, in its order; probes of the provider offer no tools."""
    return [one.raw.decode() for one in here.lab.upstream("a").requests if one.wire and "tools" in one.body]


async def test_it_says_its_version(here: Here) -> None:
    assert await OpenCodeKind().version() == "1.18.33"


def test_it_does_the_work(here: Here) -> None:
    here.lab.upstream("a").answer(Developer(good(PLAN, check=False, summary="It greets now.")))
    result = here.perform(OpenCodeKind(), here.job(), here.target("opencode"))
    assert isinstance(result.answer, ChangeSummary)
    assert result.answer.paths == ("README.md", "probe/greet.py")
    assert "It greets now." in result.answer.notes[0]
    assert (result.provider, result.left_open) == ("program", ())
    assert here.text("probe/greet.py") == GREET
    told = [(entry["kind"], entry.get("tool", "")) for entry in here.entries()]
    assert [pair for pair in told if pair[0] in {"tool", "result"}] == [
        (kind, tool) for tool in ("write", "read", "edit", "bash") for kind in ("tool", "result")
    ]
    assert [kind for kind, _ in told].count("usage") == len(here.calls()) == 5
    shown = [entry["text"] for entry in here.entries() if entry["kind"] == "result" and entry["tool"] == "bash"]
    assert [text.strip() for text in shown] == ["42"]
    assert {call.purpose for call in here.calls()} == {"gateway"}
    assert result.usage.cost_usd == sum(call.cost_usd for call in here.calls())
    assert result.usage.cost_usd > 0
    assert here.steps("snapshot")
    # Asked again by a worker that did not hear the answer, it is not done again.
    assert here.perform(OpenCodeKind(), here.job(), here.target("opencode")) == result
    assert len(here.calls()) == 5


def test_it_goes_on_after_a_kill_in_the_middle_of_a_command(here: Here) -> None:
    """SIGKILL to the server at work; the worker dies too, so that nobody notes down how it ended."""
    here.lab.upstream("a").answer(Developer(good([*PLAN[:1], Run("sleep 60"), *PLAN[1:]], check=False)))

    def kill() -> None:
        for pid in servers():
            os.kill(pid, signal.SIGKILL)

    with pytest.raises(ProviderFailure) as failed:
        here.perform(OpenCodeKind(), when_said(here.job(), "bash sleep 60", kill), here.target("opencode"))
    assert failed.value.kind in {"framework_error", "code_error"}
    Step.objects.filter(task=here.row, key__contains=":over:").delete()
    here.restarted()
    assert here.text("probe/greet.py") == GREET
    here.lab.upstream("a").requests.clear()
    here.lab.upstream("a").answer(Developer(good([*PLAN[:1], *PLAN[1:]], check=False, summary="Done after all.")))
    result = here.perform(OpenCodeKind(), here.job(), here.target("opencode"))
    assert result.answer.paths == ("README.md", "probe/greet.py")
    assert AGAIN in asked(here)[0]
    assert "It greets." in asked(here)[0]
    assert Step.objects.filter(task=here.row, key__contains=":session:").count() == 1


def test_it_begins_anew_on_the_same_files_where_its_home_is_gone(here: Here) -> None:
    here.lab.upstream("a").answer(Developer(good([*PLAN[:1], Run("sleep 60")], check=False)))
    cancel = threading.Event()
    job = when_said(here.job(), "bash sleep 60", cancel.set)
    with pytest.raises((CancelledError, Cancelled)):
        aio.run(OpenCodeKind().perform(job, here.target("opencode")), cancel=cancel)
    assert gone()
    here.restarted()
    target = here.target("opencode")
    Path(here.ctx.workspace.root.parents[1] / "agents" / str(here.row.pk)).rename(here.ctx.workspace.root / "../gone")
    here.lab.upstream("a").requests.clear()
    here.lab.upstream("a").answer(Developer(good(PLAN, check=False)))
    result = here.perform(OpenCodeKind(), here.job(), target)
    assert result.answer.paths == ("README.md", "probe/greet.py")
    assert AGAIN in asked(here)[0]
    assert "Still missing" in asked(here)[0]


def test_a_person_is_heard_while_it_works(here: Here) -> None:
    here.lab.upstream("a").answer(Developer(good(PLAN, check=False)))
    said: list[Message] = []

    def say() -> None:
        if not said:
            said.append(Message(build=here.pipeline.build, text="Greet in French."))
            threading.Thread(target=said[0].save).start()

    here.perform(OpenCodeKind(), when_said(here.job(), "write ", say), here.target("opencode"))
    assert "Greet in French." in asked(here)[-1]
    assert "Greet in French." not in asked(here)[0]
