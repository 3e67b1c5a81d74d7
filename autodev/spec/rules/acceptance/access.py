"""Scenarios about access: what anybody reads, what only administrators write, what is private."""

from __future__ import annotations

from autodev.spec.rules.acceptance.kit import Kit
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.rules.words import label, plural_label
from autodev.spec.scenario import Scenario
from autodev.spec.schema import EntitySpec


def anyone_reads(entity_name: str) -> Scenarios:
    """Without an account a record is read and listed."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        kit = Kit(draft, "public", f"Anybody reads {plural_label(entity.name)}")
        ref = kit.record(entity)
        kit.read(entity, ref, actor="anonymous")
        kit.listed(entity, contains=(ref,), actor="anonymous")
        return [kit.done()]

    return build


def members_write(draft: Draft, entity: EntitySpec) -> list[Scenario]:
    """What an administrator made, an administrator deletes; a member does not."""
    kit = Kit(draft, "admins_change", f"An administrator keeps {plural_label(entity.name)}; a member cannot delete one")
    ref = kit.record(entity)
    kit.read(entity, ref, actor="alice")
    kit.delete(entity, ref, actor="alice", expect="forbidden")
    if not any("delete" in rule.on for rule in entity.rules):
        kit.delete(entity, ref)
        kit.read(entity, ref, actor="alice", expect="not_found")
    return [kit.done()]


def private(entity_name: str, ownership: Scenarios) -> Scenarios:
    """Ownership, and that who is not signed in cannot add a record."""

    def build(draft: Draft, wanted_id: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        kit = Kit(draft, "signed_in", f"Who is not signed in cannot add a {label(entity.name)}")
        kit.refuse(entity, actor="anonymous", expect="unauthenticated")
        return [*ownership(draft, wanted_id), kit.done()]

    return build
