"""States: "orders go from pending to paid to shipped", "status is open, in progress or done", "a published post cannot be edited"."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal

from autodev.spec.expr import Compare, Expr, IsNull, Logic, Not, Ref
from autodev.spec.rules.acceptance.lists import each_state
from autodev.spec.rules.acceptance.states import locked, transitions
from autodev.spec.rules.draft import Draft, both, self_, text
from autodev.spec.rules.families.actions import ENDING, FLAG, PARTICIPLES, STATUS, add_action
from autodev.spec.rules.patterns import CANNOT, DET, NP, compiled
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import article, identifier, label, plural_label
from autodev.spec.schema import EntitySpec, FieldSpec, RuleSpec

_STATE = r"[a-z][a-z-]*(?: [a-z-]+)?"
_WAY = compiled(
    rf"^(?P<what>(?:the )?(?:status|state) of (?:{DET})?{NP}|(?:{DET})?{NP})(?: status| state)? (?:(?:can |may |must |should |will |only |always )*(?:go|goes|move|moves|change|changes|pass|passes|progress|progresses|transition|transitions|run|runs)(?: only)?) "
    rf"(?:from )?(?P<states>{_STATE}(?:(?:,? (?:and )?(?:then )?(?:on )?(?:to|into|over|through)|,|,? then) {_STATE}){{1,8}})$"
)
_SET = compiled(
    rf"^(?P<what>(?:the |its )?(?:status|state) of (?:{DET})?{NP}|(?:{DET})?{NP} (?:status|state)|(?:the |its )?status) (?:is|can be|may be|must be) (?:either |one of )?(?P<states>{_STATE}(?:(?:, | or |, or ){_STATE}){{1,8}})$"
)
_HAS_SET = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:has|have) (?:a |the )?(?:status|state|statuses|states)(?: of|:|, which is| that is| which is| that can be)? ?(?:either |one of )?\(?(?P<states>{_STATE}(?:(?:, | or |, or | and |/){_STATE}){{1,8}})\)?$"
)
_BE_SET = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:is|are|can be|may be) (?P<either>either )?(?P<states>{_STATE}(?:(?:, | or |, or ){_STATE}){{1,8}})$"
)
_AT_FIRST = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:is|are|starts?(?: out)?(?: as)?) (?P<state>[a-z]+) (?:by default|at first|initially)$"
)
_IS_LOCKED = compiled(
    rf"^(?:{DET})?(?P<state>[a-z-]+) (?P<what>{NP}) (?:is|are|become|becomes|stay|stays) (?P<changes>locked|read-?only|frozen|final|immutable)(?: for good| forever)?$"
)
_CHANGES = r"(?:be )?(?:edited|changed|modified|updated|altered|deleted|removed|touched|reopened)"
_LOCKED = compiled(
    rf"^(?:{DET})?(?P<state>[a-z-]+) (?P<what>{NP}) (?:{CANNOT}(?: ever)?|can no longer|may no longer) (?P<changes>{_CHANGES}(?:(?:,? (?:or|and|nor)|,) {_CHANGES}){{0,2}})(?: any ?more| again| any longer)?$"
)
_LOCKED_ONCE = compiled(
    rf"^(?:once|after|when|if) (?:it is |it has been |they are )?(?P<state>[a-z-]+),? (?P<what>(?:{DET})?{NP}) (?:{CANNOT}(?: ever)?|can no longer|may no longer) (?P<changes>{_CHANGES}(?:(?:,? (?:or|and|nor)|,) {_CHANGES}){{0,2}})(?: any ?more| again| any longer)?$"
)
_LOCKED_LATER = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:{CANNOT}(?: ever)?|can no longer|may no longer) (?P<changes>{_CHANGES}(?:(?:,? (?:or|and|nor)|,) {_CHANGES}){{0,2}})(?: any ?more| again| any longer)? (?:once|after|when|if) (?:it|they) (?:is|are|has been|have been|was) (?P<state>[a-z-]+)$"
)
_ONLY_STATE = compiled(
    rf"^only (?P<state>[a-z-]+) (?P<what>{NP}) (?:can|may) (?P<changes>{_CHANGES}(?:(?:,? (?:or|and)|,) {_CHANGES}){{0,2}})$"
)


@reads(Stage.RELATE)
def ways(draft: Draft, clause: Clause) -> None:
    """A row of states: every step in the row is allowed, no other."""
    match = _WAY.match(clause.low)
    entity = _entity(draft, match["what"]) if match else None
    if match is None or entity is None:
        return
    if clause.implied and draft.wanted(f"{entity.plural}_states"):
        # The user's own states are other ones.
        return
    states = [
        identifier(s)
        for s in re.split(
            r",? (?:and )?(?:then )?(?:on )?(?:to|into|over|through) |, (?:then )?| then ", match["states"]
        )
        if s.strip()
    ]
    states = list(dict.fromkeys(states))
    if len(states) < 2:
        return
    clause.take(match)
    add_states(draft, entity, states)
    add_transitions(draft, clause, entity, tuple(pairwise(states)))


@reads(Stage.RELATE)
def sets_of_states(draft: Draft, clause: Clause) -> None:
    """The states without an order: any may follow any."""
    for pattern in (_SET, _HAS_SET, _BE_SET):
        match = pattern.match(clause.low)
        entity = _entity(draft, match["what"]) if match else None
        if match is None or entity is None:
            continue
        states = [identifier(s) for s in re.split(r", or |, | or | and |/", match["states"]) if s.strip()]
        if len(states) < 2 or (pattern is _BE_SET and not match["either"] and not _are_states(states)):
            continue
        first = _first_state(draft, entity)
        if first is not None and first not in states:
            states.insert(0, first)
        clause.take(match)
        field = add_states(draft, entity, states)
        draft.add_feature("filter", entity.name, [field.name])
        said = ", ".join(s.replace("_", " ") for s in states)
        draft.want(
            f"{entity.plural}_states",
            clause,
            f"{article(label(entity.name)).capitalize()} is {said}.",
            each_state(entity.name, field.name),
        )
        return


def _first_state(draft: Draft, entity: EntitySpec) -> str | None:
    """ "A ticket is open by default": a state that the list of the others leaves out."""
    for clause in draft.clauses:
        match = _AT_FIRST.match(clause.low)
        if match is not None and draft.find(match["what"]) is entity:
            return identifier(match["state"])
    return None


def _are_states(states: list[str]) -> bool:
    """Three or more words that a thing is one of, or two of which one is a usual state."""
    return len(states) > 2 or bool({*states} & _USUAL)


_USUAL = frozenset(
    "open closed pending approved active inactive paid unpaid draft published free taken available sold new done".split()  # noqa: SIM905
)


@reads(Stage.RULES)
def locks(draft: Draft, clause: Clause) -> None:
    """What may not be changed in a state."""
    for pattern in (_IS_LOCKED, _LOCKED, _LOCKED_ONCE, _LOCKED_LATER, _ONLY_STATE):
        match = pattern.match(clause.low)
        entity = draft.find(match["what"]) if match else None
        if match is None or entity is None:
            continue
        said = match["changes"]
        operations = (
            ["update", "delete"]
            if pattern is _IS_LOCKED
            else [
                op
                for op, words in (
                    ("update", ("edit", "chang", "modif", "updat", "alter", "touch")),
                    ("delete", ("delet", "remov", "touch")),
                )
                if any(w in said for w in words)
            ]
        )
        if not operations:
            continue
        state = identifier(match["state"])
        found = _state(draft, clause, entity, state)
        if found is None:
            continue
        clause.take(match)
        only = pattern is _ONLY_STATE
        _lock(draft, clause, entity, found, operations, only=only)
        return


def _entity(draft: Draft, phrase: str) -> EntitySpec | None:
    if re.fullmatch(r"(?:the |its )?(?:status|state)", phrase):
        having = [e for e in draft.entities.values() if e.field("status")] or list(draft.entities.values())
        return having[0] if len(having) == 1 else None
    plain = re.sub(r"^(?:the |its )?(?:status|state) of |(?: status| state)$", "", phrase).strip()
    return draft.find(plain)


def add_states(draft: Draft, entity: EntitySpec, states: list[str]) -> FieldSpec:
    """The entity's status with these states, the first one by default."""
    field = entity.field("status")
    if field is None:
        field = draft.add_field(entity, FieldSpec(name="status", type="enum"))
    field.type, field.choices, field.default, field.required, field.max_length = "enum", states, states[0], True, None
    return field


