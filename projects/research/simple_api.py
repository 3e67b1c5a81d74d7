"""The Simple repository API (PEP 503, 691, 700, 792): what an index says of a project, JSON or HTML."""

from __future__ import annotations

import datetime as dt
import json
import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import httpx
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from projects.research.errors import RegistryUnreachable, UnknownPackage
from projects.research.uv import index_url

ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_MAX_BYTES = 40 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One version of a project. `yanked` where all of its files are."""

    version: Version
    requires_python: str
    released_at: dt.datetime | None
    yanked: bool
    wheel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    """`status` is that of PEP 792: `active`, `archived`, `deprecated`, `quarantined`, or empty where none is told."""

    name: str
    releases: tuple[Release, ...]
    status: str = ""

    def newest(self, *, python: str) -> Release | None:
        """The newest final version, not yanked, with a wheel, for that Python (`3.11`)."""
        fits = [r for r in self.releases if not r.yanked and r.wheel and _fits(r.requires_python, python)]
        final = [r for r in fits if not r.version.is_prerelease]
        return max(final or fits, key=lambda r: r.version, default=None)


def fetch(client: httpx.Client, name: str, *, retries: int = 0) -> ProjectPage:
    """Ask the configured index. Raises UnknownPackage or RegistryUnreachable."""
    url = f"{index_url()}/{urllib.parse.quote(name)}/"
    for left in range(retries, -1, -1):
        try:
            answer = client.get(url, headers={"Accept": ACCEPT}, follow_redirects=True)
        except httpx.HTTPError as error:
            if left:
                continue
            raise RegistryUnreachable(f"{name}: {type(error).__name__}") from error
        if answer.status_code == 404:
            raise UnknownPackage(f"the index has no package {name!r}")
        if answer.status_code >= 500 and left:
            continue
        if answer.status_code != 200 or len(answer.content) > _MAX_BYTES:
            raise RegistryUnreachable(f"{name}: the index answered {answer.status_code}")
        return parse(name, answer.headers.get("content-type", ""), answer.text)
    raise AssertionError("unreachable")  # pragma: no cover


def parse(name: str, content_type: str, text: str) -> ProjectPage:
    """The page of a project in either form. Raises RegistryUnreachable when it is neither."""
    if "json" in content_type:
        try:
            data = json.loads(text)
            status = str((data.get("project-status") or {}).get("status", ""))
            return _page(name, data["files"], status)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RegistryUnreachable(f"{name}: the index's answer cannot be read") from error
    reader = _Links()
    reader.feed(text)
    return _page(name, reader.files, reader.status)


class _Links(HTMLParser):
    """Collects file links of an HTML page in the shape of the JSON form."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[dict[str, Any]] = []
        self.status = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "meta" and found.get("name") == "pypi:project-status":
            self.status = found.get("content") or ""
        if tag != "a":
            return
        path = urllib.parse.urlsplit(found.get("href") or "").path
        self.files.append({
            "filename": urllib.parse.unquote(path.rsplit("/", 1)[-1]),
            "requires-python": found.get("data-requires-python"),
            "upload-time": found.get("data-upload-time"),
            "yanked": "data-yanked" in found,
        })  # fmt: skip


def _page(name: str, files: Iterable[dict[str, Any]], status: str) -> ProjectPage:
    by_version: dict[Version, list[dict[str, Any]]] = {}
    for file in files:
        version = _version_of(str(file["filename"]))
        if version is not None:
            by_version.setdefault(version, []).append(file)
    releases = [
        Release(
            version=version,
            requires_python=str(own[0].get("requires-python") or ""),
            released_at=min((t for f in own if (t := _moment(f.get("upload-time")))), default=None),
            yanked=all(f.get("yanked") not in (None, False) for f in own),
            wheel=any(str(f["filename"]).endswith(".whl") for f in own),
        )
        for version, own in by_version.items()
    ]
    return ProjectPage(name=name, releases=tuple(sorted(releases, key=lambda r: r.version)), status=status)


def _version_of(filename: str) -> Version | None:
    try:
        return parse_wheel_filename(filename)[1] if filename.endswith(".whl") else parse_sdist_filename(filename)[1]
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def _moment(text: object) -> dt.datetime | None:
    if not isinstance(text, str):
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _fits(requires_python: str, python: str) -> bool:
    try:
        return not requires_python or SpecifierSet(requires_python).contains(python)
    except InvalidSpecifier:
        return False
