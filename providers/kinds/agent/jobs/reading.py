"""A model's reading of an idea and the rules' become one Spec: nothing that the author said is lost, what the author
said plainly holds, and where the two contradict each other that is told. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from autodev.contracts.answers import AskedQuestion, Reading
from autodev.spec.merge import merge
from autodev.spec.rules.kinds import open_kinds
from autodev.spec.rules.text import clean, sentences
from autodev.spec.schema import EntitySpec, FieldSpec, Requirement, Risk, Spec

# What the rules fall back to where they know nothing of a word.
GUESSED_TYPES = frozenset({"string", "text"})
STACK = ("language", "framework", "database")
BOUNDS = ("min", "max", "max_length")
UNHEARD = "Nobody turned these words into anything."


def together(by_model: Spec, rules: Spec | None) -> tuple[Spec, tuple[str, ...]]:
    """The Spec of both, and where they contradict each other. Where no Spec holds both, the rules' stands. `by_model`
    has the idea."""
    if rules is None:
        return heard(by_model), ()
    corrected, contradictions = _corrected(by_model, rules)
    try:
        merged = merge(corrected, rules)
    except (ValidationError, ValueError) as error:
        return rules, (f"What a model read in the idea contradicts it and was left out: {str(error)[:200]}",)
    risks = [Risk(text=one, severity="medium") for one in contradictions]
    return heard(merged.model_copy(update={"risks": [*merged.risks, *risks]})), contradictions


def spec_of(reading: Spec, spec: Spec) -> Spec:
    """The Spec in a model's answer: its questions are assumptions of the Spec; idea, constraints and preferences are
    those of `spec`, whatever the answer says of them."""
    asked = reading.questions if isinstance(reading, Reading) else []
    values = {name: getattr(reading, name) for name in Spec.model_fields}
    return Spec.model_construct(**values).model_copy(
        update={
            "idea": spec.idea,
            "constraints": spec.constraints,
            "preferences": spec.preferences,
            "assumptions": list(dict.fromkeys([*reading.assumptions, *map(assumed, asked)])),
        }
    )


def assumed(question: AskedQuestion) -> str:
    """A question that nobody was asked, with what is assumed instead, as a sentence of the Spec."""
    return f"{question.question} Assumed: {question.assumption}"


def heard(spec: Spec) -> Spec:
    """The Spec with a requirement for each sentence of its idea that has none."""
    taken = {requirement.id for requirement in spec.requirements}
    added = []
    for number, sentence in enumerate(unheard(spec), start=1):
        name = next(name for name in _names(f"unheard_{number}") if name not in taken)
        taken.add(name)
        added.append(
            Requirement(id=name, sentence=sentence, text=f"Not understood: {sentence}", understood=False, note=UNHEARD)
        )
    return spec.model_copy(update={"requirements": [*spec.requirements, *added]}) if added else spec


def unheard(spec: Spec) -> list[str]:
    """The sentences of the idea that no requirement stands for."""
    known = [plain for one in spec.requirements if (plain := _plain(one.sentence))]
    return [
        sentence
        for sentence in sentences(clean(spec.idea))
        if (plain := _plain(sentence)) and not any(one in plain or plain in one for one in known)
    ]


def _names(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1


def _plain(sentence: str) -> str:
    return " ".join(clean(sentence).lower().split()).strip(" .!?;,:-*_|\"')]")


def _corrected(by_model: Spec, rules: Spec) -> tuple[Spec, tuple[str, ...]]:
    """The model's Spec with what the rules read plainly in its place."""
    spec, found = by_model.model_copy(deep=True), list[str]()
    for name in STACK:
        ours, theirs = getattr(spec, name), getattr(rules, name)
        if theirs and ours and ours.lower() != theirs.lower():
            found.append(_said(name, ours, theirs))
            setattr(spec, name, theirs)
    if rules.project_type != "unknown" and spec.project_type not in {"unknown", rules.project_type}:
        if spec.project_type not in open_kinds(rules):
            found.append(_said("kind of project", spec.project_type, rules.project_type))
        spec.project_type = rules.project_type  # where it is open, whoever chooses the blueprint decides
    known = {entity.name: entity for entity in rules.entities}
    for entity in spec.entities:
        if entity.name in known:
            found += _fields(entity, known[entity.name])
    return spec, tuple(found)


def _fields(entity: EntitySpec, rules: EntitySpec) -> list[str]:
    found: list[str] = []
    for field in entity.fields:
        other = rules.field(field.name)
        if other is not None:
            found += [
                _said(f"{entity.name}.{field.name}: {what}", ours, theirs)
                for what, ours, theirs in _differing(field, other)
            ]
    return found


def _differing(field: FieldSpec, rules: FieldSpec) -> Iterator[tuple[str, object, object]]:
    """What is corrected of the field, as it goes."""
    if rules.type not in GUESSED_TYPES and field.type != rules.type:
        yield "type", field.type, rules.type
        for name in ("type", "default", "choices", *BOUNDS):
            setattr(field, name, getattr(rules, name))
        return
    if rules.type in GUESSED_TYPES and field.type not in GUESSED_TYPES:
        return  # the bounds of a guessed type say nothing
    for name in BOUNDS:
        ours, theirs = getattr(field, name), getattr(rules, name)
        if ours is not None and theirs is not None and str(ours) != str(theirs):
            yield name, ours, theirs
            setattr(field, name, theirs)
    if rules.choices and field.choices and set(field.choices) != set(rules.choices):
        yield "choices", ", ".join(field.choices), ", ".join(rules.choices)
        field.choices, field.default = list(rules.choices), rules.default


def _said(what: str, ours: object, theirs: object) -> str:
    return f"{what}: a model read {ours}, the description says {theirs}, which holds."[:300]
