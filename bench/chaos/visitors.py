"""People who ask the gateway all the time, so that the providers' faults are met; and what they were answered."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

import httpx

from bench.chaos.answers import PLAIN

EVERY_S = 0.6
PATIENCE_S = 30.0
BODY = {"model": "default", "messages": [{"role": "user", "content": "Say something."}], "max_tokens": 50}


@dataclass(slots=True)
class Answered:
    """`whole`: the full text; `told`: an error that says so; `wrong`: a success that is not the text; `away`: the
    gateway itself did not answer."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Visitors(threading.Thread):
    """One after the other, each with a question that has one right answer."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(name="visitors", daemon=True)
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_S, trust_env=False)
        self._over = threading.Event()
        self.answered = Answered()

    def stop(self) -> None:
        self._over.set()
        if self.is_alive():
            self.join(PATIENCE_S + 5)
        self._http.close()

    def run(self) -> None:
        while not self._over.wait(EVERY_S):
            self.answered.counts[self._ask()] += 1

    def _ask(self) -> str:
        try:
            answer = self._http.post("/v1/chat/completions", json=BODY)
        except httpx.TransportError:
            return "away"
        if not answer.is_success:
            return "told"
        try:
            text = answer.json()["choices"][0]["message"]["content"]
        except (ValueError, LookupError, TypeError):
            text = answer.text
        if text == PLAIN:
            return "whole"
        self.answered.wrong.append(str(text)[:200])
        return "wrong"
