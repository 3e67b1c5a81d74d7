"""Actions: "a booking can be cancelled", "users can complete todos", "an editor approves articles"."""

from __future__ import annotations

from autodev.spec.expr import Compare, Lit, Logic, Ref
from autodev.spec.rules.acceptance.states import action as action_scenario
from autodev.spec.rules.acceptance.states import admins_act, reached
from autodev.spec.rules.draft import Draft, self_, text
from autodev.spec.rules.event_rules import add_closing
from autodev.spec.rules.lexicon import verb_of, vocabulary
from autodev.spec.rules.patterns import DET, MODAL, NP, compiled, people
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import article, label, singular
from autodev.spec.scenario import Values
from autodev.spec.schema import ActionSpec, EntitySpec, FieldSpec, RuleSpec

# Verb: how it shows. "ends": a moment that takes the record out of what counts; "status": a state of its status;
# "flag": a yes-or-no field that already may be there.
ENDING = {"cancel": "cancelled_at", "return": "returned_at", "close": "closed_at", "withdraw": "withdrawn_at"}
STATUS = {
    "publish": ("draft", "published"), "approve": ("pending", "approved"), "reject": ("pending", "rejected"),
    "accept": ("pending", "accepted"), "decline": ("pending", "declined"), "confirm": ("pending", "confirmed"),
    "pay": ("unpaid", "paid"), "ship": ("open", "shipped"), "deliver": ("open", "delivered"), "submit": ("draft", "submitted"),
    "resolve": ("open", "resolved"), "archive": ("active", "archived"), "activate": ("inactive", "active"), "finalise": ("draft", "finalised"),
    "finalize": ("draft", "finalized"), "lock": ("open", "locked"), "start": ("open", "started"), "refund": ("paid", "refunded"),
}  # fmt: skip
FLAG = {"complete": "completed", "finish": "finished", "pin": "pinned", "verify": "verified"}
PARTICIPLES = {
    "cancelled": "cancel", "canceled": "cancel", "returned": "return", "closed": "close", "withdrawn": "withdraw", "published": "publish",
    "approved": "approve", "rejected": "reject", "accepted": "accept", "declined": "decline", "confirmed": "confirm", "paid": "pay",
    "shipped": "ship", "delivered": "deliver", "submitted": "submit", "resolved": "resolve", "archived": "archive", "activated": "activate",
    "finalised": "finalise", "finalized": "finalize", "locked": "lock", "started": "start", "refunded": "refund", "completed": "complete",
    "complete": "complete", "done": "complete", "finished": "finish", "pinned": "pin", "verified": "verify", "marked": "",
}  # fmt: skip
_VERB_FORMS = {form: verb for verb in (*ENDING, *STATUS, *FLAG) for form in (verb, f"{verb}s", f"{verb}es")} | {
    "finishes": "finish"
}
_PASSIVE = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:can|may|must|should|will|could|has to|have to) (?:also |only |later )?be (?:marked (?:as )?|set to |flagged (?:as )?|ticked off as |made )?"
    rf"(?P<verb>{'|'.join(sorted(PARTICIPLES, key=len, reverse=True))})(?: (?:by|through) (?:an? |the |its |their )?(?P<actor>[a-z]+))?(?P<tail>.*)$"
)
_ACTIVE = compiled(
    rf"(?:^|\b)(?P<actor>(?:{people()}))(?: {MODAL})?(?: also| only)? (?P<verb>{'|'.join(sorted(_VERB_FORMS, key=len, reverse=True))}) (?:{DET}|their own |his own )?(?P<what>{NP})(?P<tail>)$"
)
_MARK = compiled(
    rf"\b(?:mark|marks|marking|set|tick|ticks|check) (?:off )?(?:{DET}|their )?(?P<what>{NP}) (?:off )?(?:as )?(?P<verb>{'|'.join(sorted(PARTICIPLES, key=len, reverse=True))})(?P<tail>)$"
)


@reads(Stage.ACTIONS)
def named_actions(draft: Draft, clause: Clause) -> None:
    """Actions by their verb. A tail such as "until one hour before it starts" is read by other families."""
    match = _PASSIVE.match(clause.low) or _MARK.search(clause.low) or _ACTIVE.search(clause.low)
    if match is None:
        return
    verb = PARTICIPLES.get(match["verb"]) or _VERB_FORMS.get(match["verb"])
    entity = draft.find(match["what"])
    if verb is None or not verb or entity is None:
        return
    events = [
        e
        for e in draft.events_of(entity.name)
        if (made_by := verb_of(e.name)) is not None and made_by.uses != "nothing"
    ]
    if verb in ENDING and draft.notes[entity.name].subject is None and len(events) == 1:
        entity = events[0]
    clause.take(span=(match.start(), match.start("tail")))
    actor = singular(match.groupdict().get("actor") or "")
    add_action(draft, clause, entity, verb, admin=actor in vocabulary().administrators and actor != "author")


