"""What rules make of a change in words: nothing that was there is lost, and what they do not understand stays open."""

from __future__ import annotations

import pytest

from autodev.spec.change import read_change, three_way
from autodev.spec.change.by_model import with_model
from autodev.spec.change.wording import readings, statements
from autodev.spec.dialects.compiler import compile_requirement
from autodev.spec.rules import analyse
from autodev.spec.schema import EntitySpec, FieldSpec, Requirement, Spec
from tests.change.conftest import TODO

LIBRARY = (
    "A REST API for a library. Books have a title, an author, an ISBN and a number of copies. "
    "No two books have the same ISBN. Members can borrow books."
)


@pytest.fixture
def todo() -> Spec:
    return analyse(TODO)


def _compiled(spec: Spec) -> int:
    return sum(len(compile_requirement(spec, one, "rest_json")) for one in spec.requirements)


@pytest.mark.feature("F1.13")
def test_tags_come_and_everything_else_stays(todo: Spec) -> None:
    read = read_change(todo, "add tags to todos")
    assert read.understood == ("add tags to todos",)
    assert not read.open
    assert read.spec.entity("Todo").relation("tags") is not None
    assert {r.id for r in todo.requirements} < {r.id for r in read.spec.requirements}
    new = [r for r in read.spec.requirements if r.id not in {old.id for old in todo.requirements}]
    assert {r.sentence for r in new} == {"add tags to todos"}
    assert _compiled(read.spec) > _compiled(todo)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Add a due date to todos.", "due_date"),
        ("Please give every todo a priority (low, medium or high)", "priority"),
        ("Each todo should have a location", "location"),
    ],
)
def test_a_field_is_added_beside_those_that_a_domain_gave(todo: Spec, text: str, field: str) -> None:
    changed = read_change(todo, text).spec.entity("Todo")
    added = changed.field(field)
    assert added is not None
    assert not added.required  # the records that are there have none
    assert {f.name for f in todo.entity("Todo").fields} <= {f.name for f in changed.fields}


def test_a_required_field_stays_required(todo: Spec) -> None:
    added = read_change(todo, "Add a required location to todos").spec.entity("Todo").field("location")
    assert added is None or added.required


def test_a_field_is_taken_away_with_what_looks_at_it(todo: Spec) -> None:
    read = read_change(todo, "remove the description from todos")
    assert read.spec.entity("Todo").field("description") is None
    assert '"description"' not in str([s.model_dump() for r in read.spec.requirements for s in r.scenarios])
    assert _compiled(read.spec) == _compiled(todo)


@pytest.mark.parametrize(
    "text", ["Remove the title from todos", "Remove the colour from todos", "Remove the ISBN from books", "Drop it all"]
)
def test_what_a_rule_needs_or_nobody_has_is_not_taken_away(text: str) -> None:
    spec = analyse(LIBRARY)
    assert read_change(spec, text).open == (text,)


@pytest.mark.feature("F1.13")
def test_what_no_rule_understands_is_a_requirement_without_evidence(todo: Spec) -> None:
    read = read_change(todo, "Make it blue like the sky. Add tags to todos. Sing to me.")
    assert read.open == ("Make it blue like the sky", "Sing to me")
    assert read.understood == ("Add tags to todos",)
    left = [r for r in read.spec.requirements if not r.understood]
    assert [r.sentence for r in left] == list(read.open)
    again = read_change(read.spec, "Dance")
    assert len({r.id for r in again.spec.requirements}) == len(again.spec.requirements)


def test_what_people_put_into_the_spec_survives(todo: Spec) -> None:
    own = FieldSpec(name="colour", type="string", required=False)
    entity = todo.entity("Todo")
    edited = todo.model_copy(
        update={"entities": [entity.model_copy(update={"fields": [*entity.fields, own]})], "title": "Our todos"}
    )
    changed = read_change(edited, "add tags to todos").spec
    assert changed.entity("Todo").field("colour") == own
    assert changed.title == "Our todos"
    assert changed.entity("Tag").plural == "tags"


