"""Computed values: "the total of an order is the sum of quantity times price of its lines", "average rating", "stock per
warehouse is the sum of its movements", "the number of comments of a post"."""

from __future__ import annotations

from autodev.spec.expr import Aggregate, Arith, Compare, Expr, Ref
from autodev.spec.rules.acceptance.figures import Function, aggregate, product
from autodev.spec.rules.draft import Draft, item, self_
from autodev.spec.rules.families.stock import add_movement_rule
from autodev.spec.rules.lookup import part_of
from autodev.spec.rules.patterns import DET, NP, compiled
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.relating import relate
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import identifier, label, plural_label, singular, split_words
from autodev.spec.schema import EntitySpec, FieldSpec

_IS = r"(?:is|are|equals|equal|=|is computed as|is calculated as|is the result of|comes from)"
_PRODUCT = rf"(?P<a>{NP})(?: (?:times|x|\*|multiplied by|by) (?P<b>{NP}))?"
_SUM = compiled(
    rf"^(?:the )?(?P<name>{NP}) (?:of|for|per|in|at) (?:{DET})?(?P<whole>{NP}) {_IS} (?:the )?(?:sum|total)(?: of)? (?:(?:the|all|its|their) )*{_PRODUCT} (?:of|over|in|from|for) (?:all )?(?:(?:its|their|the|the order's) )?(?P<part>{NP})$"
)
_POSSESSIVE_SUM = compiled(
    rf"^(?:{DET})?(?P<whole>{NP})'s? (?P<name>{NP}) {_IS} (?:the )?(?:sum|total)(?: of)? (?:(?:the|all|its|their) )*{_PRODUCT} (?:of|over|in|from|for) (?:all )?(?:(?:its|their|the) )?(?P<part>{NP})$"
)
_SUM_PARTS = compiled(
    rf"^(?:the )?(?P<name>{NP}) (?:of|for|per|in|at) (?:{DET})?(?P<whole>{NP}) {_IS} (?:the )?(?:sum|total) of (?:all )?(?:its|their|the) (?P<part>{NP})$"
)
_AVG = compiled(
    rf"\b(?:(?:the |its |their |an? )?(?:average|mean) (?P<what>{NP}?)(?: (?:of|for|per) (?:{DET})?(?P<whole>{NP}))?)(?: {_IS} (?:the )?(?:average|mean|sum|computed|calculated)\b(?:(?!\b(?:rounded|without|except|weighted|only|at least|at most|last)\b)[^\d])*?| is shown| are shown| is computed| is displayed)?$"
)
_HAS_AVG = compiled(
    rf"^(?:{DET})?(?P<whole>{NP}) (?:has|have|shows?|displays?|(?:is|are) shown with) (?:its|their|an?|the) (?:average|mean) (?P<what>{NP})$"
)
_COUNT = compiled(
    rf"^(?:{DET})?(?P<whole>{NP}) (?:shows?|has|have|displays?|tells?|(?:is|are) shown with|lists? with) (?:its|their|the|a) (?:number|count) of (?P<part>{NP})$"
)
_COUNT_OF = compiled(
    rf"^(?:(?:the )?(?:results?|lists?|system|app|api|it|we) )?(?:show|display|count)s? (?:the )?(?!average|mean|total|sum|highest|lowest|latest|most)(?:number of )?(?P<part>{NP}) (?:of|for|per|in|on) (?:{DET})?(?P<whole>{NP})$"
)
_LINE = compiled(
    rf"^(?:the )?(?P<name>{NP}) (?:of|for) (?:{DET})?(?P<whole>{NP}) {_IS} (?:the |its )?(?P<a>{NP}) (?:times|x|\*|multiplied by) (?:the |its )?(?P<b>{NP})$"
)


_PLAIN_NAME = r"(?:(?:grand |sub)?total|amount|sum|price|value|cost|balance|subtotal)"
_SHORT_SUM = compiled(
    rf"^(?:the )?(?P<whole>{NP}?) (?P<name>{_PLAIN_NAME}) {_IS} (?:the )?(?:sum|total)(?: of)? (?:(?:the|all|its|their) )*{_PRODUCT} (?:of|over|in|from|for) (?:all )?(?:(?:its|their|the|the order's) )?(?P<part>{NP})$"
)
_SHORT_LINE = compiled(
    rf"^(?:the )?(?P<whole>{NP}?) (?P<name>{_PLAIN_NAME}) {_IS} (?:the |its )?(?P<a>{NP}) (?:times|x|\*|multiplied by) (?:the |its )?(?P<b>{NP})$"
)
_OF_TOTALS = compiled(
    rf"^(?:the )?(?:(?P<name>{NP}) of (?:{DET})?(?P<whole>{NP})|(?P<other>{NP}?) (?P<short>{_PLAIN_NAME})) {_IS} (?:the )?sum of (?:(?:the|all|its|their) )*(?P<part>{NP}?) (?P<figure>totals|amounts|prices|values|costs|subtotals)$"
)


