"""Layers: built once through the real registry, published whole, collected by last use."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autodev.sandbox import (
    TOOLS,
    VENV,
    Isolation,
    Layer,
    Owner,
    SandboxBackend,
    SandboxInstallFailed,
    SandboxResult,
    SandboxSpec,
    Toolchain,
    layer_store,
    layers,
    python_layer,
)
from autodev.sandbox.backends import RefusingBackend
from autodev.sandbox.toolchain import uv_toolchain
from autodev.sandbox.types import Status


def resolve(*names: str) -> str:
    """A lock with hashes, as the platform's resolver writes it."""
    (uv,) = uv_toolchain().ro_layers
    argv = [str(uv), "pip", "compile", "--quiet", "--generate-hashes", "-"]
    return subprocess.run(argv, input="\n".join(names), capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("data")
    yield path
    subprocess.run(["rm", "-rf", str(path)], check=True)


@pytest.fixture(scope="module")
def small(backend: SandboxBackend, python: Toolchain, data_dir: Path) -> Layer:
    return python_layer(resolve("iniconfig"), python=python, backend=backend, data_dir=data_dir)


def test_a_real_set_installs_and_imports(backend: SandboxBackend, python: Toolchain, data_dir: Path) -> None:
    lock = resolve("fastapi", "uvicorn", "sqlalchemy", "httpx", "pytest")
    layer = python_layer(lock, python=python, backend=backend, data_dir=data_dir)
    assert layer.built
    assert (layer.mount, layer.path.name) == (VENV, "root")
    assert "fastapi" in layer.log
    assert list(layer.path.glob("lib/python*/site-packages/fastapi/__pycache__/*.pyc"))
    assert not (layer.path / ".uv-cache").exists()
    script = "import fastapi, uvicorn, sqlalchemy, httpx, pytest, sys; print(sys.prefix)"
    spec = SandboxSpec(argv=[f"{VENV}/bin/python", "-c", script], ro_layers={**python.ro_layers, **layer.ro_layers})
    result = backend.run(spec)
    assert (result.status, result.stdout) == ("ok", f"{VENV}\n")
    pytest_spec = SandboxSpec(argv=[f"{VENV}/bin/pytest", "--version"], ro_layers=spec.ro_layers)
    assert backend.run(pytest_spec).ok


def test_the_second_time_it_is_there(backend: SandboxBackend, python: Toolchain, data_dir: Path, small: Layer) -> None:
    again = python_layer(resolve("iniconfig"), python=python, backend=backend, data_dir=data_dir)
    assert not again.built
    assert (again.path, again.log) == (small.path, small.log)


def test_two_builders_of_one_key_build_once(backend: SandboxBackend, python: Toolchain, data_dir: Path) -> None:
    lock, made = resolve("iniconfig") + "\n# another place\n", []

    def build() -> None:
        made.append(python_layer(lock, python=python, mount="/opt/other", backend=backend, data_dir=data_dir))

    threads = [threading.Thread(target=build) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(layer.built for layer in made) == [False, True]
    assert {layer.mount for layer in made} == {"/opt/other"}


def test_nobody_inside_can_change_a_layer(backend: SandboxBackend, small: Layer) -> None:
    writable = subprocess.run(
        ["find", str(small.path), "-perm", "/022", "!", "-type", "l"], capture_output=True, text=True, check=True
    )
    assert writable.stdout == ""
    assert {path.lstat().st_uid for path in small.path.rglob("*")} == {os.geteuid()}
    spec = SandboxSpec(argv=["touch", f"{VENV}/x"], ro_layers=small.ro_layers)
    assert "Read-only" in backend.run(spec).stderr


@pytest.mark.parametrize(
    ("lock", "kind"),
    [
        ("autodev-no-such-project-at-all==1.0", "unsatisfiable"),
        ("iniconfig==99999", "unsatisfiable"),
        ("iniconfig==2.0.0 --hash=sha256:" + "0" * 64, "hash_mismatch"),
        ("this is no requirement ===", "unsatisfiable"),
        ("iniconfig @ https://example.org/iniconfig-2.0.0-py3-none-any.whl", "unreachable"),
    ],
)
def test_a_lock_that_cannot_be_installed_leaves_nothing(
    backend: SandboxBackend, python: Toolchain, data_dir: Path, lock: str, kind: str
) -> None:
    before = _layers_in(data_dir)
    with pytest.raises(SandboxInstallFailed) as failure:
        python_layer(lock, python=python, backend=backend, data_dir=data_dir)
    assert failure.value.kind == kind, failure.value.log
    assert failure.value.log
    assert _layers_in(data_dir) == before


def _layers_in(data_dir: Path) -> set[str]:
    """None where no test before this one has made any."""
    folder = data_dir / "layers"
    return {path.name for path in folder.iterdir() if path.is_dir()} if folder.exists() else set()


def test_without_a_sandbox_nothing_is_installed(python: Toolchain, tmp_path: Path) -> None:
    with pytest.raises(SandboxInstallFailed, match="no bwrap") as failure:
        python_layer("x==1", python=python, backend=RefusingBackend(["no bwrap"]), data_dir=tmp_path)
    assert failure.value.kind == "sandbox"


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        ("setup_error", "", "sandbox"),
        ("not_run", "", "unreachable"),
        ("oom", "", "limit"),
        ("timeout", "", "limit"),
        ("nonzero", "Hash mismatch for `x`", "hash_mismatch"),
        ("nonzero", "error sending request for url", "unreachable"),
        ("nonzero", "something new", "failed"),
    ],
)
def test_the_kind_of_a_failure(status: Status, text: str, kind: str) -> None:
    result = SandboxResult(status=status, stderr=text, backend="bubblewrap", level=Isolation.PROCESS)
    assert layers.classify(result) == kind


