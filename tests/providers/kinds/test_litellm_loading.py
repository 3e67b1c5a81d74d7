"""litellm is loaded late, quietly, and not at all by who does not need it."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.feature("F2.1")

_LOOK = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
import providers, providers.registry, providers.kinds.models as models
models.model_kinds()
models.model_kind("litellm")
print(sorted(name for name in ("litellm", "openai", "aiohttp", "tiktoken") if name in sys.modules))
"""
_QUIET = """
import logging, socket, sys
def nowhere(*_, **__):
    raise AssertionError("a name was looked up")
socket.getaddrinfo = nowhere
import providers.kinds.litellm.loading as loading
library = loading.load()
assert loading.load() is library
litellm = library.module
assert litellm.callbacks == [] and litellm.success_callback == [] and litellm.failure_callback == []
assert litellm.telemetry is False and litellm.suppress_debug_info is True
assert logging.getLogger("LiteLLM").level >= logging.ERROR
print("quiet")
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=300)


def test_the_registry_of_kinds_does_not_load_litellm() -> None:
    ended = run(_LOOK)
    assert ended.stdout.splitlines()[-1:] == ["[]"], ended.stderr


def test_loading_asks_the_network_for_nothing_and_says_nothing() -> None:
    ended = run(_QUIET)
    assert ended.stdout == "quiet\n", ended.stderr
    assert ended.stderr == ""
