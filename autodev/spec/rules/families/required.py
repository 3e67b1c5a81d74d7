"""Required and optional values: "a todo must have a title", "title is required", "a todo without a title is refused"."""

from __future__ import annotations

from autodev.spec.rules.acceptance.kit import Kit
from autodev.spec.rules.acceptance.records import missing
from autodev.spec.rules.draft import Draft, Scenarios
from autodev.spec.rules.lookup import part_of
from autodev.spec.rules.patterns import CANNOT, DET, NP, compiled, split_list
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import article, label
from autodev.spec.scenario import Scenario
from autodev.spec.schema import EntitySpec

_REQUIRED = compiled(
    rf"^(?P<what>(?:{DET})?{NP}(?: of (?:{DET})?{NP})?(?: and (?:{DET})?{NP})?) (?:is|are|must be) (?:always )?(?:required|mandatory|compulsory|obligatory|given|filled in|present|set|non-empty|not empty)$"
)
_OPTIONAL = compiled(
    rf"^(?P<what>(?:{DET})?{NP}(?: of (?:{DET})?{NP})?(?: and (?:{DET})?{NP})?) (?:is|are|may be|can be) (?:optional|left out|empty|left empty|omitted|left blank|blank|not required)$"
)
_EMPTY = compiled(
    rf"^(?P<what>(?:{DET})?{NP}(?: of (?:{DET})?{NP})?) {CANNOT} be (?:empty|blank|missing|left out|left empty|omitted|null)$"
)
_MUST_HAVE = compiled(
    rf"^(?P<entity>(?:{DET})?{NP}) (?:must|has to|have to|needs? to|should|needs?|requires?)(?: always)?(?: have| be given| include| contain)? (?P<fields>(?:a|an|its) (?:non-empty )?{NP}(?:(?:, | and |, and )(?:a|an) {NP}){{0,3}})$"
)
_WITHOUT = compiled(
    rf"^(?P<entity>(?:{DET})?{NP}) (?:without|lacking|with no) (?:a|an|any|its)? ?(?P<field>{NP}) (?:is|are|must be|should be|will be|gets?|{CANNOT} be) (?:refused|rejected|invalid|not (?:allowed|accepted|saved|possible)|saved|created|accepted|added|stored|submitted|an error|impossible)(?: with (?:an? )?(?:clear )?(?:error|message)(?: message)?)?$"
)


@reads(Stage.RULES)
def required(draft: Draft, clause: Clause) -> None:
    """What must be given, in each phrasing."""
    match = _REQUIRED.match(clause.low) or _EMPTY.match(clause.low)
    if match is not None:
        named = [found for text, _ in split_list(match["what"]) if (found := part_of(draft, text)) is not None]
        for entity, name in named:
            _require(draft, clause, entity, name)
        if named:
            clause.take(match)
        return
    match = _WITHOUT.match(clause.low)
    bare = draft.find(match["entity"]) if match else None
    if (
        match is not None
        and bare is not None
        and (found := part_of(draft, f"{match['field']} of {label(bare.name)}")) is not None
    ):
        clause.take(match)
        _require(draft, clause, *found)
        return
    match = _MUST_HAVE.match(clause.low)
    holder = draft.find(match["entity"]) if match else None
    if (
        match is not None
        and holder is not None
        and not clause.is_taken(*match.span("fields"))
        and "unique" not in match["fields"]
    ):
        clause.take(match)
        for text, _ in split_list(match["fields"]):
            if (found := part_of(draft, f"{text.replace('non-empty ', '')} of {label(holder.name)}")) is not None:
                _require(draft, clause, *found)


@reads(Stage.RULES)
def optional(draft: Draft, clause: Clause) -> None:
    """What may be left out."""
    match = _OPTIONAL.match(clause.low)
    if match is None:
        return
    for text, _ in split_list(match["what"]):
        found = part_of(draft, text)
        if found is None:
            continue
        clause.take(match)
        entity, name = found
        field, relation = entity.field(name), entity.relation(name)
        if field is not None:
            field.required = False
        elif relation is not None:
            relation.required, relation.on_delete = False, "set_null"
        said = f"{name.replace('_', ' ').capitalize()} of {article(label(entity.name))} may be left out."
        draft.want(f"{entity.plural}_{name}_optional", clause, said, _left_out(entity.name, name), kind="rule")


def _require(draft: Draft, clause: Clause, entity: EntitySpec, name: str) -> None:
    field, relation = entity.field(name), entity.relation(name)
    if field is not None:
        field.required, field.default = True, None
    elif relation is not None:
        relation.required, relation.on_delete = True, "cascade"
    text = f"{article(label(entity.name)).capitalize()} without {name.replace('_', ' ')} is refused."
    draft.want(f"{entity.plural}_{name}_required", clause, text, _needed(entity.name, name), kind="rule")


def _needed(entity_name: str, name: str) -> Scenarios:
    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        if entity.field(name) is not None:
            return missing(draft, entity, only=(name,))
        kit = Kit(draft, f"without_{name}"[:62], f"A {label(entity.name)} without {name.replace('_', ' ')} is refused")
        kit.refuse(entity, omit=(name,), field=name)
        return [kit.done()]

    return build


def _left_out(entity_name: str, name: str) -> Scenarios:
    def build(draft: Draft, _: str) -> list[Scenario]:
        entity = draft.entities[entity_name]
        kit = Kit(draft, f"without_{name}"[:62], f"A {label(entity.name)} without {name.replace('_', ' ')} is accepted")
        kit.read(entity, kit.record(entity))
        return [kit.done()]

    return build
