"""The install phase's network: only the configured registries, through the proxy; and where their names come from."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from autodev.sandbox import SandboxBackend, SandboxSpec, Toolchain, registries
from autodev.sandbox.bubblewrap import BubblewrapBackend
from autodev.sandbox.proxy import RegistryAccess, RegistryProxy, RegistryUnreachable
from autodev.sandbox.registries import host_and_port, python_indexes

ASK = """
import socket, sys
s = socket.create_connection(("127.0.0.1", 3128), 10)
s.sendall(b"CONNECT %s HTTP/1.1\\r\\n\\r\\n" % sys.argv[1].encode())
print(s.recv(200).split(b"\\r\\n")[0].split()[1].decode())
"""


def ask(backend: SandboxBackend, python: Toolchain, target: str) -> str:
    argv = [python.program, "-c", ASK, target]
    return backend.run(SandboxSpec(argv=argv, ro_layers=python.ro_layers, network="registry")).stdout.strip()


def index_host() -> str:
    where = host_and_port(python_indexes().default)
    assert where
    return f"{where[0]}:{where[1]}"


def test_the_configured_index_is_reached(backend: SandboxBackend, python: Toolchain) -> None:
    assert ask(backend, python, index_host()) == "200"


@pytest.mark.parametrize(
    "target", ["example.org:443", "127.0.0.1:443", "localhost:443", "169.254.169.254:80", "[::1]:443", "nonsense"]
)
def test_other_hosts_are_refused(backend: SandboxBackend, python: Toolchain, target: str) -> None:
    assert ask(backend, python, target) == "403"


def test_the_index_on_another_port_is_refused(backend: SandboxBackend, python: Toolchain) -> None:
    assert ask(backend, python, index_host().replace(":443", ":22")) == "403"


def test_without_the_proxy_nothing_is_reached(backend: SandboxBackend, python: Toolchain) -> None:
    name = index_host().split(":")[0]
    address = socket.gethostbyname(name)
    text = "import socket, sys; socket.create_connection((sys.argv[1], 443), 3)"
    for where in (name, address):
        argv = [python.program, "-c", text, where]
        result = backend.run(SandboxSpec(argv=argv, ro_layers=python.ro_layers, network="registry"))
        assert result.status == "nonzero"
    none = backend.run(SandboxSpec(argv=[python.program, "-c", ASK, index_host()], ro_layers=python.ro_layers))
    assert "Connection refused" in none.stderr


def test_an_unreachable_registry_is_not_run(backend: SandboxBackend, python: Toolchain) -> None:
    assert isinstance(backend, BubblewrapBackend)
    gone = RegistryAccess(frozenset({("registry.invalid", 443)}))
    offline = BubblewrapBackend(state_dir=backend.state_dir, python=python, registry=lambda: gone)
    argv = [python.program, "-c", ASK + "sys.exit(1)", "registry.invalid:443"]
    result = offline.run(SandboxSpec(argv=argv, ro_layers=python.ro_layers, network="registry"))
    assert (result.status, result.ran) == ("not_run", False)
    assert "registry.invalid" in result.reason

    def unreachable() -> RegistryAccess:
        raise RegistryUnreachable("no answer")

    silent = BubblewrapBackend(state_dir=backend.state_dir, python=python, registry=unreachable)
    assert silent.run(SandboxSpec(argv=["true"], network="registry")).status == "not_run"
    without = BubblewrapBackend(state_dir=backend.state_dir, python=python)
    assert without.run(SandboxSpec(argv=["true"], network="registry")).status == "setup_error"


@contextlib.contextmanager
def answering(reply: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A server on the loopback that answers each connection once: (port, what it was sent)."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        heard.append(connection.recv(4096))
                        connection.sendall(reply)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], heard


def through(path: Path, head: bytes, body: bytes = b"") -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(str(path))
        client.sendall(head)
        first = client.recv(4096)
        if body and b" 200 " in first:
            client.sendall(body)
            first += client.recv(4096)
        return first


def test_an_allowed_name_that_means_this_machine_is_refused(tmp_path: Path) -> None:
    with answering(b"pong") as (port, heard):
        allowed = frozenset({("localhost", port)})
        head = b"CONNECT localhost:%d HTTP/1.1\r\n\r\n" % port
        with RegistryProxy(tmp_path / "a.sock", RegistryAccess(allowed)) as proxy:
            assert b" 403 " in through(proxy.path, head)
            assert proxy.refused[0].startswith("localhost (")
            assert heard == []
        with RegistryProxy(tmp_path / "b.sock", RegistryAccess(allowed, loopback=True)) as proxy:
            assert through(proxy.path, head, b"ping").endswith(b"pong")
            assert heard == [b"ping"]


def test_a_dead_host_and_a_bad_request(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    access = RegistryAccess(frozenset({("127.0.0.1", port)}), loopback=True)
    with RegistryProxy(tmp_path / "a.sock", access) as proxy:
        assert b" 502 " in through(proxy.path, b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % port)
        assert "127.0.0.1" in proxy.unreachable
        assert b" 403 " in through(proxy.path, b"GET http://127.0.0.1/ HTTP/1.1\r\n\r\n")
        assert b" 400 " in through(proxy.path, b"x" * 40_000)


def test_the_machine_s_own_proxy_is_used(tmp_path: Path) -> None:
    target = frozenset({("registry.invalid", 443)})
    with answering(b"HTTP/1.1 200 OK\r\n\r\n") as (port, heard):
        upstream = urlsplit(f"http://me:p%40ss@127.0.0.1:{port}")
        with RegistryProxy(tmp_path / "a.sock", RegistryAccess(target, upstream)) as proxy:
            assert b" 200 " in through(proxy.path, b"CONNECT registry.invalid:443 HTTP/1.1\r\n\r\n")
        assert heard[0].startswith(b"CONNECT registry.invalid:443 ")
        assert b"Proxy-Authorization: Basic bWU6cEBzcw==" in heard[0]
    with answering(b"HTTP/1.1 407 No\r\n\r\n") as (port, _):
        upstream = urlsplit(f"http://127.0.0.1:{port}")
        with RegistryProxy(tmp_path / "b.sock", RegistryAccess(target, upstream)) as proxy:
            assert b" 502 " in through(proxy.path, b"CONNECT registry.invalid:443 HTTP/1.1\r\n\r\n")
            assert "407" in proxy.unreachable


def test_with_nothing_configured_the_client_s_own_default_is_the_index() -> None:
    indexes = python_indexes({}, [])
    assert indexes.default == registries.built_in_index()
    assert indexes.default.startswith("https://")
    assert (indexes.extra, indexes.find_links, indexes.certificates) == ((), (), None)


def test_pip_s_files_and_variables(tmp_path: Path) -> None:
    general, special = tmp_path / "a.conf", tmp_path / "b.conf"
    general.write_text("[global]\nindex-url = https://one.invalid/simple\nextra_index_url = https://x.invalid/s\n")
    special.write_text(f"[install]\nindex-url = https://two.invalid/simple\nfind-links = {tmp_path} /absent\n")
    indexes = python_indexes({}, [general, special])
    assert indexes.urls == ("https://two.invalid/simple", "https://x.invalid/s")
    assert indexes.find_links == (tmp_path,)
    environment = {
        "PIP_INDEX_URL": "https://three.invalid/s",
        "PIP_CERT": str(general),
        "PIP_FIND_LINKS": str(tmp_path),
    }
    over = python_indexes(environment, [general])
    assert (over.default, over.certificates) == ("https://three.invalid/s", general)


def test_uv_s_files_and_variables_come_first(tmp_path: Path) -> None:
    uv, pip = tmp_path / "uv.toml", tmp_path / "pip.conf"
    uv.write_text(
        '[[index]]\nname = "a"\nurl = "https://a.invalid/s"\ndefault = true\n[[index]]\nurl = "https://b.invalid/s"\n'
    )
    pip.write_text("[global]\nindex-url = https://one.invalid/simple\n")
    assert python_indexes({}, [uv, pip]).urls == ("https://a.invalid/s", "https://b.invalid/s")
    environment = {"UV_DEFAULT_INDEX": "https://c.invalid/s", "UV_INDEX": "mine=https://d.invalid/s"}
    over = python_indexes(environment, [pip])
    assert over.urls == ("https://c.invalid/s", "https://d.invalid/s")
    empty = tmp_path / "empty.toml"
    empty.write_text("offline = false\n")
    assert python_indexes({}, [empty, pip]).default == "https://one.invalid/simple"
    assert python_indexes({"UV_CONFIG_FILE": str(uv), "PIP_CONFIG_FILE": str(pip)}).default == "https://a.invalid/s"


def test_the_access_names_the_index_its_file_hosts_and_npm_s_registry() -> None:
    registries.forget()
    access = registries.access()
    assert host_and_port(python_indexes().default) in access.hosts
    npm = registries.npm_registry()
    assert npm is None or host_and_port(npm) in access.hosts
    links = registries.file_urls(python_indexes().default, python_indexes().certificates)
    assert {host_and_port(link) for link in links} <= access.hosts
    assert registries.access() is access


def test_an_index_that_does_not_answer_is_unreachable() -> None:
    with pytest.raises(RegistryUnreachable, match=r"registry\.invalid"):
        registries.file_urls("https://user:secret@registry.invalid/simple", None)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "proxy.invalid:8080"}, "proxy.invalid"),
        ({"https_proxy": "http://u:p@proxy.invalid:3128"}, "proxy.invalid"),
        ({"ALL_PROXY": "socks5://proxy.invalid"}, None),
    ],
)
def test_the_machine_s_own_proxy(environment: dict[str, str], expected: str | None) -> None:
    found = registries.upstream_proxy(environment)
    assert (found.hostname if found else None) == expected


def test_npm_may_be_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert registries.npm_registry() is None


@pytest.mark.parametrize("url", ["/srv/wheels", "http://plain.invalid/simple", "file:///srv"])
def test_what_no_tunnel_carries_is_no_host(url: str) -> None:
    assert host_and_port(url) is None