def add_transitions(draft: Draft, clause: Clause, entity: EntitySpec, pairs: tuple[tuple[str, str], ...]) -> None:
    """A rule on creation (the first state) and one on change (an allowed step, or none)."""
    initial = pairs[0][0]
    draft.notes[entity.name].transitions["status"] = pairs
    old = Ref(path="status", of="old")
    steps: list[Expr] = [Compare(op="eq", left=old, right=self_("status"))]
    steps += [
        both(Compare(op="eq", left=old, right=text(a)), Compare(op="eq", left=self_("status"), right=text(b)))
        for a, b in pairs
    ]
    way = " → ".join(s.replace("_", " ") for s in [initial, *(b for _, b in pairs)])
    rule = RuleSpec(
        id="status_steps",
        family="transition",
        on=["update"],
        require=Logic(op="or", items=tuple(steps)),
        message=f"The status goes {way}, one step at a time.",
        field="status",
    )
    first = RuleSpec(
        id="status_at_first", family="transition", on=["create"], require=Compare(op="eq", left=self_("status"), right=text(initial)),
        message=f"{article(label(entity.name)).capitalize()} is {initial.replace('_', ' ')} at first.", field="status",
    )  # fmt: skip
    draft.add_rule(entity, rule)
    draft.add_rule(entity, first)
    wanted = draft.want(
        f"{entity.plural}_status",
        clause,
        f"{plural_label(entity.name).capitalize()} go {way}, and no other way.",
        transitions(entity.name, "status", pairs, initial),
        kind="rule",
    )
    rule.requirement = first.requirement = wanted


