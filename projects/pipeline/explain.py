"""A question about a product is answered: the files that it speaks of are shown to a model, read only."""

from __future__ import annotations

import datetime as dt
import re
import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from autodev.contracts.answers import Explanation
from autodev.contracts.contexts import ExplainContext
from autodev.contracts.job import Job, JobKind
from autodev.contracts.ports import Fenced, JournalPort, Ports, Told
from autodev.contracts.program import Program, RunningProgram
from autodev.lib import aio, clock
from autodev.sandbox.types import Phase, SandboxResult, SandboxUnavailable
from autodev.spec.schema import Spec
from projects.models import Build
from projects.pipeline.explain_journal import JournalOfQuestion
from projects.repository.repository import Repository, repository_of
from projects.selectors.explained import Explained, explained_one
from projects.services.explain import explain_begin, explain_end
from providers.kinds.base import ProviderFailure
from providers.perform import perform

AT_MOST_S = 180.0
STALE_S = AT_MOST_S + 30
SHOWN_CHARACTERS = 60_000
FILE_CHARACTERS = 12_000
FILES_READ = 400
WORD = re.compile(r"[a-z][a-z0-9]{2,}")
TEXT = (".py", ".html", ".md", ".toml", ".yaml", ".yml", ".txt", ".js", ".ts", ".css", ".sql", ".cfg", ".ini")
READ_ONLY = "a question changes nothing"


def answer(build_id: uuid.UUID, name: str, *, cancel: threading.Event | None = None) -> Explained:
    """Answers it, where nobody else does or did; gives how it stands then. Never raises for what a model does."""
    begun = explain_begin(build_id=build_id, name=name, stale_s=STALE_S)
    if not begun:
        return explained_one(build_id, name)
    build = Build.objects.get(pk=build_id)
    asked = explained_one(build_id, name)
    journal = JournalOfQuestion(build_id=build_id, name=name, begun=begun, commit=build.head)
    try:
        result = aio.run(perform(job_of(build, asked, journal)), cancel=cancel)
    except Fenced:
        return explained_one(build_id, name)
    except ProviderFailure as failure:
        return explain_end(build_id=build_id, name=name, answer=None, why=str(failure))
    if not isinstance(result.answer, Explanation):
        return explain_end(build_id=build_id, name=name, answer=None, why=f"{result.provider} gave no explanation")
    told = {
        **result.answer.model_dump(mode="json"), "provider": result.provider, "commit": journal.commit,
        "cost_usd": str(result.usage.cost_usd),
    }  # fmt: skip
    return explain_end(build_id=build_id, name=name, answer=told)


def job_of(build: Build, asked: Explained, journal: JournalPort) -> Job:
    """The job; the model may read what is shown to it, and do nothing."""
    repository = repository_of(build.project_id)
    paths = repository.files(build.head)
    context = ExplainContext(
        spec=Spec.model_validate(build.spec), question=asked.question, files=paths,
        read=shown(repository, build.head, paths, asked.question),
    )  # fmt: skip
    return Job(
        kind=JobKind.EXPLAIN, task_id="", epoch=0, brief=asked.question, context=context, ports=_ports(journal),
        deadline=clock.utcnow() + dt.timedelta(seconds=AT_MOST_S), budget_usd=build.budget_usd,
        workspace_id=build.workspace_id, project_id=build.project_id, build_id=build.pk, key=f"explain:{asked.id}",
    )  # fmt: skip


def shown(repository: Repository, commit: str, paths: Sequence[str], question: str) -> dict[str, str]:
    """The files that share most words with the question, the README first, as much as one request holds."""
    words = set(WORD.findall(question.lower()))
    found: list[tuple[float, str, str]] = []
    for path in [path for path in paths if path.endswith(TEXT)][:FILES_READ]:
        text = repository.read(commit, path).decode(errors="replace")[:FILE_CHARACTERS]
        own = WORD.findall(text.lower())
        score = 5.0 * len(words & set(WORD.findall(path.lower()))) + len(words & set(own))
        found.append((score + (0.5 if path == "README.md" else 0.0), path, text))
    room, read = SHOWN_CHARACTERS, dict[str, str]()
    for score, path, text in sorted(found, key=lambda one: (-one[0], one[1])):
        if score and len(text) <= room:
            read[path], room = text, room - len(text)
    return read


class _Nothing:
    """Ports of a job that reads what it was given: nothing is written, run or asked."""

    head = ""

    def read(self, path: str) -> bytes:
        raise FileNotFoundError(READ_ONLY)

    def write(self, path: str, content: bytes) -> None:
        raise ValueError(READ_ONLY)

    def delete(self, path: str) -> None:
        raise ValueError(READ_ONLY)

    def paths(self) -> Sequence[str]:
        return ()

    async def run(self, argv: Sequence[str], *, timeout_s: float, phase: Phase = "test") -> SandboxResult:
        raise SandboxUnavailable([READ_ONLY])

    async def snapshot(self, message: str) -> str:
        raise ValueError(READ_ONLY)

    async def restore(self, commit: str) -> None:
        raise ValueError(READ_ONLY)

    async def diff(self, old: str, new: str) -> str:
        return ""

    async def messages(self) -> Sequence[Told]:
        return ()

    async def ask(self, key: str, question: str, *, assumption: str, choices: Sequence[str] = ()) -> str:
        return assumption

    async def start(self, program: Program) -> RunningProgram:
        raise SandboxUnavailable([READ_ONLY])

    async def __call__(self) -> Any:
        return None


def _ports(journal: JournalPort) -> Ports:
    nothing = _Nothing()

    def emit(text: str, *, fields: Mapping[str, Any] | None = None) -> None:
        return None

    return Ports(
        workspace=nothing, journal=journal, check=nothing, emit=emit, cancel=threading.Event(), steer=nothing,
        programs=nothing,
    )  # fmt: skip
