"""`autodev providers`, `models` and `drill`: in this process where no call is made, else as a user has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings
from typer.testing import CliRunner, Result

from autodev.accounts.models import Workspace
from autodev.cli import app
from providers.chat import ChatRequest, Completion, Delta
from providers.config.keys import Keys
from providers.local import find_local
from providers.models import Breaker, Chain, ConfigRevision, Credential, Drill, Provider
from providers.services import checking
from providers.states import BreakerState
from providers.targets import Key, Target
from tests.doors.conftest import Cli
from tests.doors.test_models import models_yaml
from tests.providers_lab import Lab
from tests.providers_lab.fixtures import _lab, lab

__all__ = ["_lab", "lab"]
Run = Callable[..., Result]
SECRET = "sk-live-4815162342-abcdefgh"


@pytest.fixture
def run(db: None) -> Run:
    """Runs a command in this process and holds it to its exit code."""

    def call(*arguments: str, code: int = 0, **more: Any) -> Result:
        done = CliRunner().invoke(app, list(arguments), **more)
        assert done.exit_code == code, (done.output, done.stderr, done.exception)
        return done

    return call


@pytest.mark.feature("F4.8", "F2.13")
def test_providers_are_added_listed_reset_and_removed(run: Run, tmp_path: Path, lab: Lab) -> None:
    names = [one["name"] for one in json.loads(run("providers", "list", "--json").stdout)]
    assert names[:2] == ["claude", "gpt"]
    key = tmp_path / "key"
    key.write_text(f"{SECRET}\n")
    added = run("providers", "add", "mistral", "--model", "mistral/devstral", "--key-file", str(key))
    assert "Added mistral" in added.stdout
    assert (Credential.objects.get().name, Provider.objects.get(name="mistral").keys) == ("mistral", ["mistral"])
    run("providers", "add", "other", "--model", "openai/x", "--key-file", "-", input=SECRET)
    run("providers", "add", "third", "--model", "openai/x", "--key-env", "OPENAI_API_KEY")
    here = lab.upstream("a")
    run("providers", "add", "here", "--api-base", f"{here.base_url}/v1")
    row = Provider.objects.get(name="here")
    assert (row.keys, row.document["needs_key"], row.api_base.startswith(here.base_url)) == ([], False, True)
    listed = run("providers").stdout
    assert run("providers", "--workspace", "local").stdout == listed
    assert json.loads(run("providers", "--json").stdout)[0]["name"] == "claude"
    assert "behind the command" in run("providers", "--json", "list", code=2).stderr
    assert all(name in listed for name in ("mistral", "other", "third", "here"))
    assert SECRET not in listed
    Breaker.objects.create(provider=row, state=BreakerState.OPEN, reason="503")
    run("providers", "reset", "here")
    assert Breaker.objects.get().state == BreakerState.CLOSED
    assert "named by chain default" in run("providers", "remove", "here", code=1).stderr
    assert "There is a provider" in run("providers", "add", "gpt", "--model", "openai/x", code=1).stderr
    assert "no provider" in run("providers", "remove", "nobody", code=1).stderr
    assert "no enabled provider" in run("providers", "reset", "nobody", code=1).stderr
    assert "--model" in run("providers", "add", "gpt", code=2).stderr
    missing = str(tmp_path / "none")
    assert "none" in run("providers", "add", "new", "--model", "openai/x", "--key-file", missing, code=2).stderr
    assert "no workspace" in run("providers", "list", "--workspace", "nowhere", code=2).stderr


@pytest.mark.feature("F2.1", "F4.8")
def test_what_runs_here_is_found_and_added_in_one_step(
    run: Run, lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here = lab.upstream("a")
    here.server, here.models = "ollama", ("qwen3:8b", "devstral")
    address = here.base_url
    port = int(urlsplit(address).port or 0)
    monkeypatch.setattr("providers.local.find_local", lambda: find_local(ports=[port]))
    assert address in run("providers", "local").stdout
    # The place that the chain that ships keeps for it, and then names of its own.
    added = run("providers", "add", "--local").stdout
    assert "Added local (ollama_chat/qwen3:8b)" in added
    assert "devstral" in added
    first = Provider.objects.get(name="local")
    assert (first.enabled, first.api_base, first.document["params"]) == (True, address, {"num_ctx": 32768})
    assert Chain.objects.get(task_kind="default").providers == ["claude", "gpt", "local", "blueprint"]
    run("providers", "add", "--local", "--model", "devstral")
    run("providers", "add", "--api-base", address, "--chain", "review")
    assert Provider.objects.get(name="devstral").model == "ollama_chat/devstral"
    assert Chain.objects.get(task_kind="review").providers == ["qwen38b"]
    assert "there are: qwen3:8b, devstral" in run("providers", "add", "--local", "--model", "phi", code=1).stderr
    here.valid_keys = frozenset({SECRET})
    assert "wants a key" in run("providers", "add", "--api-base", address, code=1).stderr
    assert "Give a name" in run("providers", "add", "--api-base", address, "--key-file", "-", code=2).stderr
    run("providers", "add", "guarded", "--api-base", address, "--key-file", "-", input=f"{SECRET}\n")
    assert Provider.objects.get(name="guarded").keys == ["guarded"]
    monkeypatch.setattr("providers.local.find_local", tuple)
    assert "Nothing answers" in run("providers", "local").stdout
    assert "No model was found" in run("providers", "add", "--local", code=1).stderr


@pytest.mark.feature("F2.1", "F4.8")
def test_a_variable_that_gives_no_key_is_told_at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MISTRAL_API_KEY", raising=False)
    add = ("providers", "add", "--model", "mistral/devstral", "--key-env")
    assert "MISTRAL_API_KEY is not set" in run(*add, "MISTRAL_API_KEY", "one").stdout
    assert "AUTODEV_PROVIDER_KEYS" in run(*add, "DATABASE_URL", "two").stdout
    monkeypatch.setenv("MISTRAL_API_KEY", SECRET)
    assert "no key" not in run(*add, "MISTRAL_API_KEY", "three").stdout


@pytest.mark.feature("F4.8")
def test_the_first_command_of_a_process_may_be_any(own: Cli) -> None:
    done = own("providers", "local")
    assert done.returncode == 0, done.stderr


@pytest.mark.feature("F4.7", "F4.8")
def test_a_new_master_key(run: Run, settings: Settings, data_dir: Path) -> None:
    run("providers", "add", "mistral", "--model", "mistral/devstral", "--key-file", "-", input=SECRET)
    before = Credential.objects.get()
    made = run("providers", "rotate-key").stdout
    after = Credential.objects.get()
    assert after.key_number == before.key_number + 1
    assert f"Master key {after.key_number} seals; 1 sealed anew." in made
    assert (data_dir / f"master.{after.key_number}.key").stat().st_mode & 0o777 == 0o600
    found = Keys(after.workspace_id).find("mistral")
    assert isinstance(found, Key)
    assert found.secret.value == SECRET
    assert "0 sealed anew" in run("providers", "rotate-key", "--reseal").stdout
    (data_dir / f"master.{after.key_number}.key").unlink()
    assert "did not open" in run("providers", "rotate-key", "--reseal", code=1).stderr
    settings.PRODUCTION = True
    assert "AUTODEV_MASTER_KEYS" in run("providers", "rotate-key", code=1).stderr


@pytest.mark.feature("F4.8")
def test_a_provider_that_cannot_be_added_leaves_no_key_behind(run: Run) -> None:
    run("providers", "add", "gpt", "--model", "openai/x", "--key-file", "-", input=SECRET, code=1)
    assert not Credential.objects.exists()


@pytest.mark.feature("F4.8", "F2.13")
def test_models_yaml_goes_out_in_and_back(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "models.yaml"
    run("models", "export", "--out", str(file))
    text = file.read_text()
    assert run("models", "export").stdout == text
    assert "fallback_system" in json.loads(run("models", "export", "--json").stdout)
    assert "No difference" in run("models", "diff", str(file)).stdout
    file.write_text("".join(line for line in text.splitlines(keepends=True) if line.strip() != "- gpt"))
    assert "- gpt" in run("models", "diff", str(file), code=1).stdout
    assert "Revision 2" in run("models", "import", str(file), "--note", "without gpt").stdout
    assert run("models", "export").stdout == file.read_text()
    assert "without gpt" in run("models", "history").stdout
    assert "revision 1" in run("models", "revert", "1").stdout
    assert run("models", "export").stdout == text
    run("models", "import", "-", input=run("models", "preset", "claude_primary").stdout)
    assert ConfigRevision.objects.count() == 4
    assert "default_fallback" in run("models", "preset").stdout
    file.write_text("providers: {a: {kid: litellm}}\n")
    assert "models.yaml:1:" in run("models", "import", str(file), code=1).stderr
    assert "kid" in run("models", "diff", str(file), code=2).stderr
    assert "no preset" in run("models", "preset", "nothing", code=2).stderr
    run("models", "import", str(tmp_path / "none.yaml"), code=2)
    run("models", "revert", "99", code=1)


class Slow:
    """A kind that takes long to load; answering costs it two seconds of the clock that a test holds."""

    name = "litellm"

    def __init__(self, clock: list[float]) -> None:
        self.clock = clock
        self.error: Exception | None = None

    async def prepare(self) -> None:
        self.clock[0] += 15

    async def complete(self, request: ChatRequest, target: Target, key: Key | None) -> Completion:
        raise NotImplementedError

    def stream(self, request: ChatRequest, target: Target, key: Key | None) -> Iterator[Delta]:
        raise NotImplementedError

    async def probe(self, target: Target, key: Key | None) -> None:
        self.clock[0] += 2
        if self.error is not None:
            raise self.error


@pytest.mark.feature("F4.8")
def test_the_time_shown_is_the_providers_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    slow = Slow(clock)
    monkeypatch.setattr(checking, "model_kind", lambda _: slow)
    monkeypatch.setattr(checking, "monotonic", lambda: clock[0])
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    assert "answers: 2000 ms" in run("providers", "test", "gpt").stdout
    slow.error = ConnectionRefusedError("connection refused")
    assert "connection" in run("providers", "test", "gpt", code=1).stderr
    assert "has no key" in run("providers", "test", "gemini", code=1).stderr
    assert "emergency" in run("providers", "test", "blueprint", code=1).stderr
    assert "no enabled provider" in run("providers", "test", "nobody", code=1).stderr


@pytest.mark.feature("F2.15", "F4.8")
def test_a_drill_that_cannot_begin_says_why(run: Run) -> None:
    listed = run("drill", "--list").stdout
    assert "claude" in listed
    assert "Unavailable (503)" in listed
    assert run("drill").stdout == listed
    assert "no provider" in run("drill", "nobody", code=2).stderr
    assert "no fault" in run("drill", "claude", "--fault", "earthquake", code=2).stderr
    assert not Drill.objects.exists()


@pytest.mark.feature("F2.15", "F4.8")
def test_ctrl_c_ends_a_drill_with_its_report(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    report = json.loads(run("drill", "claude", "--fault", "hang", "--duration", "600", "--json").stdout)
    row = Drill.objects.get()
    assert (row.fault, row.stopped_at is not None) == ("hang", True)
    assert (report["requests"], row.report) == (0, None)  # what met it may still be under way
    workspace = Workspace.objects.get(slug="local")
    assert row.workspace == workspace


@pytest.mark.slow
@pytest.mark.feature("F2.15", "F4.8", "F2.6")
def test_a_drill_through_the_real_routing_loses_nothing(own: Cli, lab: Lab, tmp_path: Path) -> None:
    first, second = lab.upstream("a"), lab.upstream("b")
    own("models", "import", str(models_yaml(tmp_path, a=first.base_url, b=second.base_url)))
    tested = own("providers", "test", "a")
    assert (tested.returncode, "answers" in tested.stdout) == (0, True), tested.stderr
    first.fail("authentication")
    refused = own("providers", "test", "a")
    assert (refused.returncode, "authentication" in refused.stderr) == (1, True), refused.stderr
    lab.reset()
    done = own("drill", "a", "--calls", "8", "--duration", "120", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["lost"], report["requests"] > 0) == (0, True)
    assert report["rescued"] == report["requests"]
    assert report["served_by"] == {"b": 8}
    assert report["failure_kinds"].keys() == {"unavailable"}
