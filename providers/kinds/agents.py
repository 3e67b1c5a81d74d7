"""The kinds whose targets are agent programs, by name: built-in ones and plug-ins of the entry point group
`autodev.agent_kinds`. Each is imported when it is first asked for.

An agent program does a job by itself on the task's files; it asks AutoDev's own gateway for every model. Such a target
completes no messages, has no key, and its `model` is the word that the program asks the gateway for.
"""

from __future__ import annotations

import importlib
import logging
from functools import lru_cache
from importlib.metadata import entry_points
from typing import Protocol, cast

from autodev.contracts.job import Job, JobKind, JobResult
from providers.targets import Target

GROUP = "autodev.agent_kinds"
log = logging.getLogger(__name__)
_BUILT_IN = {
    "claude_agent": "providers.kinds.claude_agent:ClaudeAgentKind",
    "opencode": "providers.kinds.opencode:OpenCodeKind",
}


class AgentProgramKind(Protocol):
    """One program that does jobs by itself."""

    name: str

    def can(self, kind: JobKind) -> bool:
        """Whether it does such jobs at all, whatever is installed here."""
        ...

    def missing(self) -> str:
        """Why it cannot run here, in words for a person; empty where it can. Starts nothing and is quick."""
        ...

    async def version(self) -> str:
        """Starts the program in the sandbox and gives what it calls its version. Raises ProviderFailure where it does
        not start."""
        ...

    async def perform(self, job: Job, target: Target) -> JobResult:
        """Does the job, or goes on with it: the journal's steps whose keys begin with `journal_prefix(job,
        target.name)` say how far it came. Raises NotForThisJob, ProviderFailure, Cancelled, Fenced."""
        ...


class UnknownAgentKind(LookupError):
    """No agent program of this kind is known."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no kind of agent programs is called {name!r}; there are {', '.join(agent_kinds())}")
        self.name = name


def agent_kinds() -> tuple[str, ...]:
    """The names, without importing any."""
    return tuple(sorted({*_BUILT_IN, *(point.name for point in entry_points(group=GROUP))}))


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(agent_kinds())


def is_agent_kind(name: str) -> bool:
    """Whether a provider of this kind is an agent program."""
    return name in _names()


def is_built_in(name: str) -> bool:
    """Whether it is a kind of AutoDev's own rather than a plug-in's."""
    return name in _BUILT_IN


@lru_cache(maxsize=32)
def agent_kind(name: str) -> AgentProgramKind:
    """The kind of this name, one object a process. Raises UnknownAgentKind, and what the import of a plug-in raises. A
    plug-in takes no name of a built-in."""
    if name in _BUILT_IN:
        module, _, attribute = _BUILT_IN[name].partition(":")
        return cast("AgentProgramKind", getattr(importlib.import_module(module), attribute)())
    for point in entry_points(group=GROUP):
        if point.name == name:
            return cast("AgentProgramKind", point.load()())
    raise UnknownAgentKind(name)


def journal_prefix(job: Job, worker: str) -> str:
    """What the keys of a worker's journal steps begin with."""
    return f"{job.key or job.kind}:{worker}:"


def why_not(name: str, task_kind: str) -> str:
    """Why a program of this kind cannot do such a job on this machine, in words; empty where it can, and for what is
    no agent program. A plug-in that breaks is told of, and does not break whoever asks."""
    if not is_agent_kind(name):
        return ""
    try:
        kind = agent_kind(name)
        if task_kind in set(JobKind) and not kind.can(JobKind(task_kind)):
            return f"does no {task_kind} jobs"
        return kind.missing()
    except Exception as error:
        log.exception("provider.program_broken", extra={"kind": name})
        return f"{name} does not load: {type(error).__name__}: {error}"
