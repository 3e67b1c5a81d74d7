"""What goes before a workspace's own models.yaml, and what it leaves open, in words for pages and terminals: the
environment's and the file's word on LOVABLE_FALLBACK_CHAIN, a file of the installation that was not taken over, and
providers that no budget in dollars holds."""

from __future__ import annotations

import uuid

from providers.config import file, flag, store
from providers.config.flag import Fallback
from providers.config.loading import load
from providers.config.settings import LovablePatterns, Settings, flag_of
from providers.kinds.agents import is_agent_kind
from providers.models import Budget, RoutingSettings

VARIABLE = "LOVABLE_FALLBACK_CHAIN"
WHO = {
    "environment": f"the installation's environment ({VARIABLE})",
    "file": "the installation's models.yaml",
    "workspace": "this workspace's models.yaml",
}


def fallback_of(workspace_id: uuid.UUID) -> tuple[Fallback, bool | None]:
    """What holds here, and the workspace's own word on it."""
    row = RoutingSettings.objects.filter(workspace_id=workspace_id).first()
    stored, lovable = store.split(row.document if row is not None else {})
    settings, pattern = Settings.model_validate(stored), LovablePatterns.model_validate(lovable)
    return flag.fallback(settings, pattern), flag_of(settings, pattern)


def said(held: Fallback, *, own: bool | None) -> str:
    """Why the fallback chain is off, or why the workspace's word does not count; nothing where there is nothing to
    tell."""
    above = held.said_by in {"environment", "file"}
    who = WHO.get(held.said_by, "")
    if above and own is not None and own != held.on:
        word, holds = ("on", "off") if own else ("off", "on")
        return (
            f"This workspace says that the fallback chain is {word}; it is {holds}, because {who} goes before it. Only "
            "the installation's operator changes that."
        )
    if held.on:
        return ""
    change = "Only the installation's operator changes that." if above else "A maintainer can change it there."
    return f"The fallback chain is off: {who} says so. {change}"


def fallback_said(workspace_id: uuid.UUID) -> str:
    """`said` of a workspace."""
    held, own = fallback_of(workspace_id)
    return said(held, own=own)


def notes(workspace_id: uuid.UUID) -> tuple[str, ...]:
    """All that there is to tell of a workspace, each a sentence or two."""
    wrong = file.status().error
    refused = f"The installation's models.yaml is not taken over, what held goes on to hold: {wrong}" if wrong else ""
    return tuple(note for note in (fallback_said(workspace_id), refused, unpriced_said(workspace_id)) if note)


def unpriced(workspace_id: uuid.UUID) -> tuple[str, ...]:
    """Names of the enabled providers whose calls are counted at nothing, since nobody knows their price."""
    targets = load(workspace_id).targets.values()
    paid = (one for one in targets if one.price is None and not one.emergency and not is_agent_kind(one.kind))
    return tuple(one.name for one in paid)


def unpriced_said(workspace_id: uuid.UUID) -> str:
    """What is to be told of them: nothing where no budget is in dollars."""
    if not Budget.objects.filter(workspace_id=workspace_id, limit_usd__isnull=False).exists():
        return ""
    names = unpriced(workspace_id)
    return (
        f"No price is known for {', '.join(names)}: what is asked there counts as nothing, and no budget in dollars "
        "holds it. Write its price in models.yaml (price: {input_usd: …, output_usd: …}), or limit calls."
        if names
        else ""
    )
