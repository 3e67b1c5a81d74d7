"""A forge on 127.0.0.1: git's own http-backend behind TLS, with a certificate authority made for the test."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAME, TOKEN = "ada", "glpat-Sup3r/Secret+Token"
LOGIN = f"{NAME}:{TOKEN}"
BASIC = base64.b64encode(LOGIN.encode()).decode()


@dataclass
class Forge:
    """`authority` is the PEM file of who signed its certificate; `asked` the paths that were asked for, `logins` what
    was sent of logins; `seen` the command lines of this machine, as they were at each request."""

    url: str
    authority: Path
    asked: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    seen: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def with_login(self, path: str, login: str = "ada:glpat-Sup3r%2FSecret%2BToken") -> str:
        return f"{self.url.replace('https://', f'https://{login}@')}{path}"


@contextmanager
def forge(root: Path, place: Path, *, moved: str = "https://elsewhere.invalid/app.git") -> Iterator[Forge]:
    """Serves the repositories below `root`: at /open/ to everybody, at /private/ to LOGIN; /moved/ leads to `moved`,
    /to-file/ to a file, /hangs/ says nothing, /forbidden/ says no. `place` gets its keys."""
    place.mkdir(parents=True)
    authority = _certificates(place)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place / "own.pem", place / "own.key")
    found = Forge(url="", authority=authority)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found, root, moved))
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    found.url = f"https://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.over.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


def _handler(told: Forge, root: Path, moved: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            return None

        def _answer(self) -> None:
            told.asked.append(self.path)
            told.seen.append(_command_lines())
            login = self.headers.get("Authorization", "")
            if login:
                told.logins.append(login)
            where = self.path.split("/", 2)[1]
            if where == "hangs":
                told.over.wait(30)
            elif where == "moved":
                self._say(302, Location=f"{moved}{self.path.removeprefix('/moved')}")
            elif where == "to-file":
                self._say(301, Location=f"file://{root}/app.git")
            elif where == "forbidden":
                self._say(403)
            elif where == "private" and login != f"Basic {BASIC}":
                self._say(401, **{"WWW-Authenticate": 'Basic realm="forge"'})
            else:
                self._backend()

        def _say(self, status: int, **headers: str) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def _backend(self) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            env = {
                "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(root), "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": f"/{path.split('/', 2)[2]}", "QUERY_STRING": query, "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(root),
                "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
            }  # fmt: skip
            done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=False)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
            self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
            for name, value in {**fields, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    return Handler


def _command_lines() -> bytes:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_bytes())
        except OSError:
            continue
    return b"\n".join(found)


def _certificates(place: Path) -> Path:
    """An authority, and a certificate of it for 127.0.0.1. Gives the authority's file."""
    root_key, own_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _signed("Authority of a test", root_key, "Authority of a test", root_key, authority=True)
    own = _signed("127.0.0.1", own_key, "Authority of a test", root_key, authority=False)
    pem = serialization.Encoding.PEM
    (place / "authority.pem").write_bytes(root.public_bytes(pem))
    (place / "own.pem").write_bytes(own.public_bytes(pem))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (place / "own.key").write_bytes(own_key.private_bytes(pem, form, plain))
    return place / "authority.pem"


def _signed(
    name: str, key: ec.EllipticCurvePrivateKey, by: str, signer: ec.EllipticCurvePrivateKey, *, authority: bool
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(signer, hashes.SHA256())
