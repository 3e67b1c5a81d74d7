"""The whole configuration in and out: models.yaml, or the JSON of seeds 000."""

from __future__ import annotations

import json
from collections.abc import Callable

from autodev.accounts.models import User, Workspace
from autodev.lib.db import write
from providers.config import diff, reading, revisions, seeds, store
from providers.config.editing import Json
from providers.config.problems import ConfigInvalid, ConfigMoved
from providers.config.schema import Document, checked
from providers.models import ConfigRevision


def export_config(workspace: Workspace) -> str:
    """The workspace's models.yaml. Of keys it has the names, never the keys."""
    return reading.as_yaml(store.read(workspace.pk).stated())


def export_seed(workspace: Workspace) -> str:
    """The JSON of seeds 000, as far as it can say what the workspace has."""
    return json.dumps(seeds.exported(store.read(workspace.pk)), indent=2) + "\n"


def import_config(
    *,
    workspace: Workspace,
    text: str,
    actor: User | None,
    note: str = "",
    door: str = "",
    source: str = "models.yaml",
    digest: str = "",
    unless: Callable[[], bool] = lambda: False,
    expected: int | None = None,
) -> ConfigRevision | None:
    """Makes the text (YAML or JSON) what the workspace has: models.yaml as a whole, of the form of seeds 000 its three
    sections. One transaction with revision and event; all processes go by it within two seconds. None where it changes
    nothing, unless it has a `digest`, whose import is to be known.

    Raises ConfigInvalid with every problem and its line, and ConfigMoved where the newest revision is not the
    `expected` one; nothing is changed then. `unless` is asked once other changes are held back: where it is true,
    somebody was first, and None is given.
    """

    def change() -> ConfigRevision | None:
        revisions.begin()
        if unless():
            return None
        number = revisions.newest(workspace.pk)
        if expected is not None and expected != number:
            raise ConfigMoved(f"The newest revision is {number}, not {expected}: somebody changed it meanwhile.")
        document = parse(text, source=source, before=lambda: store.read(workspace.pk))
        if number and not digest and _same(store.plain(document), store.raw(workspace.pk)):
            return None
        store.write(workspace.pk, document)
        return revisions.finish(
            workspace=workspace, actor=actor, type="config.imported", door=door, note=note, digest=digest, source=source
        )

    return write(change)


def parse(text: str, *, source: str = "models.yaml", before: Callable[[], Document] = Document) -> Document:
    """The document that a text says; one of seeds 000 is merged into what `before` gives. Raises ConfigInvalid with
    lines."""
    found = reading.read(text, source=source)
    old = before() if seeds.is_seed(found.data) else None
    try:
        return checked(found.data) if old is None else seeds.merged(found.data, old)
    except ConfigInvalid as invalid:
        raise found.located(invalid.problems) from None


def preview(workspace: Workspace, text: str, *, source: str = "models.yaml") -> str:
    """What `import_config` would change, as a unified diff; nothing is written. Raises ConfigInvalid."""
    before = store.read(workspace.pk)
    after = checked(store.plain(parse(text, source=source, before=lambda: before)))
    return diff.unified(before.stated(), after.stated(), names=("the workspace's", source))


def revert(*, workspace: Workspace, number: int, actor: User | None, door: str = "") -> ConfigRevision:
    """Makes an earlier revision what the workspace has, as a new revision. Raises NotFound, and ConfigInvalid where it
    is no valid configuration any more."""

    def change() -> ConfigRevision:
        revisions.begin()
        earlier = revisions.revision(workspace.pk, number)
        store.write(workspace.pk, checked(earlier.document))
        return revisions.finish(
            workspace=workspace, actor=actor, type="config.reverted", door=door, note=f"back to revision {number}",
            reverted_to=number,
        )  # fmt: skip

    return write(change)


def _same(one: Json, other: Json) -> bool:
    """Also of the same types: true is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
