"""The lab in a process of its own, so that its work is not counted as anybody's."""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType
from typing import Any, Self

import httpx

TEXT = "A gateway earns trust only when the provider behind it misbehaves and nobody who asked has to notice it."
LATENCY_S = 0.02


class LabProcess:
    """`with LabProcess() as lab: url = lab.upstream("a", fault="500")`."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.providers_lab", "--port", "0", "--upstreams", "0"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self._client = httpx.Client(base_url=line.removeprefix("control ").strip(), timeout=10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()
        self._process.terminate()
        self._process.wait(10)

    def upstream(self, name: str, *, fault: str = "", latency_s: float = LATENCY_S) -> str:
        """The address of an upstream that answers with TEXT or breaks so."""
        wish = {"answer": TEXT, "latency_s": latency_s, "fault": fault or None}
        return str(self._post(name, wish)["openai_url"])

    def heal(self, name: str) -> None:
        self._post(name, {"fault": None})

    def calls(self, name: str) -> int:
        """How many requests for an answer reached it, probes included."""
        found = self._client.get("/upstreams").json()["upstreams"]
        return next(int(one["calls"]) for one in found if one["name"] == name)

    def _post(self, name: str, wish: dict[str, Any]) -> dict[str, Any]:
        answer = self._client.post(f"/upstreams/{name}", json=wish)
        answer.raise_for_status()
        return dict(answer.json())
