"""The lab in a process of its own, for benchmarks: it takes no time from the measured process's interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from types import TracebackType
from typing import Any, Self, cast

Json = dict[str, Any]


class RemoteUpstream:
    """What `Upstream` offers, said over the control endpoint; answers are texts or JSON, not functions."""

    def __init__(self, control_url: str, name: str) -> None:
        self._url = f"{control_url}/upstreams/{name}"
        self.name = name
        state = self.change()
        self.base_url: str = state["base_url"]
        self.openai_url: str = state["openai_url"]

    def change(self, **wish: Any) -> Json:
        return _ask("POST", self._url, wish)

    def fail(self, fault: str, **options: Any) -> None:
        words = "; ".join((fault, *(f"{name}={value}" for name, value in options.items())))
        self.change(fault=words)

    def heal(self) -> None:
        self.change(fault=None)

    def answer(self, given: str | Json) -> None:
        self.change(answer=given)

    def reset(self) -> None:
        self.change(reset=True)

    @property
    def calls(self) -> int:
        return int(self.change()["calls"])

    @property
    def requests(self) -> list[Json]:
        return cast("list[Json]", _ask("GET", f"{self._url}/requests")["requests"])


class LabProcess:
    """`with LabProcess() as lab: lab.upstream("a").fail("500")`."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.providers_lab", "--port", "0", "--upstreams", "1"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.control_url = self._process.stdout.readline().split()[-1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(10)

    def upstream(self, name: str = "a") -> RemoteUpstream:
        return RemoteUpstream(self.control_url, name)


def _ask(method: str, url: str, body: Json | None = None) -> Json:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method)  # noqa: S310 - an address of this machine
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return cast("Json", json.load(answer))
