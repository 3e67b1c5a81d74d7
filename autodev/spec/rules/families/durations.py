"""Durations and due dates: "a loan lasts 14 days", "must be returned within two weeks", "links expire after 30 days"."""

from __future__ import annotations

from autodev.spec.expr import Arith, Compare, Now
from autodev.spec.rules.acceptance.time import due, slot_length
from autodev.spec.rules.draft import Draft, duration, self_
from autodev.spec.rules.families.making import make_event
from autodev.spec.rules.lexicon import verbs
from autodev.spec.rules.patterns import AT_MOST, CANNOT, DET, NP, compiled
from autodev.spec.rules.quantities import DURATION, Duration, duration_from
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import NUMBER, article, label
from autodev.spec.schema import EntitySpec, FieldSpec, RuleSpec

_D = rf"(?P<length>{DURATION})"
_LASTS = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:lasts?|runs?|takes?|(?:is|are) for|(?:is|are)|goes on for|has a (?:duration|length|term) of) (?:for )?(?:exactly )?{_D}(?: long)?$"
)
_PERIOD = compiled(
    rf"^(?:the |a )?(?P<what>{NP}) (?:period|term|time|duration|length) (?:of (?:{DET})?{NP} )?(?:is|lasts|of) {_D}$"
)
_DUE = compiled(rf"^(?P<what>(?:{DET})?{NP}) (?:is|are|becomes?|falls?) due (?:back )?(?:after|in|within) {_D}$")
_DUE_AFTER = compiled(
    rf"^(?:the )?due date (?:of (?:{DET})?(?P<what>{NP}) )?is {_D} (?:later|(?:after|from) (?:the (?:loan|rental|borrowing|renting|day of (?:the )?(?:loan|rental)|(?:loan|rental|borrowing) date)|(?:it|they|the {NP}) (?:is|are|was|were) (?:made|borrowed|rented|lent|taken out|created)|borrowing|renting|being (?:borrowed|rented|lent)|now|today))$"
)
_WITHIN = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:must|should|has to|have to|need to|needs to) be (?:returned|brought back|given back|handed back|paid|settled) (?:within|after|in) {_D}$"
)
_EXPIRE = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:expires?|runs? out|lapses?|(?:is|are) (?:valid|active)|stays? (?:valid|active)) (?:after|in|for|within) {_D}$"
)
_FOR = compiled(
    rf"\b(?P<verb>borrow|rent|lend)s? (?:{AT_MOST} )?(?:{NUMBER} )?(?:{DET})?(?P<what>{NP}) for (?:up to |at most )?{_D}$"
)
_MAX_LENGTH = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:{CANNOT} (?:last|be|take|run)(?: for)? (?:more|longer) than|(?:can|may|must) (?:last|be|take)(?: for)? (?:at most|up to|no more than|a maximum of)|lasts? (?:at most|up to|no more than)) {_D}(?: long)?$"
)
_MIN_LENGTH = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:(?:must|should|has to) (?:last|be|take)(?: for)? (?:at least|a minimum of)|lasts? at least|{CANNOT} (?:last|be|take)(?: for)? (?:less|shorter) than) {_D}(?: long)?$"
)


@reads(Stage.RULES)
def length_bounds(draft: Draft, clause: Clause) -> None:
    """ "a booking can last at most two hours"."""
    for pattern, op, word in ((_MAX_LENGTH, "le", "at most"), (_MIN_LENGTH, "ge", "at least")):
        match = pattern.match(clause.low)
        entity = draft.find(match["what"]) if match else None
        length = duration_from(match["length"]) if match else None
        names = draft.notes[entity.name].interval if entity is not None else None
        if match is None or entity is None or length is None or names is None:
            continue
        clause.take(match)
        gone = Arith(op="sub", left=self_(names[1]), right=self_(names[0]))
        rule = RuleSpec(
            id=f"lasts_{word.replace(' ', '_')}_{length.label.replace(' ', '_')}"[:62], family="duration", on=["create", "update"],
            require=Compare(op=op, left=gone, right=duration(length.seconds)),
            message=f"{article(label(entity.name)).capitalize()} lasts {word} {length.label}.", field=names[1],
        )  # fmt: skip
        draft.add_rule(entity, rule)
        rule.requirement = draft.want(
            f"{entity.plural}_length_{op}",
            clause,
            rule.message,
            slot_length(entity.name, length, longest=op == "le"),
            kind="rule",
        )
        return


@reads(Stage.RULES)
def lasts(draft: Draft, clause: Clause) -> None:
    """A length from the making of the record: its due date or its expiry."""
    for pattern in (_LASTS, _PERIOD, _DUE, _DUE_AFTER, _WITHIN, _EXPIRE, _FOR):
        match = pattern.search(clause.low)
        length = duration_from(match["length"]) if match else None
        if match is None or length is None:
            continue
        entity = _entity(draft, clause, match.groupdict().get("what") or "")
        if entity is None or (draft.notes[entity.name].interval is not None and pattern is _LASTS):
            continue
        clause.take(match if pattern is not _FOR else None, span=(match.end("what"), match.end()))
        over = pattern is _EXPIRE or (pattern is _LASTS and not draft.notes[entity.name].ended_by)
        name = "expires_at" if over else "due_at"
        add_due(draft, clause, entity, name, length)
        return


def add_due(draft: Draft, clause: Clause, entity: EntitySpec, name: str, length: Duration) -> None:
    """A moment that is set once, so long after the record is made."""
    existing = entity.field(name)
    if (
        existing is not None
        and isinstance(existing.computed, Arith)
        and existing.computed.right != duration(length.seconds)
    ):
        draft.unmet(clause, f"{length.label} for {article(label(entity.name))}", "Another length was read before.")
        return
    field = FieldSpec(
        name=name,
        type="datetime",
        computed=Arith(op="add", left=Now(), right=duration(length.seconds)),
        computed_on="create",
    )
    if existing is None:
        entity.fields.append(field)
    else:
        existing.type, existing.computed, existing.computed_on = "datetime", field.computed, "create"
    end = "due" if name == "due_at" else "over"
    draft.want(
        f"{entity.plural}_{name}",
        clause,
        f"{article(label(entity.name)).capitalize()} is {end} {length.label} after it is made.",
        due(entity.name, name, length),
        kind="rule",
    )


def _entity(draft: Draft, clause: Clause, phrase: str) -> EntitySpec | None:
    """What the length is of: "a loan", "books" that are lent, "the loan period"."""
    entity = draft.find(phrase) if phrase else None
    if entity is None:
        word = phrase.rsplit(maxsplit=1)[-1] if phrase else "loan"
        kinds = {form: verb for verb in verbs().verbs for form in verb.forms}
        verb = kinds.get(word)
        return draft.entities.get(verb.noun) if verb is not None and verb.close else draft.find(word)
    if draft.notes[entity.name].subject is None:
        closing = [e for e in draft.events_of(entity.name) if draft.notes[e.name].ended_by]
        if closing:
            return closing[0]
        if "return" in clause.low:
            verb = verbs().verbs[0]
            return make_event(draft, clause, verb, entity, "")
    return entity