@reads(Stage.DERIVE)
def sums_of_totals(draft: Draft, clause: Clause) -> None:
    """ "The invoice total is the sum of the line totals": over what the figure of a part is computed from."""
    match = _OF_TOTALS.match(clause.low)
    if match is None:
        return
    whole, part = draft.find(match["whole"] or match["other"]), draft.find(match["part"])
    link = _link(part, whole)
    figure = part.field(identifier(singular(match["figure"]))) if part is not None else None
    if whole is None or part is None or link is None or figure is None or figure.type not in {"decimal", "integer"}:
        return
    factors = _factors_of(figure)
    if factors:
        clause.take(match)
        name = identifier(match["name"] or match["short"])
        add_aggregate(draft, clause, whole, name, part, link, "sum", factors)


def _factors_of(figure: FieldSpec) -> tuple[str, ...]:
    """A stored figure by its name, one that is a product by its factors; () for what cannot be summed."""
    if figure.is_input:
        return (figure.name,)
    told = figure.computed
    if isinstance(told, Arith) and told.op == "mul" and isinstance(told.left, Ref) and isinstance(told.right, Ref):
        return (told.left.path, told.right.path)
    return ()


@reads(Stage.DERIVE)
def sums(draft: Draft, clause: Clause) -> None:
    """A total over parts; with two factors, of their product."""
    match = _SUM.match(clause.low) or _POSSESSIVE_SUM.match(clause.low) or _SHORT_SUM.match(clause.low)
    if match is not None:
        whole, part = _whole(draft, match["whole"], match["name"]), draft.find(match["part"])
        link = _link(part, whole)
        if whole is not None and part is not None and link is not None:
            names = [match["a"], *([match["b"]] if match["b"] else [])]
            found = [_factor(draft, part, name) for name in names]
            if all(found):
                clause.take(match)
                factors = tuple(f for f in found if f)
                add_aggregate(draft, clause, whole, identifier(match["name"]), part, link, "sum", factors)
                return
    match = _SUM_PARTS.match(clause.low)
    if match is None:
        return
    whole, part = draft.find(match["whole"]), draft.find(match["part"])
    link = _link(part, whole)
    if whole is not None and part is not None and link is None and whole is not part and " its " in match.group():
        # "its donations": what is summed belongs to it.
        relate(draft, clause, whole, part, match["part"], many=True)
        link = _link(part, whole)
    if whole is None or part is None or link is None:
        return
    numbers = [
        f.name
        for f in part.fields
        if f.type in {"decimal", "integer"} and f.is_input and f.name not in {"position", "order"}
    ]
    if numbers:
        clause.take(match)
        best = next((n for n in ("amount", "total", "quantity", "price") if n in numbers), numbers[0])
        add_aggregate(draft, clause, whole, identifier(match["name"]), part, link, "sum", (best,))
        if part.name.endswith(("Movement", "Transaction")):
            add_movement_rule(draft, clause, part)


@reads(Stage.DERIVE)
def averages(draft: Draft, clause: Clause) -> None:
    """Reads "average rating": of the ratings or reviews of a thing."""
    match = _HAS_AVG.match(clause.low) or _AVG.search(clause.low)
    if match is None:
        return
    what = match["what"].strip()
    wholes = [draft.find(match["whole"])] if match["whole"] else []
    name = identifier(f"average {what}")
    for part in draft.entities.values():
        field = next(
            (f for f in part.fields if f.is_input and f.type in {"integer", "decimal"} and _means(f.name, what, part)),
            None,
        )
        if field is None:
            continue
        candidates = [w for w in wholes if w] or [
            draft.entities[r.target] for r in part.relations if r.target in draft.entities and r.kind == "many_to_one"
        ]
        for whole in candidates:
            link = _link(part, whole)
            if link is not None:
                clause.take(match)
                add_aggregate(draft, clause, whole, name, part, link, "avg", (field.name,))
                return


