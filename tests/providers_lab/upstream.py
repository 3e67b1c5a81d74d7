"""One provider of the lab: its faults, its script, its latency, and the log of what reached it."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from tests.providers_lab.answers import Answer, AnswerOf, Asked
from tests.providers_lab.faults import Fault, fault
from tests.providers_lab.http import Connection, Request


@dataclass(slots=True)
class Seen:
    """One request that reached the upstream. `ended`: open, done, cut (by a fault), client_gone. `at`: monotonic."""

    at: float
    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    wire: str = ""
    model: str = ""
    key: str = ""
    stream: bool = False
    fault: str = ""
    status: int = 200
    ended: str = "open"

    @property
    def body(self) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(self.raw)) if self.raw else {}


class Plays(Protocol):
    """Answers in place of a script: a cassette (`tests.cassettes.Player`)."""

    async def handle(self, request: Request, connection: Connection) -> None: ...


class Port(Protocol):
    """The listening socket of an upstream, which the fault `refused` closes."""

    def listen(self, *, on: bool) -> None: ...


@dataclass
class Upstream:
    """`base_url` is without `/v1`; OpenAI's clients want `openai_url`. May be changed from any thread while it answers.

    `valid_keys`: other keys get 401. `latency_s`: before each answer. `ending_s`: between the last event of a stream
    and the end of its body. `split`: bytes a chunk. `server`: whose lists it has (ollama, lm_studio, vllm, llamacpp;
    empty is all).
    """

    name: str
    base_url: str
    port: Port
    models: tuple[str, ...] = ("lab-model",)
    server: str = ""
    valid_keys: frozenset[str] | None = None
    latency_s: float = 0.0
    token_interval_s: float = 0.0
    ending_s: float = 0.0
    split: int = 0
    requests: list[Seen] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[tuple[Fault, int | None]] = []
        self._script: deque[Answer | Fault] = deque()
        self._answer: Answer | AnswerOf = Answer()
        self._random = random.Random(1)  # noqa: S311 - a repeatable share of requests
        self._refusing = False
        self.player: Plays | None = None

    @property
    def openai_url(self) -> str:
        return f"{self.base_url}/v1"

    # what a test says
    def answer(self, given: Answer | str | AnswerOf) -> None:
        """Answers every request so: a text, an Answer, or a function of the request, which may give a fault, too."""
        self._answer = Answer(text=given) if isinstance(given, str) else given

    def script(self, steps: Iterable[Answer | Fault | str]) -> None:
        """One step a request, in order; `answer` holds again after the last one."""
        with self._lock:
            self._script = deque(Answer(text=step) if isinstance(step, str) else step for step in steps)

    def play(self, player: Plays | None) -> None:
        """Answers from a cassette from now on, where no fault and no script says otherwise; None: as before."""
        self.player = player

    def fail(self, given: Fault | str, **options: object) -> Fault:
        """Breaks requests from now on: `fail("429; retry_after_s=2; form=date", times=3)`. Takes the place of other
        faults for the same key and model."""
        broken = fault(given, **options) if isinstance(given, str) else given
        with self._lock:
            others = [one for one in self._faults if (one[0].key, one[0].model) != (broken.key, broken.model)]
            self._faults = [*others, (broken, broken.times)]
            refusing = any(one.name == "refused" for one, _ in self._faults)
        self._refuse(refusing=refusing)
        return broken

    def heal(self) -> None:
        with self._lock:
            self._faults = []
        self._refuse(refusing=False)

    def reset(self) -> None:
        """As new: no faults, script, latency or log."""
        self.heal()
        with self._lock:
            self._script.clear()
        self.player = None
        self._answer, self.valid_keys, self.models, self.server = Answer(), None, ("lab-model",), ""
        self.latency_s = self.token_interval_s = self.ending_s = 0.0
        self.split = 0
        self.requests.clear()

    # what a test reads
    @property
    def calls(self) -> int:
        """Requests of a model that reached it (not lists of models)."""
        return sum(1 for one in list(self.requests) if one.wire)

    def _refuse(self, *, refusing: bool) -> None:
        if refusing != self._refusing:
            self._refusing = refusing
            self.port.listen(on=not refusing)

    # what the server asks
    def next_fault(self, key: str, model: str) -> Fault | None:
        with self._lock:
            for place, (one, left) in enumerate(self._faults):
                fits = one.name != "refused" and one.key in {"", key} and one.model in {"", model}
                if not fits or left == 0 or (one.share < 1 and self._random.random() >= one.share):
                    continue
                if left is not None:
                    self._faults[place] = (one, left - 1)
                return one
        return None

    @property
    def plays(self) -> Plays | None:
        with self._lock:
            return None if self._script else self.player

    def next_step(self, asked: Asked) -> Answer | Fault:
        with self._lock:
            if self._script:
                return self._script.popleft()
        return self._given(asked)

    def standing_answer(self, asked: Asked) -> Answer:
        """What it answers when no script says anything; a plain answer where that is a fault."""
        found = self._given(asked)
        return Answer() if isinstance(found, Fault) else found

    def _given(self, asked: Asked) -> Answer | Fault:
        given = self._answer
        if isinstance(given, Answer):
            return given
        found = given(asked)
        return Answer(text=found) if isinstance(found, str) else found

    def note(self, method: str, path: str, headers: dict[str, str], raw: bytes) -> Seen:
        seen = Seen(at=time.monotonic(), method=method, path=path, headers=headers, raw=raw)
        self.requests.append(seen)
        return seen
