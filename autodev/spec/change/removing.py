"""Taking something out of a Spec: a field, a kind of record. Only where nothing that stays speaks of it."""

from __future__ import annotations

import json
import re
from typing import Any

from autodev.spec.rules.words import singular, split_words
from autodev.spec.schema import EntitySpec, Requirement, Spec

_FROM = re.compile(
    r"(?:please )?(?:remove|drop|delete|take away) (?:the |their |its )?(?P<what>[\w -]+?)"
    r"(?: field| column| attribute)? (?:from|of) (?:each |every |all |the )?(?P<owner>[\w -]+)$",
    re.IGNORECASE,
)  # fmt: skip
_NO_LONGER = re.compile(
    r"(?P<owner>[\w -]+?) (?:no longer|do not|don't) (?:need|have)s? (?:an? |any |the )?(?P<what>[\w -]+)$",
    re.IGNORECASE,
)


def removed(spec: Spec, sentence: str) -> Spec | None:
    """The Spec without the field that the sentence takes away, or None where it says nothing of the kind, or where a
    rule or a computed value needs the field. Requirements that were about the field alone go with it."""
    match = _FROM.match(sentence.strip(" .")) or _NO_LONGER.match(sentence.strip(" ."))
    if match is None:
        return None
    entity = _entity(spec, match["owner"])
    name = "_".join(split_words(match["what"]))
    if entity is None or name == entity.title:
        return None
    smaller = _without(entity, name) or _without(entity, f"{name}s") or _without(entity, singular(name))
    if smaller is None:
        return None
    left, gone = smaller
    stays = [_silent(r, entity.name, gone) for r in spec.requirements if not _about(r, entity, gone)]
    entities = [left if one.name == entity.name else one for one in spec.entities]
    new = spec.model_copy(update={"entities": entities, "requirements": stays})
    if any(_speaks_of(json.dumps(part), gone) for part in _rest(new, entity.name)):
        return None
    return Spec.model_validate(new.model_dump())


def _entity(spec: Spec, words: str) -> EntitySpec | None:
    wanted = singular("".join(split_words(words)).lower())
    return next((one for one in spec.entities if one.name.lower() == wanted), None)


def _without(entity: EntitySpec, name: str) -> tuple[EntitySpec, str] | None:
    if entity.field(name) is not None:
        return entity.model_copy(update={"fields": [f for f in entity.fields if f.name != name]}), name
    if entity.relation(name) is not None:
        return entity.model_copy(update={"relations": [r for r in entity.relations if r.name != name]}), name
    return None


def _about(requirement: Requirement, entity: EntitySpec, name: str) -> bool:
    """Whether it is about the field alone: its id names both."""
    return requirement.id == f"{entity.plural}_{name}"


def _silent(requirement: Requirement, entity: str, name: str) -> Requirement:
    """The requirement, whose scenarios no longer fill or look at the field."""
    scenarios = []
    for scenario in requirement.scenarios:
        steps = [_step(step, name) if getattr(step, "entity", "") == entity else step for step in scenario.steps]
        scenarios.append(scenario.model_copy(update={"steps": type(scenario.steps)(steps)}))
    return requirement.model_copy(update={"scenarios": scenarios})


def _step(step: Any, name: str) -> Any:
    without = {
        part: {key: value for key, value in getattr(step, part).items() if key != name}
        for part in ("values", "see")
        if name in getattr(step, part, {})
    }
    return step.model_copy(update=without)


def _rest(spec: Spec, entity: str) -> list[object]:
    """What may refer to a field of the entity."""
    one = spec.entity(entity)
    parts: list[object] = [rule.model_dump(mode="json") for rule in one.rules]
    parts += [action.model_dump(mode="json") for action in one.actions]
    parts += [field.model_dump(mode="json") for field in one.fields if field.computed is not None]
    parts += [[scenario.model_dump(mode="json") for scenario in r.scenarios] for r in spec.requirements]
    return parts


def _speaks_of(text: str, name: str) -> bool:
    return f'"{name}"' in text or f".{name}" in text
