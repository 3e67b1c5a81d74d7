"""Merging: nothing that the user said is lost, whichever Spec says it."""

from __future__ import annotations

from autodev.spec.expr import Lit
from autodev.spec.merge import merge
from autodev.spec.rules import analyse
from autodev.spec.schema import ActionSpec, EntitySpec, FieldSpec, Requirement, RuleSpec, Spec

RULES = analyse("A library system where members borrow books. A member may hold at most five loans. Books sing.")


def model_spec() -> Spec:
    return Spec(
        name="library", title="My library", idea="", project_type="unknown",
        entities=[
            EntitySpec(name="Book", plural="books", fields=[FieldSpec(name="title", type="string"), FieldSpec(name="pages", type="integer")], title="title"),
            EntitySpec(
                name="Loan", plural="loans", fields=[], title="note",
                actions=[ActionSpec(name="return", label="Give back", sets={"note": Lit(value="back", type="string")})],
            ),
        ],
        requirements=[
            Requirement(id="singing", sentence="Books sing", text="Each book has a song.", scenarios=RULES.requirements[0].scenarios),
            Requirement(id="loans_limit", sentence="A member may hold at most five loans", text="The limit.", understood=False),
        ],
        complexity="simple",
    )  # fmt: skip


def test_the_base_holds_and_the_other_fills() -> None:
    merged = merge(model_spec(), RULES)
    assert merged.title == "My library"
    assert merged.idea == RULES.idea
    assert merged.project_type == "rest_api"
    assert {f.name for f in merged.entity("Book").fields} == {"title", "pages", "author", "isbn", "copies"}
    assert merged.entity("Loan").owned
    assert {rule.family for rule in merged.entity("Loan").rules} >= {"limit_per_owner", "stock"}
    back = next(a for a in merged.entity("Loan").actions if a.name == "return")
    assert back.label == "Give back"
    assert {"note", "returned_at"} <= set(back.sets)
    assert back.requires
    assert merged.complexity == RULES.complexity


def test_requirements_of_both() -> None:
    merged = merge(model_spec(), RULES)
    sentences = {r.sentence for r in merged.requirements}
    assert {r.sentence for r in RULES.requirements} <= sentences
    assert not any(r.sentence == "Books sing" and not r.understood for r in merged.requirements), (
        "the model understood it"
    )
    limit = [r for r in merged.requirements if r.sentence == "A member may hold at most five loans"]
    assert [r.understood for r in limit] == [True], "the rules understood it"


def test_merging_with_itself_changes_nothing() -> None:
    assert merge(RULES, RULES) == RULES


def test_bounds_of_the_other_stay() -> None:
    base, other = model_spec(), model_spec()
    other.entity("Book").fields[1] = FieldSpec(
        name="pages", type="integer", min="1", max="9000", unique=True, help="How many."
    )
    field = merge(base, other).entity("Book").field("pages")
    assert field is not None
    assert (field.min, field.max, field.unique, field.help) == ("1", "9000", True, "How many.")


def test_same_id_for_another_sentence_keeps_both() -> None:
    base, other = model_spec(), model_spec()
    other.requirements = [
        Requirement(id="singing", sentence="Books dance", text="They dance.", scenarios=RULES.requirements[0].scenarios)
    ]
    merged = merge(base, other)
    assert {"Books sing", "Books dance"} <= {r.sentence for r in merged.requirements}


def test_a_rule_of_the_base_is_not_replaced() -> None:
    base, other = model_spec(), model_spec()
    for spec, message in ((base, "mine"), (other, "theirs")):
        spec.entity("Book").rules = [
            RuleSpec(id="r", family="custom", on=["create"], require=Lit(value=True, type="boolean"), message=message)
        ]
    assert [rule.message for rule in merge(base, other).entity("Book").rules] == ["mine"]
