"""Which models can be asked: those with a key, or that need none. Nobody is asked, and the model library not loaded."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from django.db import Error

from autodev.accounts.models import Workspace
from autodev.doctor.finding import Finding, good, weak
from providers.config import file, store
from providers.config.defaults import shipped
from providers.config.keys import Keys, refusal
from providers.config.provider import ENV, ProviderPart
from providers.config.schema import Document
from providers.config.targets import needs_key
from providers.money.catalogue import catalogue

MOST = 5  # workspaces that are spelled out
REMEDY = (
    "Builds are made by blueprints alone. Set ANTHROPIC_API_KEY or another provider's variable, store a key "
    "(`autodev providers add NAME --model … --key-file …`), or use a local model (`autodev providers add --local`)."
)


@dataclass
class Found:
    """Names of providers, those that miss a key with what they look for."""

    ready: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)

    def said(self) -> str:
        parts = [f"ready: {', '.join(self.ready) or 'none'}"]
        return "; ".join([*parts, f"without a key: {', '.join(self.without)}"] if self.without else parts)


def models() -> Finding:
    """Those of each workspace, or of the chain that ships where there is none yet. `autodev providers test` asks."""
    try:
        places = list(Workspace.objects.filter(providers__isnull=False).distinct().order_by("slug")[: MOST + 1])
        found = {place.slug: _found(store.read(place.pk), Keys(place.pk)) for place in places[:MOST]}
    except Error:
        found, places = {}, []  # the database's own line says what is wrong with it
    found = found or {"": _found(shipped(), None)}
    lines = [f"{slug}: {one.said()}" if slug and len(found) > 1 else one.said() for slug, one in found.items()]
    detail = "\n".join([*lines, "…"] if len(places) > MOST else lines)
    if any(one.ready for one in found.values()):
        return good("models", detail)
    return weak("models", detail, REMEDY)


def models_file() -> Finding:
    """Whether the installation's models.yaml can be taken over."""
    found = file.status()
    if found.error:
        return weak("models.yaml", found.error, "What held goes on to hold. docs/models-yaml.md says what it takes.")
    return good("models.yaml", f"{'' if found.document is not None else 'none at '}{file.path()}")


def _found(document: Document, keys: Keys | None) -> Found:
    found = Found()
    for name, part in document.providers.items():
        if part.emergency or not part.enabled:
            continue
        known = catalogue().entry(part.model) if part.model else None
        if not needs_key(part, known) or _has_key(part, keys):
            found.ready.append(name)
        else:
            found.without.append(f"{name} ({', '.join(key.removeprefix(ENV) for key in part.keys) or 'names none'})")
    return found


def _has_key(part: ProviderPart, keys: Keys | None) -> bool:
    if keys is not None:
        return bool(keys.of(part.keys, api_base=part.api_base))
    variables = [name.removeprefix(ENV) for name in part.keys if not refusal(name, api_base=part.api_base)]
    return any(os.environ.get(variable, "").strip() for variable in variables)
