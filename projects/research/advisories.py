"""Known vulnerabilities of pinned packages, as the configured index's JSON API tells them.

A package for which there is no answer is named as unanswered: silence is never "clean".
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
import urllib.parse
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from autodev.lib.clock import utcnow
from projects.research.errors import RegistryUnreachable
from projects.research.options import cache_dir
from projects.research.uv import index_url

TTL_S = 6 * 3600
# While an index does not answer, each build would otherwise wait for it again.
SILENCE_TTL_S = 600
_AT_ONCE = 6
_TIMEOUT_S = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    package: str
    version: str
    id: str
    summary: str
    fixed_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisories:
    """`unanswered`: packages about which nothing is known; `reason` why."""

    found: tuple[Advisory, ...]
    unanswered: tuple[str, ...]
    reason: str = ""


def advisories(
    packages: Mapping[str, str],
    *,
    client: httpx.Client | None = None,
    cache: Path | None = None,
    now: dt.datetime | None = None,
) -> Advisories:
    """Advisories of these pins (canonical name → version). Never raises for what the index does."""
    cache = cache or cache_dir() / "advisories"
    moment = (now or utcnow()).timestamp()
    found: dict[str, list[Advisory]] = {}
    for name, version in packages.items():
        kept = _read(cache / _file(name, version), moment - TTL_S)
        if kept is not None:
            found[name] = kept
    ask = sorted(packages.keys() - found.keys())
    silence = cache / "silent.json"
    if not ask or (silence.exists() and silence.stat().st_mtime > moment - SILENCE_TTL_S):
        return _answer(found, ask, "the index gave no advisories lately")
    own = client or httpx.Client(timeout=_TIMEOUT_S, follow_redirects=True)
    reason = ""
    try:
        # The first alone: an index without this API is known after one question.
        found[ask[0]] = _fetch(own, ask[0], packages[ask[0]])
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            jobs = {name: pool.submit(_fetch, own, name, packages[name]) for name in ask[1:]}
            for name, job in jobs.items():
                try:
                    found[name] = job.result()
                except RegistryUnreachable as error:
                    reason = str(error)
    except RegistryUnreachable as error:
        reason = str(error)
        _write(silence, [], moment)
    finally:
        if client is None:
            own.close()
    for name in ask:
        if name in found:
            _write(cache / _file(name, packages[name]), found[name], moment)
    return _answer(found, [name for name in ask if name not in found], reason)


def _answer(found: Mapping[str, list[Advisory]], unanswered: list[str], reason: str) -> Advisories:
    flat = tuple(advisory for name in sorted(found) for advisory in found[name])
    return Advisories(found=flat, unanswered=tuple(unanswered), reason=reason if unanswered else "")


def _fetch(client: httpx.Client, name: str, version: str) -> list[Advisory]:
    base = index_url().removesuffix("/simple")
    try:
        answer = client.get(f"{base}/pypi/{urllib.parse.quote(name)}/{urllib.parse.quote(version)}/json")
        if answer.status_code != 200:
            raise RegistryUnreachable(f"the index answers {answer.status_code} for advisories")
        entries = answer.json()["vulnerabilities"]
        return [
            Advisory(
                package=name, version=version, id=str(e["id"]),
                summary=str(e.get("summary") or e.get("details") or "")[:500],
                fixed_in=tuple(str(v) for v in e.get("fixed_in") or ()),
            )
            for e in entries
            if not e.get("withdrawn")
        ]  # fmt: skip
    except httpx.HTTPError as error:
        raise RegistryUnreachable(f"the index gives no advisories: {type(error).__name__}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RegistryUnreachable("the index's answer has no advisories") from error


def _file(name: str, version: str) -> str:
    return urllib.parse.quote(f"{name}-{version}.json", safe="")


def _read(file: Path, not_before: float) -> list[Advisory] | None:
    try:
        if file.stat().st_mtime < not_before:
            return None
        return [Advisory(**{**e, "fixed_in": tuple(e["fixed_in"])}) for e in json.loads(file.read_text())]
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(file: Path, entries: list[Advisory], moment: float) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, suffix=".part", delete=False) as part:
        json.dump([asdict(e) for e in entries], part)
    os.utime(part.name, (moment, moment))
    os.replace(part.name, file)