def test_the_key_covers_what_the_content_depends_on(python: Toolchain) -> None:
    other = Toolchain(python.program, "3.99.0", {})
    lock = "a==1 \\\n    --hash=sha256:00\n"
    keys = {
        layers.layer_key(lock, python=python, mount=VENV),
        layers.layer_key(lock, python=python, mount=TOOLS),
        layers.layer_key(lock, python=other, mount=VENV),
        layers.layer_key(lock.replace("00", "01"), python=python, mount=VENV),
    }
    assert len(keys) == 4
    commented = "# by the resolver\n" + lock + "    # via b\n"
    assert layers.layer_key(commented, python=python, mount=VENV) in keys


def stored(home: Path, key: str, *, idle_s: float, size: int = 0) -> None:
    (home / key / "root").mkdir(parents=True)
    (home / key / "root" / "file").write_bytes(b"x" * size)
    layer_store.touch(home / key)
    moment = time.time() - idle_s
    os.utime(home / key / "used", (moment, moment))


def test_garbage_goes_by_age_then_by_size_and_never_what_is_in_use(tmp_path: Path) -> None:
    day = 86_400.0
    stored(tmp_path, "old", idle_s=40 * day)
    stored(tmp_path, "large", idle_s=2 * day, size=3_000_000)
    stored(tmp_path, "recent", idle_s=1 * day, size=1_000)
    stored(tmp_path, "busy", idle_s=0, size=3_000_000)
    assert layer_store.collect_garbage(tmp_path) == ["old"]
    assert layer_store.collect_garbage(tmp_path, max_bytes=4_000_000) == ["large"]
    assert layer_store.collect_garbage(tmp_path, max_bytes=0) == ["recent"]
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"busy"}


def test_garbage_leaves_what_is_being_built_again(tmp_path: Path) -> None:
    stored(tmp_path, "old", idle_s=1e9)
    with layer_store.locked(tmp_path, "old"):
        assert layer_store.collect_garbage(tmp_path) == []
    assert layer_store.collect_garbage(tmp_path) == ["old"]


def test_what_a_dead_builder_left_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    (tmp_path / f".building-key-{gone.pid}-ab" / "root").mkdir(parents=True)
    mine = layer_store.building(tmp_path, "key")
    mine.mkdir()
    assert layer_store.remove_abandoned(tmp_path) == 1
    assert [path.name for path in tmp_path.iterdir()] == [mine.name]
    assert layer_store.remove_abandoned(tmp_path / "absent") == 0


def _processes_with(word: str) -> list[str]:
    """The command lines of processes that hold the word."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return [line for line in found if word in line]


def test_cancelling_ends_a_build_at_once(
    backend: SandboxBackend, python: Toolchain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nap = f"61.{os.getpid()}"
    monkeypatch.setattr(layers, "_INSTALL_SCRIPT", f"sleep {nap}")
    cancel, failures = threading.Event(), []

    def build() -> None:
        try:
            python_layer("x==1", python=python, backend=backend, data_dir=tmp_path, cancel=cancel, owner=Owner("t", 1))
        except SandboxInstallFailed as error:
            failures.append(error.kind)

    thread = threading.Thread(target=build)
    thread.start()
    until = time.monotonic() + 60
    while not _processes_with(f"sleep {nap}") and time.monotonic() < until:
        time.sleep(0.05)
    assert _processes_with(f"sleep {nap}")
    cancel.set()
    begun = time.monotonic()
    thread.join(30)
    assert time.monotonic() - begun < 20
    assert failures == ["cancelled"]
    assert not _processes_with(f"sleep {nap}")
    assert not [path for path in (tmp_path / "layers").iterdir() if path.is_dir()]


def test_cancelling_ends_the_wait_for_another_builder(python: Toolchain, tmp_path: Path) -> None:
    (tmp_path / "layers").mkdir()
    key = layers.layer_key("x==1", python=python, mount=VENV)
    cancel = threading.Event()
    cancel.set()
    with layer_store.locked(tmp_path / "layers", key), pytest.raises(SandboxInstallFailed) as failure:
        python_layer("x==1", python=python, backend=RefusingBackend([]), data_dir=tmp_path, cancel=cancel)
    assert failure.value.kind == "cancelled"
