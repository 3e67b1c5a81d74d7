"""Which package registries this machine uses, read from the package clients' own configuration and defaults.

No host name stands here: with nothing configured, the default index is what uv (or pip) has built in, and the hosts of
the files are those that the index itself links to.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import threading
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

from autodev.sandbox.proxy import RegistryAccess, RegistryUnreachable
from autodev.sandbox.toolchain import uv_toolchain

_ASK_TIMEOUT_S = 30.0
_ACCESS_TTL_S = 3600.0
# A project with few files, to see where the index keeps files. Any name would do.
_SAMPLE_PROJECT = "iniconfig"
_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"


@dataclass(frozen=True, slots=True)
class PythonIndexes:
    """URLs as configured (they may carry credentials); `find_links` are local directories that exist."""

    default: str
    extra: tuple[str, ...]
    find_links: tuple[Path, ...]
    certificates: Path | None

    @property
    def urls(self) -> tuple[str, ...]:
        return (self.default, *self.extra)


def python_indexes(environ: Mapping[str, str] | None = None, config_files: list[Path] | None = None) -> PythonIndexes:
    """uv's variables and uv.toml come first, then pip's variables and pip.conf, then the built-in default."""
    env = os.environ if environ is None else environ
    uv = _uv_settings(env, config_files)
    pip = _pip_settings(env, config_files)
    default = (
        env.get("UV_DEFAULT_INDEX") or env.get("UV_INDEX_URL") or uv.get("default", "") or pip.get("index-url", "")
    )
    extra = " ".join(
        (
            env.get("UV_INDEX", ""),
            env.get("UV_EXTRA_INDEX_URL", ""),
            uv.get("extra", ""),
            pip.get("extra-index-url", ""),
        )
    )
    links = f"{env.get('UV_FIND_LINKS', '').replace(',', ' ')} {pip.get('find-links', '')}"
    certificates = next(
        (Path(path) for path in (env.get("SSL_CERT_FILE"), pip.get("cert"), env.get("REQUESTS_CA_BUNDLE")) if path),
        None,
    )
    return PythonIndexes(
        default=default or built_in_index(),
        # uv writes a named index as name=url.
        extra=tuple(re.sub(r"^[\w-]+=(?=https?:)", "", url) for url in dict.fromkeys(extra.split())),
        find_links=tuple(path for path in map(Path, dict.fromkeys(shlex.split(links))) if path.is_dir()),
        certificates=certificates if certificates and certificates.is_file() else None,
    )


def built_in_index() -> str:
    """The index uv uses when nothing is configured, from its own help; else pip's, from its own code."""
    (program,) = uv_toolchain().ro_layers
    text = subprocess.run([str(program), "help", "pip", "install"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"by default:\s*<(https?://[^>\s]+)>", text)
    if found:
        return found[1]
    done = subprocess.run(
        [sys.executable, "-c", "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def _pip_settings(env: Mapping[str, str], files: list[Path] | None) -> dict[str, str]:
    """pip's configuration, least specific file first, then PIP_* variables (pip documentation, "Configuration")."""
    home = Path(env.get("HOME", "~")).expanduser()
    places = [Path("/etc/pip.conf"), home / ".pip" / "pip.conf"]
    places += [Path(env.get("XDG_CONFIG_HOME") or home / ".config") / "pip" / "pip.conf", Path(sys.prefix) / "pip.conf"]
    if env.get("PIP_CONFIG_FILE"):
        places.append(Path(env["PIP_CONFIG_FILE"]))
    out: dict[str, str] = {}
    for place in places if files is None else files:
        parser = configparser.RawConfigParser()
        if place.suffix == ".conf" and place.is_file():
            parser.read(place)
        for section in ("global", "install"):
            if parser.has_section(section):
                out.update({name.replace("_", "-"): value for name, value in parser.items(section)})
    for name, value in env.items():
        if name.startswith("PIP_") and value:
            out[name[4:].lower().replace("_", "-")] = value
    return out


def _uv_settings(env: Mapping[str, str], files: list[Path] | None) -> dict[str, str]:
    """`default` and `extra` (blank-separated) of the first uv.toml that names an index."""
    user = Path(env.get("XDG_CONFIG_HOME") or Path(env.get("HOME", "~")).expanduser() / ".config") / "uv" / "uv.toml"
    places = [Path(env["UV_CONFIG_FILE"])] if env.get("UV_CONFIG_FILE") else [user, Path("/etc/uv/uv.toml")]
    for place in places if files is None else files:
        if place.suffix != ".toml" or not place.is_file():
            continue
        found = tomllib.loads(place.read_text())
        found = {**found, **found.get("pip", {})}
        named = found.get("index", [])
        default = [one["url"] for one in named if one.get("default")] or [found.get("index-url", "")]
        extra = [one["url"] for one in named if not one.get("default")] + list(found.get("extra-index-url", []))
        if default[0] or extra:
            return {"default": default[0], "extra": " ".join(extra)}
    return {}


def upstream_proxy(env: Mapping[str, str] | None = None) -> SplitResult | None:
    """The machine's own HTTP proxy (HTTPS_PROXY, ALL_PROXY), if it has one."""
    env = os.environ if env is None else env
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        value = env.get(name, "")
        if value:
            split = urlsplit(value if "://" in value else f"http://{value}")
            return split if split.scheme in ("http", "https") else None
    return None


def npm_registry() -> str | None:
    """What `npm config get registry` says; None without npm. Takes about a second."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    done = subprocess.run([npm, "config", "get", "registry"], capture_output=True, text=True, check=False, cwd="/")
    lines = [line.strip() for line in done.stdout.splitlines() if line.startswith("http")]
    return lines[-1] if lines else None


def host_and_port(url: str) -> tuple[str, int] | None:
    """None for what no proxy carries (a local path, a plain-text index)."""
    split = urlsplit(url)
    if split.scheme != "https" or not split.hostname:
        return None
    return split.hostname, split.port or 443


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attributes if name == "href" and value]


def file_urls(index: str, certificates: Path | None) -> list[str]:
    """Where the index keeps files: the links of one project's page, resolved. Raises RegistryUnreachable."""
    split = urlsplit(f"{index.rstrip('/')}/{_SAMPLE_PROJECT}/")
    plain = split._replace(netloc=split.netloc.rpartition("@")[2])
    request = urllib.request.Request(plain.geturl(), headers={"Accept": _ACCEPT})  # noqa: S310 - https, checked by the caller
    if split.username:
        manager = urllib.request.HTTPPasswordMgrWithPriorAuth()
        manager.add_password(None, plain.geturl(), split.username, split.password or "", is_authenticated=True)
        handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPBasicAuthHandler(manager)]
    else:
        handlers = []
    context = ssl.create_default_context(cafile=str(certificates) if certificates else None)
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=context), *handlers)
    try:
        with opener.open(request, timeout=_ASK_TIMEOUT_S) as answer:
            base, kind, body = answer.geturl(), answer.headers.get_content_type(), answer.read().decode()
    except (OSError, urllib.error.URLError) as error:
        raise RegistryUnreachable(f"{plain.hostname}: {error}") from error
    if kind.endswith("json"):
        links = [str(file["url"]) for file in json.loads(body)["files"]]
    else:
        parser = _Links()
        parser.feed(body)
        links = parser.found
    return [base, *(urljoin(base, link) for link in links)]


_lock = threading.Lock()
_known: dict[str, tuple[float, RegistryAccess]] = {}


def access() -> RegistryAccess:
    """What the install phase may reach; asked once an hour. Raises RegistryUnreachable."""
    with _lock:
        known = _known.get("access")
        if known and time.monotonic() - known[0] < _ACCESS_TTL_S:
            return known[1]
        found = _find_access()
        _known["access"] = (time.monotonic(), found)
        return found


def forget() -> None:
    """The next `access` reads the configuration anew."""
    with _lock:
        _known.clear()


def _find_access() -> RegistryAccess:
    indexes = python_indexes()
    remote = [url for url in indexes.urls if host_and_port(url)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        npm = pool.submit(npm_registry)
        pages = list(pool.map(lambda url: file_urls(url, indexes.certificates), remote))
        registry = npm.result()
    urls = [*remote, *(link for page in pages for link in page), *([registry] if registry else [])]
    hosts = frozenset(where for where in map(host_and_port, urls) if where)
    return RegistryAccess(hosts, upstream_proxy())
