"""What a probe asks, by the kind of the provider: a model for a word, an agent program for its version."""

from __future__ import annotations

from collections.abc import AsyncIterator

from providers.chat import ChatRequest, Completion, Delta
from providers.failures.signal import CallFailed, Signal
from providers.kinds.agents import AgentProgramKind, agent_kind, is_agent_kind
from providers.kinds.base import ProviderFailure
from providers.kinds.models import model_kind
from providers.targets import Key, ModelKind, Target


class NotHere(LookupError):
    """The program cannot run on this machine: a process of another one is to probe it."""


class ProgramProbe:
    """An agent program in the form of a model kind, of which only the probe answers."""

    def __init__(self, program: AgentProgramKind) -> None:
        self.name = program.name
        self._program = program

    async def complete(self, request: ChatRequest, target: Target, key: Key | None) -> Completion:
        raise CallFailed(Signal(text=f"{self.name} completes no messages"))

    def stream(self, request: ChatRequest, target: Target, key: Key | None) -> AsyncIterator[Delta]:
        raise CallFailed(Signal(text=f"{self.name} completes no messages"))

    async def probe(self, target: Target, key: Key | None) -> None:
        """Raises CallFailed where it does not start."""
        try:
            await self._program.version()
        except ProviderFailure as failure:
            raise CallFailed(Signal(text=str(failure), error_code=failure.kind)) from failure


def probed(name: str) -> ModelKind:
    """What probes a provider of this kind. Raises LookupError where nothing of this process can."""
    if not is_agent_kind(name):
        return model_kind(name)
    program = agent_kind(name)
    if why := program.missing():
        raise NotHere(why)
    return ProgramProbe(program)
