"""The layers of a process: looked up once, made again where they are gone, given up when the work is cancelled."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from autodev.contracts.ports import Cancelled
from autodev.sandbox import Layer, SandboxInstallFailed
from autodev.sandbox.backends import RefusingBackend
from autodev.sandbox.workspace import remove_tree
from projects.checks import layers as module
from projects.checks.layers import SandboxLayers, layers_of


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The locks for which a layer was built."""
    locks: list[str] = []

    def build(lock: str, *, mount: str, **_: Any) -> Layer:
        locks.append(lock)
        path = tmp_path / lock / "root"
        path.mkdir(parents=True, exist_ok=True)
        return Layer(path, mount, lock, built=True, log="")

    monkeypatch.setattr(module, "python_layer", build)
    return locks


def test_a_layer_is_looked_up_once_and_noted_as_used(built: list[str], tmp_path: Path) -> None:
    layers = SandboxLayers(RefusingBackend([]))
    first = layers.project("a")
    assert layers.project("a") is first
    assert built == ["a"]
    assert (tmp_path / "a" / "used").exists()
    remove_tree(tmp_path / "a")
    layers.project("a")
    assert built == ["a", "a"]


def test_a_process_has_one_for_each_backend() -> None:
    backend = RefusingBackend([])
    assert layers_of(backend) is layers_of(backend)
    assert layers_of(backend) is not layers_of(RefusingBackend([]))


def test_a_build_that_was_stopped_is_a_wish_and_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(lock: str, **_: Any) -> Layer:
        raise SandboxInstallFailed("cancelled", "stopped")

    monkeypatch.setattr(module, "python_layer", stopped)
    with pytest.raises(Cancelled):
        SandboxLayers(RefusingBackend([])).project("a")


def test_who_waits_for_a_builder_of_this_process_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, cancel = threading.Event(), threading.Event(), threading.Event()

    def slow(lock: str, *, mount: str, **_: Any) -> Layer:
        begun.set()
        assert go_on.wait(60)
        return Layer(Path("/"), mount, lock, built=True, log="")

    monkeypatch.setattr(module, "python_layer", slow)
    layers = SandboxLayers(RefusingBackend([]))
    builder = threading.Thread(target=layers.project, args=("a",))
    builder.start()
    assert begun.wait(60)
    cancel.set()
    with pytest.raises(Cancelled):
        layers.project("a", cancel=cancel)
    go_on.set()
    builder.join(60)