def add_action(draft: Draft, clause: Clause, entity: EntitySpec, verb: str, *, admin: bool = False) -> ActionSpec:
    """The action that a verb names, with its field, its requirement and the state that it needs."""
    known = next((a for a in entity.actions if a.name == verb), None)
    if known is not None:
        return known
    done = _participle(verb)
    if any(f.type == "enum" and done in f.choices for f in entity.fields) and verb not in STATUS:
        first = next((a for a, b in draft.notes[entity.name].transitions.get("status", ()) if b == done), None)
        action = _action(
            draft, entity, verb, {"status": text(done)}, _from(entity, first, done, f"action:{verb}") if first else None
        )
        draft.want(
            f"{entity.plural}_{verb}",
            clause,
            f"{article(label(entity.name)).capitalize()} can be {done}.",
            reached(entity.name, "status", done),
        )
        if admin and draft.auth is not False:
            _only_by_admins(draft, clause, entity, action, done)
        return action
    see: Values
    if verb in ENDING:
        action, see, again = add_closing(draft, entity, verb, ENDING[verb]), {}, False
    elif verb in FLAG:
        name = next(
            (n for n in ("completed", "done", "finished") if verb in {"complete", "finish"} and entity.field(n)),
            FLAG[verb],
        )
        field = draft.add_field(entity, FieldSpec(name=name, type="boolean", default=False))
        action = _action(draft, entity, verb, {field.name: Lit(value=True, type="boolean")}, None)
        see, again = {field.name: True}, True
    else:
        action, see, again = _status(draft, entity, verb)
    if admin and draft.auth is not False:
        _only_by_admins(draft, clause, entity, action, done)
    text_ = f"{article(label(entity.name)).capitalize()} can be {_participle(verb)}."
    draft.want(f"{entity.plural}_{verb}", clause, text_, action_scenario(entity.name, verb, see, again=again))
    return action


def _status(draft: Draft, entity: EntitySpec, verb: str) -> tuple[ActionSpec, Values, bool]:
    """An action that writes a state; the status is then written by actions alone."""
    initial, state = STATUS[verb]
    field = entity.field("status")
    if field is None:
        field = draft.add_field(entity, FieldSpec(name="status", type="enum", choices=[initial], default=initial))
    if not field.choices:
        field.choices = [initial]
    stepped = [
        a
        for a, b in draft.notes[entity.name].transitions.get("status", ())
        if b == state and any(r.id == "status_steps" for r in entity.rules)
    ]
    if stepped:
        required = _from(entity, stepped[0], state, f"action:{verb}")
        return _action(draft, entity, verb, {"status": text(state)}, required), {}, False
    first = str(field.default or field.choices[0])
    if state not in field.choices:
        field.choices = [*field.choices, state]
    field.default, field.computed, field.computed_on = first, text(first), "create"
    if not any(
        first == pair[0] and state == pair[1] for pair in draft.notes[entity.name].transitions.get("status", ())
    ):
        pairs = draft.notes[entity.name].transitions.get("status", ())
        draft.notes[entity.name].transitions["status"] = (*pairs, (first, state))
    return (
        _action(draft, entity, verb, {"status": text(state)}, _from(entity, first, state, f"action:{verb}")),
        {"status": state},
        False,
    )


def _only_by_admins(draft: Draft, clause: Clause, entity: EntitySpec, action: ActionSpec, done: str) -> None:
    """The action is an administrator's, and a plain change of the status is no way round it."""
    action.who = "admin"
    status = entity.field("status")
    if status is not None and status.is_input and done in status.choices:
        unchanged = Compare(op="eq", left=Ref(path="status", of="old"), right=self_("status"))
        other = Compare(op="ne", left=self_("status"), right=text(done))
        message = f"A {label(entity.name)} becomes {done} only by the action {action.name}."
        rule = RuleSpec(
            id=f"{done}_by_action"[:62],
            family="transition",
            on=["update"],
            require=Logic(op="or", items=(unchanged, other)),
            message=message,
            field="status",
        )
        draft.add_rule(entity, rule)
    said = f"Only an administrator may {action.name} a {label(entity.name)}."
    draft.want(
        f"{entity.plural}_{action.name}_by_admins", clause, said, admins_act(entity.name, action.name), kind="rule"
    )


def _from(entity: EntitySpec, first: str, state: str, on: str) -> RuleSpec:
    """The action is possible in one state only."""
    return RuleSpec(
        id=f"not_{state}_yet", family="transition", on=[on], require=Compare(op="eq", left=self_("status"), right=text(first)),
        message=f"Only {article(first.replace('_', ' '))} {label(entity.name)} can be {state}.",
    )  # fmt: skip


def _action(draft: Draft, entity: EntitySpec, verb: str, sets: dict[str, Lit], rule: RuleSpec | None) -> ActionSpec:
    return draft.add_action(
        entity,
        ActionSpec(
            name=verb, label=f"{verb.capitalize()} {label(entity.name)}", sets=dict(sets), requires=[rule] if rule else [],
            who="owner" if entity.owned else "admin" if entity.write == "admin" else "member",
        ),
    )  # fmt: skip


def _participle(verb: str) -> str:
    return next((p for p, v in PARTICIPLES.items() if v == verb), f"{verb}ed")
