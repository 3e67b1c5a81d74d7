"""What a workspace begins with."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from autodev.accounts.models import Workspace
from autodev.lib.db import write
from providers.config import file, revisions, store, transfer
from providers.config.schema import Document
from providers.models import ConfigRevision, Provider

SHIPPED = Path(__file__).parent / "data" / "defaults.yaml"


@lru_cache(maxsize=1)
def shipped() -> Document:
    """The chain Claude → GPT → local → blueprint."""
    return transfer.parse(SHIPPED.read_text(), source=SHIPPED.name)


def ensure_defaults(workspace: Workspace) -> bool:
    """Gives a workspace that never had a configuration the installation's models.yaml, else the one that ships. Whether
    it did; of several callers at once one does. Where there is one it costs one query."""
    if _has_one(workspace):
        return False

    def begin() -> bool:
        revisions.begin()
        if _has_one(workspace):
            return False
        on_disk = file.status()
        store.write(workspace.pk, on_disk.document or shipped())
        door, note = (
            (file.DOOR, "the installation's file") if on_disk.document else ("defaults", "the chain that ships")
        )
        revisions.finish(
            workspace=workspace, actor=None, type="config.begun", door=door, note=note, digest=on_disk.digest
        )
        return True

    return write(begin)


def _has_one(workspace: Workspace) -> bool:
    return (
        Provider.objects.filter(workspace=workspace).exists()
        or ConfigRevision.objects.filter(workspace=workspace).exists()
    )
