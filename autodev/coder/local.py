"""The platform in this process: Django set up, the database migrated, a workspace for whoever runs it."""

from __future__ import annotations

import fcntl
import getpass
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import django

from autodev.lib.errors import DomainError

if TYPE_CHECKING:
    from autodev.accounts.models import User, Workspace

LOCAL_SLUG = "local"
T = TypeVar("T")


def set_up() -> None:
    """Sets Django up and brings the database to the newest schema, one process at a time. Idempotent."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autodev.settings")
    # A terminal shows progress; the log speaks only of what goes wrong.
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    from django.conf import settings  # noqa: PLC0415 - only now is Django configured
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    settings.AUTODEV_DATA.mkdir(parents=True, exist_ok=True)
    with (settings.AUTODEV_DATA / "migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)


def here(what: Callable[[], T]) -> T:
    """What `what` gives, with the platform set up, in a thread of its own: under any event loop, Django's queries run
    only there. Raises what it raises."""

    def run() -> T:
        set_up()
        from autodev.lib.db import own_connections  # noqa: PLC0415 - only now is Django configured

        with own_connections():
            return what()

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(run).result()


def local_owner() -> tuple[Workspace, User]:
    """The workspace and user that builds of this machine's command line belong to; made on first use, without a
    password."""
    from autodev.accounts.models import Membership, Role, User, Workspace  # noqa: PLC0415

    name = _user_name()
    user, _ = User.objects.get_or_create(email=f"{name}@localhost", defaults={"name": name, "password": "!"})
    workspace, _ = Workspace.objects.get_or_create(slug=LOCAL_SLUG, defaults={"name": "Local builds"})
    Membership.objects.get_or_create(workspace=workspace, user=user, defaults={"role": Role.OWNER})
    return workspace, user


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user has no entry
        return f"uid{os.getuid()}"


class OutputPathInUse(DomainError):
    code = "output_path_in_use"
    hint = "Choose a folder that is empty or does not exist."


def check_output_path(path: Path | None) -> None:
    """Raises OutputPathInUse for a path that holds something."""
    if path is None or not path.exists():
        return
    if not path.is_dir():
        raise OutputPathInUse(f"{path} is a file.")
    if any(path.iterdir()):
        raise OutputPathInUse(f"{path} is not empty.")
