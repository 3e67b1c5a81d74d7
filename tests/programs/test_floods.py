"""A program that prints without end is ended, under a name, and what is held of it is bounded."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Self

import pytest

from providers.kinds.base import ProviderFailure
from providers.kinds.claude_agent import ClaudeAgentKind, transport
from providers.kinds.claude_agent import run as claude
from providers.kinds.opencode import OpenCodeKind
from providers.kinds.opencode import run as opencode
from providers.models import JobToken
from tests.programs.conftest import Here

pytestmark = pytest.mark.feature("F2.2")
# Says that it is there, as the SDK asks it first, and then prints.
SAYS = """
import json, sys
asked = json.loads(sys.stdin.readline())
answer = {"subtype": "success", "request_id": asked["request_id"], "response": {}}
print(json.dumps({"type": "control_response", "response": answer}), flush=True)
block = {"type": "tool_use", "id": "c", "name": "Write", "input": {"content": "x" * 2_000_000}}
message = {"role": "assistant", "content": [block], "model": "m", "id": "1"}
line = json.dumps({"type": "assistant", "message": message, "session_id": "s"})
while True:
"""
FLOODS = {
    "a line without an end": ("    sys.stdout.write('{' + 'x' * 100_000)", "framework_error", "a line of more than"),
    "large messages": ("    print(line)", "framework_error", "printed more than"),
    "its errors": ("    sys.stderr.write('x' * 100_000)", "sandbox_error", "more than 16777216 bytes"),
}
MIB = 2**20


class Memory:
    """The most that this process held beyond what it held before."""

    def __init__(self) -> None:
        self.most = 0
        self._before = _held()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._end.wait(0.02):
            self.most = max(self.most, _held() - self._before)


def _held() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


@pytest.mark.parametrize("flood", FLOODS)
def test_the_output_of_a_program_is_bounded(here: Here, flood: str, monkeypatch: pytest.MonkeyPatch) -> None:
    prints, kind, said = FLOODS[flood]
    monkeypatch.setattr(claude, "command_of", lambda options: ["python3", "-c", SAYS + prints])
    monkeypatch.setattr(transport, "TOTAL_LIMIT", 300 * MIB)
    begun = time.monotonic()
    with Memory() as memory, pytest.raises(ProviderFailure) as failed:
        here.perform(ClaudeAgentKind(), here.job(), here.target("claude_agent"))
    assert failed.value.kind == kind
    assert said in str(failed.value)
    assert time.monotonic() - begun < 120
    assert memory.most < 250 * MIB
    assert not JobToken.objects.filter(revoked_at=None).exists()


def test_a_server_that_prints_without_end_is_ended(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opencode, "command", lambda: ["sh", "-c", "yes"])
    with pytest.raises(ProviderFailure, match="more than 16777216 bytes") as failed:
        here.perform(OpenCodeKind(), here.job(), here.target("opencode"))
    assert failed.value.kind == "framework_error"
    assert not JobToken.objects.filter(revoked_at=None).exists()