def _state(draft: Draft, clause: Clause, entity: EntitySpec, state: str) -> tuple[str, str | Literal[True]] | None:
    """The field and value that make the state; where the word is a participle that makes an action, the action is made."""
    done = {"complete", "completed", "done", "finished"}
    flags = done if state in done else {state, f"is_{state}"}
    for field in entity.fields:
        if field.type == "enum" and state in field.choices:
            return field.name, state
        if field.type == "boolean" and field.name in flags:
            return field.name, True
    if entity.field(f"{state}_at") is not None:
        return f"{state}_at", True
    verb = PARTICIPLES.get(state)
    if not verb:
        return None
    add_action(draft, clause, entity, verb)
    if verb in ENDING:
        return ENDING[verb], True
    return (FLAG[verb], True) if verb in FLAG else ("status", STATUS[verb][1])


def _lock(
    draft: Draft,
    clause: Clause,
    entity: EntitySpec,
    state: tuple[str, str | Literal[True]],
    operations: list[str],
    *,
    only: bool,
) -> None:
    name, value = state
    field = entity.field(name)
    old = Ref(path=name, of="old")
    is_in: Expr
    if isinstance(value, str):
        is_in = Compare(op="eq", left=old, right=text(value))
    elif field is not None and field.type == "boolean":
        is_in = old
    else:
        is_in = Not(of=IsNull(of=old))
    said = str(value).replace("_", " ") if isinstance(value, str) else name.removesuffix("_at").replace("_", " ")
    what = " or ".join({"update": "changed", "delete": "deleted"}[op] for op in operations)
    subject = f"{article(said)} {label(entity.name)}"
    message = f"Only {subject} can be {what}." if only else f"{subject.capitalize()} cannot be {what}."
    rule = RuleSpec(
        id=f"{identifier(said)}_{'only' if only else 'locked'}_on_{'_'.join(operations)}"[:62],
        family="locked",
        on=list(operations),
        require=is_in if only else Not(of=is_in),
        message=message,
    )
    if only:
        others = [c for c in (field.choices if field else []) if c != value]
        if not others:
            return
        value = others[0]
    draft.add_rule(entity, rule)
    rule.requirement = draft.want(
        f"{entity.plural}_{identifier(said)}_locked"[:62],
        clause,
        message,
        locked(entity.name, name, value, tuple(operations)),
        kind="rule",
    )
