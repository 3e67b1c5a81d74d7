"""Small changes by forms: each gives a sound Spec, or says why not."""

from __future__ import annotations

import pytest

from autodev.spec.checks import HttpCheck, HttpStep
from autodev.spec.editing.changes import CannotChange, add_field, not_wanted, remove_field, rename_field
from autodev.spec.editing.check import spec_from
from autodev.spec.editing.differences import differences
from autodev.spec.rules import analyse
from autodev.spec.schema import Feature, FieldSpec, Spec

pytestmark = pytest.mark.feature("F1.3")
LIBRARY = (
    "A library system where members borrow books. Books have a title, an author, an ISBN and a number of copies. "
    "No two books have the same ISBN. A member may hold at most five loans and a loan lasts 14 days; late "
    "returns cost 0.20 a day. Books can be searched by author."
)


@pytest.fixture(scope="module")
def library() -> Spec:
    return analyse(LIBRARY)


def sound(spec: Spec) -> Spec:
    return spec_from(spec.model_dump(mode="json"))


@pytest.mark.parametrize(
    "kind", ["string", "text", "integer", "decimal", "boolean", "date", "datetime", "email", "url", "enum"]
)
def test_an_added_field_has_a_requirement_that_proves_it(library: Spec, kind: str) -> None:
    field = FieldSpec.model_validate({"name": "extra", "type": kind, "choices": ["a", "b"] if kind == "enum" else []})
    new = sound(add_field(library, entity="Book", field=field))
    assert new.entity("Book").fields[-1] == field
    proof = new.requirements[-1]
    assert (proof.id, proof.text, proof.understood) == ("books_extra", "Books have: extra.", True)
    assert library.entity("Book").field("extra") is None
    again = add_field(new, entity="Loan", field=FieldSpec(name="extra", type="string"))
    assert len({r.id for r in sound(again).requirements}) == len(again.requirements)


def test_a_renamed_field_is_renamed_wherever_it_is_named(library: Spec) -> None:
    for entity in library.entities:
        for field in entity.fields:
            new = sound(rename_field(library, entity=entity.name, name=field.name, new_name="other_name"))
            assert f'"{entity.name}.{field.name}"' not in new.model_dump_json()
            back = rename_field(new, entity=entity.name, name="other_name", new_name=field.name)
            assert back == library
    stock = rename_field(library, entity="Book", name="copies", new_name="amount")
    assert "book.amount" in stock.model_dump_json()
    assert rename_field(library, entity="Book", name="title", new_name="title") == library


def test_a_field_is_removed_with_what_merely_mentions_it(library: Spec) -> None:
    spec = add_field(library, entity="Book", field=FieldSpec(name="pages", type="integer"))
    spec.features.append(Feature(name="filter", entity="Book", fields=["pages", "author"]))
    with pytest.raises(CannotChange, match="measured by pages alone") as refused:
        remove_field(spec, entity="Book", name="pages")
    assert "not wanted" in refused.value.hint
    new = sound(remove_field(not_wanted(spec, requirement="books_pages"), entity="Book", name="pages"))
    assert new.entity("Book").field("pages") is None
    assert new.features[-1].fields == ["author"]
    assert new.requirements == library.requirements


@pytest.mark.parametrize(
    ("entity", "name", "why"),
    [
        ("Book", "title", "the title of Book"),
        ("Book", "copies", "the rule “No copies of this book are free.”"),
        ("Loan", "due_at", "the action “Return"),
        ("Loan", "returned_at", "the rule"),
    ],
)
def test_a_field_that_is_needed_stays(library: Spec, entity: str, name: str, why: str) -> None:
    with pytest.raises(CannotChange) as refused:
        remove_field(library, entity=entity, name=name)
    assert why.lower() in str(refused.value).lower()


def test_what_is_not_wanted_becomes_a_non_goal_with_its_rules(library: Spec) -> None:
    assert [r.id for r in library.entity("Loan").rules if r.requirement == "loans_limit"]
    new = sound(not_wanted(library, requirement="loans_limit"))
    assert not [r.id for r in new.entity("Loan").rules if r.requirement == "loans_limit"]
    assert "loans_limit" not in [r.id for r in new.requirements]
    assert new.non_goals == [*library.non_goals, "One person has at most 5 loans at a time."]


def test_changes_that_do_not_fit_are_refused(library: Spec) -> None:
    title = FieldSpec(name="title", type="string")
    with pytest.raises(CannotChange, match="has title already"):
        add_field(library, entity="Book", field=title)
    with pytest.raises(CannotChange, match="no entity"):
        add_field(library, entity="Shelf", field=title)
    with pytest.raises(CannotChange, match="has author already"):
        rename_field(library, entity="Book", name="title", new_name="author")
    with pytest.raises(CannotChange, match="no field"):
        remove_field(library, entity="Book", name="shelf")
    with pytest.raises(CannotChange, match="no requirement"):
        not_wanted(library, requirement="shelves")
    small = analyse("A REST API for notes. A note has a text.")
    only = small.entities[0]
    if len(only.fields) == 1:
        with pytest.raises(CannotChange, match="only field"):
            remove_field(small, entity=only.name, name=only.fields[0].name)


def test_checks_given_as_requests_are_not_followed_but_told(library: Spec) -> None:
    spec = library.model_copy(deep=True)
    step = HttpStep(method="POST", path="/books", json_body={"isbn": "1"}, status=(201,))
    spec.requirements[0].checks = [HttpCheck(id="raw", title="Raw", steps=(step,))]
    with pytest.raises(CannotChange, match="in their requests"):
        rename_field(spec, entity="Book", name="isbn", new_name="code")


def test_differences_are_told_by_name() -> None:
    old = {
        "title": "A", "list": [1, 2], "gone": 1, "same": {"x": 1},
        "parts": [{"id": "p", "n": 1}, {"id": "q"}], "ways": [{"method": "GET", "path": "/a"}],
    }  # fmt: skip
    new = {
        "title": "B", "list": [2, 3], "same": {"x": 1}, "more": 1,
        "parts": [{"id": "q"}, {"id": "p", "n": 2}, {"id": "r"}], "ways": [{"method": "PUT", "path": "/a"}],
    }  # fmt: skip
    assert differences(old, new) == [
        "title: “A” → “B”", "list: removed 1", "list: added 3", "gone: removed", "parts.p.n: 1 → 2",
        "parts.r: added", "ways.GET /a: removed", "ways.PUT /a: added", "more: added",
    ]  # fmt: skip
    assert differences({"a": [{"id": "p"}, {"id": "q"}]}, {"a": [{"id": "q"}, {"id": "p"}]}) == ["a: in another order"]
    assert differences({"a": [1, 2]}, {"a": [2, 1]}) == ["a: in another order"]
    assert differences({"a": "x" * 90}, {"a": "y"})[0].endswith("… → “y”")
    assert differences(old, old) == []
