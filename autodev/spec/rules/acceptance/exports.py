"""Scenarios about exports: the file holds what the person may see, and nothing else."""

from __future__ import annotations

from autodev.spec.rules.acceptance.kit import Kit
from autodev.spec.rules.acceptance.records import is_free, told
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.rules.words import plural_label
from autodev.spec.scenario import Export, Scenario


def exported(entity_name: str) -> Scenarios:
    """Two records' values are in the file; what another person keeps privately is not in theirs."""

    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        field = next((f for f in entity.fields if f.type in {"string", "text"} and is_free(entity, f)), None)
        kit = Kit(draft, "export", f"{plural_label(entity.name).capitalize()} are exported as CSV")
        if field is None:
            number = next((f for f in entity.fields if f.type in {"integer", "decimal"} and is_free(entity, f)), None)
            if number is None:
                return []
            field = number
        values = [told(field, n) for n in (0, 1)]
        for value in values:
            kit.record(entity, {field.name: value})
        shows = (field.name, *(str(value) for value in values))
        kit.steps.append(Export(actor=kit.person("alice"), entity=entity.name, shows=shows))
        if draft.auth and entity.owned and entity.visibility == "owner":
            kit.steps.append(
                Export(
                    actor=kit.person("bob"),
                    entity=entity.name,
                    shows=(field.name,),
                    lacks=tuple(str(v) for v in values),
                )
            )
        return [kit.done()]

    return build
