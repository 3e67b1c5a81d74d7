"""What forms say of a provider, written in one transaction; what is refused stands in the form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from django import forms

from autodev.accounts.access import Access
from autodev.accounts.http import UserRequest
from autodev.lib.db import write
from autodev.lib.errors import DomainError
from providers.config import revisions, store
from providers.config.problems import ConfigInvalid
from providers.models import Credential, Provider
from providers.services.credentials import credential_add, credential_rotate
from providers.services.errors import ChangedMeanwhile, NoSuchThing
from providers.services.providers import provider_create, provider_update
from providers.views.frame import DOOR

Part = Callable[[Provider | None], dict[str, Any]]


def saved(
    request: UserRequest,
    access: Access,
    form: forms.Form,
    name: str,
    *,
    part: Part,
    secret: str = "",
    chains: tuple[str, ...] | None = None,
) -> bool:
    """Writes `secret` under the provider's name, and the provider as `part` says it of the row that is there; with
    `chains` a new one, at their ends. Nothing is kept of what is refused."""
    data = form.cleaned_data
    who: dict[str, Any] = {"workspace": access.workspace, "actor": request.user, "door": DOOR, "name": name}

    def begin() -> None:
        revisions.begin()
        row = row_of(access, name) if chains is None else None
        if row is not None and data["seen"] not in {"", seen_of(row)}:
            raise ChangedMeanwhile(_now_there(row, data))
        there = Credential.objects.filter(workspace=access.workspace, name=name).exists()
        if secret:
            keep = credential_rotate if there and row is not None else credential_add
            keep(**who, secret=secret)
        if row is None:
            provider_create(**who, part=part(None), chain=chains)
        else:
            provider_update(**who, part=part(row))

    try:
        write(begin)
    except ChangedMeanwhile as error:
        # Who saves again has read what is there now.
        form.data = {**form.data, "seen": seen_of(row_of(access, name))}
        form.add_error(None, _words(error))
        return False
    except DomainError as error:
        _tell(form, error)
        return False
    return True


def seen_of(row: Provider) -> str:
    """Changes with whatever is said of the provider."""
    part = json.dumps(store.provider_part(row), sort_keys=True, default=str)
    return hashlib.sha256(part.encode()).hexdigest()


def row_of(access: Access, name: str) -> Provider:
    """Raises NoSuchThing."""
    row = Provider.objects.filter(workspace=access.workspace, name=name).first()
    if row is None:
        raise NoSuchThing(f"There is no provider {name!r}.")
    return row


def named_by(row: Provider) -> list[str]:
    """The chains and rules that name the provider; while there is one it cannot be removed."""
    document = store.raw(row.workspace_id)
    chains = [f"the chain {kind}" for kind, one in document.get("chains", {}).items() if row.name in one["providers"]]
    lists = ("prefer", "only", "avoid")
    rules = [one for one in document.get("rules", ()) if any(row.name in one["then"].get(word, ()) for word in lists)]
    return chains + [f"the rule {one['name']}" for one in rules]


def _now_there(row: Provider, data: Mapping[str, Any]) -> str:
    now = [
        f"{word} is now {there or 'empty'}"
        for word, there, given in (
            ("the model", row.model, data["model"]),
            ("the address", row.api_base, data.get("api_base", "")),
        )
        if there != given
    ]
    return f"Somebody changed this provider meanwhile{': ' if now else ''}{', '.join(now)}."


def _tell(form: forms.Form, error: DomainError) -> None:
    """At its field where it has one."""
    if not isinstance(error, ConfigInvalid):
        form.add_error(None, _words(error))
        return
    for problem in error.problems:
        field = next((str(part) for part in problem.place[2:] if part in form.fields), None)
        message = f"{problem.message[:1].upper()}{problem.message[1:]}."
        form.add_error(field, message if field else problem.said(""))


def _words(error: DomainError) -> str:
    return f"{error.message} {error.hint}".strip()
