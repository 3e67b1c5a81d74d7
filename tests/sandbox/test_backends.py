"""Which backend is chosen, and what refuses where none is good enough."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytest_django import Settings

from autodev.sandbox import Isolation, SandboxBackend, SandboxSpec, SandboxUnavailable, Toolchain, backends, config
from autodev.sandbox.bubblewrap import BubblewrapBackend
from autodev.sandbox.host import Host, look


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    backends.forget_probes()
    yield
    backends.forget_probes()


def test_the_self_test_proves_every_claim() -> None:
    found = backends.probe()
    assert (found.backend, found.level) == ("bubblewrap", Isolation.PROCESS)
    assert all(found.features.values())
    assert len(found.features) == 10


def test_the_probe_is_kept_for_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    probe = BubblewrapBackend.probe

    def counted(self: BubblewrapBackend) -> object:
        calls.append(1)
        return probe(self)

    monkeypatch.setattr(BubblewrapBackend, "probe", counted)
    assert backends.get_backend() is backends.get_backend()
    assert len(calls) == 1
    assert backends.PROBE_TTL_S == 300
    monkeypatch.setattr(backends, "PROBE_TTL_S", 0.0)
    backends.get_backend()
    assert len(calls) == 2


def test_below_the_level_nothing_runs(settings: Settings) -> None:
    settings.SANDBOX_MIN_LEVEL = "kernel"
    refusing = backends.get_backend()
    assert refusing.name == "refusing"
    result = refusing.run(SandboxSpec(argv=["true"]))
    assert (result.status, result.ran, result.ok) == ("not_run", False, False)
    assert "KERNEL is needed" in result.reason
    with pytest.raises(SandboxUnavailable, match="KERNEL is needed"):
        refusing.start(SandboxSpec(argv=["true"]), port=1)
    assert not refusing.probe().ok
    assert refusing.reap(lambda _task, _epoch: False) == 0
    assert backends.get_backend(Isolation.PROCESS).name == "bubblewrap"


def test_an_unknown_backend_is_named(settings: Settings) -> None:
    settings.SANDBOX_BACKENDS = "magic"
    result = backends.get_backend().run(SandboxSpec(argv=["true"]))
    assert "magic: no such backend" in result.reason
    assert backends.probe().level == Isolation.NONE


def test_a_state_directory_of_somebody_else_is_refused(settings: Settings, tmp_path: Path) -> None:
    other = tmp_path / "state"
    other.mkdir()
    os.chown(other, 65534, 65534)
    settings.SANDBOX_STATE_DIR = other
    assert "belongs to somebody else" in backends.get_backend().run(SandboxSpec(argv=["true"])).reason


def test_what_is_missing_is_said_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, python: Toolchain
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    poor = BubblewrapBackend(state_dir=tmp_path, python=python, host=look(tag=None))
    found = poor.probe()
    assert found.level == Isolation.NONE
    assert "bwrap" in found.reasons[0]
    assert "install-system-packages" in found.reasons[0]


def test_a_failed_claim_means_no_level(backend: SandboxBackend, python: Toolchain, tmp_path: Path) -> None:
    assert isinstance(backend, BubblewrapBackend)
    leaky = BubblewrapBackend(state_dir=backend.state_dir, python=Toolchain("/absent", "0", {}), host=backend.host)
    found = leaky.probe()
    assert found.level == Isolation.NONE
    assert not found.ok
    assert found.features == {"starts": False}
    assert "/absent" in found.reasons[0]


def test_the_level_follows_from_the_host(backend: SandboxBackend) -> None:
    assert isinstance(backend, BubblewrapBackend)
    host: Host = backend.host
    assert host.level == Isolation.PROCESS
    assert host.reasons == []
    plain = replace(host, hierarchy=None, why_no_cgroup="none here", mounts=False, filter=True)
    assert plain.level == Isolation.DEGRADED
    assert len(plain.reasons) == 2
    unknown = replace(host, filter=False)
    assert unknown.level == Isolation.NONE
    assert "processor" in unknown.reasons[0]


def test_configuration_comes_from_the_settings_else_from_the_environment(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.AUTODEV_DATA = tmp_path
    settings.SANDBOX_BACKENDS = settings.SANDBOX_MIN_LEVEL = None
    monkeypatch.setenv("SANDBOX_BACKENDS", "one, two")
    monkeypatch.setenv("SANDBOX_MIN_LEVEL", "PROCESS")
    found = config.load()
    assert found.data_dir == tmp_path / "sandbox"
    assert found.backends == ("one", "two")
    assert found.min_level == Isolation.PROCESS
    monkeypatch.setenv("SANDBOX_MIN_LEVEL", "strong")
    with pytest.raises(ValueError, match="SANDBOX_MIN_LEVEL"):
        config.load()
    settings.SANDBOX_MIN_LEVEL = Isolation.NONE
    assert config.load().min_level == Isolation.NONE


def test_the_state_directory_may_be_traversed_and_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = config.prepare_state_dir(tmp_path / "state")
    assert stat.S_IMODE(state.stat().st_mode) == 0o711
    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert config._default_state_dir(Path("/a")) == tmp_path / f"autodev-sandbox-1234-{config.digest(Path('/a'))}"
    assert config._default_state_dir(Path("/a")) != config._default_state_dir(Path("/b"))