@reads(Stage.DERIVE)
def counts(draft: Draft, clause: Clause) -> None:
    """Reads "a post shows its number of comments"."""
    match = _COUNT.match(clause.low) or _COUNT_OF.match(clause.low)
    if match is None:
        return
    whole, part = draft.find(match["whole"]), draft.find(match["part"])
    link = _link(part, whole)
    if whole is None or part is None or link is None or part is whole:
        return
    clause.take(match)
    add_aggregate(draft, clause, whole, identifier(f"{plural_label(part.name)} count"), part, link, "count", ())


@reads(Stage.DERIVE)
def products(draft: Draft, clause: Clause) -> None:
    """Reads "the amount of a line is quantity times price"."""
    match = _LINE.match(clause.low) or _SHORT_LINE.match(clause.low)
    whole = draft.find(match["whole"]) if match else None
    if match is None or whole is None:
        return
    a, b = _factor(draft, whole, match["a"]), _factor(draft, whole, match["b"])
    name = identifier(match["name"])
    if a is None or b is None or name in {a, b}:
        return
    clause.take(match)
    _set(
        whole,
        FieldSpec(name=name, type="decimal", required=False, computed=Arith(op="mul", left=self_(a), right=self_(b))),
    )
    draft.want(
        f"{whole.plural}_{name}",
        clause,
        f"{name.replace('_', ' ').capitalize()} is {a} times {b}.",
        product(whole.name, name, (a, b)),
        kind="rule",
    )


def add_aggregate(
    draft: Draft,
    clause: Clause,
    whole: EntitySpec,
    name: str,
    part: EntitySpec,
    link: str,
    function: Function,
    factors: tuple[str, ...],
) -> None:
    """A field computed whenever it is read."""
    value: Expr | None = item(factors[0]) if factors else None
    for factor in factors[1:]:
        value = Arith(op="mul", left=value or item(factor), right=item(factor))
    where = Compare(op="eq", left=item(link), right=self_("id"))
    types = [f.type for n in factors if (f := part.field(n)) is not None]
    kind = (
        "integer" if function == "count" or (function == "sum" and types and set(types) == {"integer"}) else "decimal"
    )
    field = FieldSpec(
        name=name,
        type=kind,
        required=False,
        computed=Aggregate(op=function, entity=part.name, where=where, value=value),
    )
    _set(whole, field)
    what = {"sum": "the sum", "avg": "the average", "count": "the number"}[function]
    of = f" of {' times '.join(n.replace('_', ' ') for n in factors)}" if factors else ""
    draft.want(
        f"{whole.plural}_{name}", clause, f"{name.replace('_', ' ').capitalize()} of a {label(whole.name)} is {what}{of} of its {plural_label(part.name)}.",
        aggregate(whole.name, name, part=part.name, link=link, function=function, factors=factors), kind="rule",
    )  # fmt: skip


def _set(entity: EntitySpec, field: FieldSpec) -> None:
    entity.fields = [f for f in entity.fields if f.name != field.name]
    entity.fields.append(field)
    if entity.title == field.name:
        entity.title = next(f.name for f in entity.fields)


def _whole(draft: Draft, phrase: str, name: str) -> EntitySpec | None:
    found = draft.find(phrase)
    return found if found is not None and identifier(name) else None


def _link(part: EntitySpec | None, whole: EntitySpec | None) -> str | None:
    """The relation by which a part belongs to the whole."""
    if part is None or whole is None:
        return None
    return next((r.name for r in part.relations if r.target == whole.name and r.kind == "many_to_one"), None)


def _factor(draft: Draft, part: EntitySpec, phrase: str) -> str | None:
    found = part_of(draft, f"{phrase} of {label(part.name)}", make=False)
    field = part.field(found[1]) if found is not None and found[0] is part else None
    if field is None:
        # "price" of a line that has a unit price and no other.
        ends = [f for f in part.fields if f.name.endswith(f"_{identifier(phrase)}") and f.is_input]
        field = ends[0] if len(ends) == 1 else None
    return field.name if field is not None and field.type in {"integer", "decimal"} else None


def _means(field: str, what: str, part: EntitySpec) -> bool:
    """Whether "average <what>" is about this field: by its name, or by its entity's ("rating" of Rating is its stars)."""
    words = split_words(what)
    wanted = identifier(" ".join(words)) if words else ""
    return wanted in {field, f"{field}s", identifier(label(part.name)), identifier(plural_label(part.name))} and bool(
        wanted
    )