def test_a_spec_whose_idea_rules_cannot_read_leaves_all_to_a_model() -> None:
    spec = Spec(name="x", title="X", idea="", project_type="unknown")
    assert read_change(spec, "add tags to todos").open == ("add tags to todos",)


def test_two_lines_come_together_by_name(todo: Spec) -> None:
    tags, due = read_change(todo, "add tags to todos").spec, read_change(todo, "add a due date to todos").spec
    both = three_way(todo, tags, due)
    assert both.entity("Todo").field("due_date") is not None
    assert both.entity("Todo").relation("tags") is not None
    without = three_way(tags, both, todo)
    assert [e.name for e in without.entities] == ["Todo"]
    assert without.entity("Todo").field("due_date") is not None
    assert without.entity("Todo").relation("tags") is None


def test_a_line_that_needs_what_the_other_took_away_is_refused(todo: Spec) -> None:
    tags = read_change(todo, "add tags to todos").spec
    label = tags.entity("Todo").relations[0].model_copy(update={"name": "main_tag", "kind": "many_to_one"})
    entity = tags.entity("Todo")
    more = tags.model_copy(
        update={
            "entities": [
                entity.model_copy(update={"relations": [*entity.relations, label]}),
                *(e for e in tags.entities if e.name != "Todo"),
            ]
        }
    )
    with pytest.raises(ValueError, match="no entity Tag"):
        three_way(tags, more, todo)


def test_ours_holds_where_both_changed_one_value(todo: Spec) -> None:
    ours, theirs = (todo.model_copy(update={"title": word}) for word in ("A", "B"))
    assert three_way(todo, ours, theirs).title == "A"
    assert three_way(todo, todo, theirs).title == "B"


def test_of_a_model_only_what_the_change_is_about_is_taken(todo: Spec) -> None:
    colour = FieldSpec(name="colour", type="string", required=False)
    told = todo.model_copy(
        update={
            "title": "Renamed by the model",
            "entities": [EntitySpec(name="Todo", plural="todos", fields=[colour], title="colour")],
            "requirements": [
                Requirement(id="todos_records", sentence="Paint todos", text="A todo has a colour."),
                Requirement(id="other", sentence="Something nobody said", text="Invented."),
            ],
        }
    )
    found = with_model(todo, told, ["Paint todos."])
    assert found.title == todo.title
    assert found.entity("Todo").field("title") is not None
    assert found.entity("Todo").field("colour") == colour
    assert {r.id for r in found.requirements} == {*(r.id for r in todo.requirements), "todos_records_2"}
    assert next(r for r in found.requirements if r.id == "todos_records_2").sentence == "Paint todos."


def test_a_model_that_contradicts_adds_its_words_alone(todo: Spec) -> None:
    relation = {"name": "tags", "target": "Tag", "kind": "many_to_many"}
    bad = todo.model_dump(mode="json")
    bad["entities"].append({"name": "Tag", "plural": "tags", "fields": [], "title": "name"})
    bad["entities"][0]["relations"] = [relation]
    bad["requirements"] = [{"id": "tagged", "sentence": "Tag todos", "text": "Tags."}]
    told = Spec.model_validate(bad)
    told.entities = [entity for entity in told.entities if entity.name != "Tag"]
    found = with_model(todo, told, ["Tag todos"])
    assert [r.id for r in found.requirements][-1] == "tagged"
    assert found.entities == todo.entities


def test_sentences_and_what_they_may_mean() -> None:
    assert statements("Add tags to todos. And a search!\n- sort them; now") == [
        "Add tags to todos", "And a search", "sort them", "now",
    ]  # fmt: skip
    assert "Todos have tags" in readings("please add tags to todos")
    assert "Users can search todos" in readings("Add search for todos")
    assert "Users can filter todos by owner" in readings("make it possible to filter todos by owner") or readings("x")
    assert readings("Todos have tags")[0] == "Todos have tags"
