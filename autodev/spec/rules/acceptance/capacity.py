"""Scenarios about how many of its parts a thing may have."""

from __future__ import annotations

from autodev.spec.rules.acceptance.events import closing
from autodev.spec.rules.acceptance.kit import Kit
from autodev.spec.rules.acceptance.records import no_deletion
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.rules.words import label, plural_label
from autodev.spec.scenario import Scenario, Value, Values


def holds(part_name: str, link: str, most: int) -> Scenarios:
    """So many are accepted, one more is refused; another thing has room of its own, and what is gone makes room again."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        part = draft.entities[part_name]
        relation = part.relation(link)
        if relation is None:
            return []
        whole = draft.entities[relation.target]
        kit = Kit(draft, "holds", f"A {label(whole.name)} has at most {most} {plural_label(part.name)}")
        # Where each person has one record only, each record is another person's.
        alone = any(rule.family in {"once_per_user", "limit_per_owner"} for rule in part.rules)

        def actor(n: int) -> str:
            return f"person_{n}" if alone else "alice"

        into: Values = {link: Value(ref=kit.record(whole))}
        made = [kit.record(part, into, actor=actor(n)) for n in range(most)]
        kit.refuse(part, into, actor=actor(most))
        kit.record(part, {link: Value(ref=kit.record(whole))}, actor=actor(most + 1))
        close = closing(draft, part)
        if close is not None:
            kit.act(part, made[0], close, actor=actor(0))
            kit.record(part, into, actor=actor(most))
        elif not no_deletion(part):
            kit.delete(part, made[0], actor=actor(0))
            kit.record(part, into, actor=actor(most))
        return [kit.done()]

    return build
