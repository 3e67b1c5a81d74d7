"""A change in words and the Spec that it changes → the Spec that is wanted, as far as rules understand the words."""

from __future__ import annotations

from dataclasses import dataclass

from autodev.spec.change.removing import removed
from autodev.spec.change.together import three_way
from autodev.spec.change.wording import readings, statements
from autodev.spec.rules import analyse
from autodev.spec.rules.errors import AnalysisError
from autodev.spec.schema import EntitySpec, FieldSpec, Requirement, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`spec` is what is wanted after the change, with all that was wanted before. `understood` are the user's sentences
    that the rules turned into something, `open` the others; each of those is a requirement without evidence."""

    spec: Spec
    understood: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


def read_change(old: Spec, text: str) -> Reading:
    """Sentence by sentence. What rules read in the words is laid over the Spec as it is, so that nothing that people or
    models put there is lost."""
    spec = old
    understood: list[str] = []
    unclear: list[str] = []
    for sentence in statements(text):
        changed = _read(spec, sentence) or removed(spec, sentence)
        if changed is None:
            unclear.append(sentence)
        else:
            understood.append(sentence)
            spec = changed
    return Reading(spec=with_open(spec, unclear), understood=tuple(understood), open=tuple(unclear))


def with_open(spec: Spec, sentences: list[str]) -> Spec:
    """The Spec with a requirement for each sentence that nobody has given a meaning to."""
    if not sentences:
        return spec
    found = list(spec.requirements)
    taken = {requirement.id for requirement in found}
    for sentence in sentences:
        number = next(n for n in range(1, len(taken) + 2) if f"change_{n}" not in taken)
        taken.add(f"change_{number}")
        found.append(
            Requirement(
                id=f"change_{number}", sentence=sentence, text=f"Not understood: {sentence}", understood=False,
                note="The rule analyser could not turn these words into anything.",
            )
        )  # fmt: skip
    return spec.model_copy(update={"requirements": found})


def _read(spec: Spec, sentence: str) -> Spec | None:
    """The Spec with what the sentence wants, or None where the rules do not understand all of it."""
    try:
        before = analyse(spec.idea, constraints=spec.constraints, preferences=spec.preferences)
    except AnalysisError:  # a model read the idea, and rules do not: they cannot say what a sentence adds to it
        return None
    strict: Spec | None = None
    for reading in readings(sentence):
        try:
            after = _with_sentence(spec, reading)
            if lost := _lost_fields(before, after):
                reading = _with_fields(before, lost, reading)  # noqa: PLW2901 - the same reading, said in full
                after = _with_sentence(spec, reading)
            if _understood(before, after) and not _lost_fields(before, after):
                found = _in_own_words(three_way(before, spec, after), spec, reading, sentence)
                if not _asks_of_old_records(before, after):
                    return found
                strict = strict or found
        except (AnalysisError, ValueError):
            continue
    return strict


def _asks_of_old_records(before: Spec, after: Spec) -> bool:
    """Whether records that are there already would need a value that they do not have; another reading is preferred."""
    known = {entity.name: entity for entity in before.entities}
    return any(
        not _has(known[entity.name], name)
        for entity in after.entities
        if entity.name in known
        for name in (
            *(f.name for f in entity.fields if f.required and f.is_input and f.default is None),
            *(r.name for r in entity.relations if r.required and r.kind != "many_to_many"),
        )
    )


def _with_sentence(spec: Spec, sentence: str) -> Spec:
    """What the rules read in the idea and the sentence after it. Raises AnalysisError."""
    idea = f"{spec.idea.rstrip().rstrip('.')}. {sentence}."
    return analyse(idea, constraints=spec.constraints, preferences=spec.preferences)


def _lost_fields(before: Spec, after: Spec) -> dict[str, list[FieldSpec]]:
    """Entity → its fields that are no longer there: who names a field to the analyser names all of them."""
    now = {entity.name: entity for entity in after.entities}
    lost = {
        entity.name: [f for f in entity.fields if entity.name not in now or not _has(now[entity.name], f.name)]
        for entity in before.entities
    }
    return {name: fields for name, fields in lost.items() if fields}


def _has(entity: EntitySpec, name: str) -> bool:
    return entity.field(name) is not None or entity.relation(name) is not None


def _with_fields(before: Spec, lost: dict[str, list[FieldSpec]], reading: str) -> str:
    """The reading with the fields that it does not name and that stay."""
    subject, have, what = reading.partition(" have ")
    if not have or len(lost) != 1:
        return reading
    fields = next(iter(lost.values()))
    said = [f"{'an optional ' if not f.required else _article(f.name)}{f.name.replace('_', ' ')}" for f in fields]
    return f"{subject} have {', '.join(said)} and {what}"


def _article(name: str) -> str:
    return "an " if name[:1] in "aeiou" else "a "


def _understood(before: Spec, after: Spec) -> bool:
    """Whether something was added, and nothing of it is left open."""
    known = {requirement.sentence for requirement in before.requirements}
    fresh = [requirement for requirement in after.requirements if requirement.sentence not in known]
    lost = {r.id for r in before.requirements if r.understood} - {r.id for r in after.requirements}
    return (
        bool(fresh) and all(requirement.understood for requirement in fresh) and not lost and _says_more(before, after)
    )


def _says_more(before: Spec, after: Spec) -> bool:
    """Whether there is more than another sentence for what was there."""
    parts = ("entities", "features", "commands", "actors")
    if any(getattr(before, part) != getattr(after, part) for part in parts):
        return True
    known = {scenario.id for requirement in before.requirements for scenario in requirement.scenarios}
    return any(s.id not in known for requirement in after.requirements for s in requirement.scenarios)


def _in_own_words(spec: Spec, before: Spec, reading: str, sentence: str) -> Spec:
    """New requirements are known by what the user wrote."""
    known = {requirement.id for requirement in before.requirements}
    plain = reading.strip(" .").lower()
    requirements = [
        requirement.model_copy(update={"sentence": sentence})
        if requirement.id not in known and requirement.sentence.strip(" .").lower() in plain
        else requirement
        for requirement in spec.requirements
    ]
    return spec.model_copy(update={"requirements": requirements})
