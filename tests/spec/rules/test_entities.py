"""Entities, fields, relations, people and access in words."""

from __future__ import annotations

import pytest

from tests.spec.rules.reading import read, unmet


@pytest.mark.parametrize(
    "text",
    [
        "Books have a title, an author, an ISBN and a number of copies.", "A book has a title, an author, an ISBN and a number of copies.",
        "Each book has a title, author, ISBN and number of copies.", "Every book stores a title, an author, an ISBN and the number of copies.",
        "Books are described by a title, an author, an ISBN and a number of copies.", "It manages books (title, author, ISBN, number of copies).",
        "It manages books with a title, an author, an ISBN and a number of copies.", "Books contain the following fields: title, author, ISBN, number of copies.",
    ],
)  # fmt: skip
def test_lists_of_fields(text: str) -> None:
    spec = read("A REST API for books. " + text)
    book = spec.entity("Book")
    assert [(f.name, f.type) for f in book.fields] == [
        ("title", "string"),
        ("author", "string"),
        ("isbn", "string"),
        ("copies", "integer"),
    ]
    assert book.title == "title"
    assert not unmet(spec)


@pytest.mark.parametrize(
    ("item", "name", "kind"),
    [
        ("a price", "price", "decimal"), ("an email", "email", "email"), ("an e-mail address", "e_mail_address", "email"), ("a due date", "due_date", "date"),
        ("a website", "website", "url"), ("a description", "description", "text"), ("a start time", "start_time", "datetime"), ("an age", "age", "integer"),
        ("a number of pages", "pages", "integer"), ("a status", "status", "enum"), ("a priority (low, medium or high)", "priority", "enum"),
        ("whether it is done", "done", "boolean"), ("an active flag", "active", "boolean"), ("a weight (in kg)", "weight", "decimal"), ("a phone number", "phone_number", "string"),
        ("a date of birth", "date_of_birth", "date"), ("a birthday", "birthday", "date"), ("a note", "note", "text"), ("a discount (decimal)", "discount", "decimal"),
        ("a code (integer)", "code", "integer"), ("an is_public flag", "is_public", "boolean"),
    ],
)  # fmt: skip
def test_types_by_name(item: str, name: str, kind: str) -> None:
    field = read(f"A REST API for things of a shelf. A widget has a name and {item}.").entity("Widget").field(name)
    assert field is not None, item
    assert field.type == kind


def test_qualifiers_of_a_field() -> None:
    spec = read(
        "A REST API for games. A game has a unique name, an optional description, a score between 1 and 10, a price that must be positive, "
        "a code of at most 8 characters, a level (min 2) and a stock of at least 5."
    )
    fields = {f.name: f for f in spec.entity("Game").fields}
    assert fields["name"].unique
    assert not fields["description"].required
    assert (fields["score"].min, fields["score"].max) == ("1", "10")
    assert fields["price"].min == "0.01"
    assert fields["code"].max_length == 8
    assert fields["stock"].min == "5"


@pytest.mark.parametrize(
    "text",
    [
        "Each author has many books.", "An author has several books.", "A book belongs to an author.", "Books belong to authors.",
        "An author can have multiple books.", "A book has a title and belongs to an author.", "Every book is written by an author.",
    ],
)  # fmt: skip
def test_to_one_relations(text: str) -> None:
    spec = read("A REST API for authors and books. A book has a title. " + text)
    relation = spec.entity("Book").relation("author")
    assert relation is not None
    assert (relation.target, relation.kind, relation.required) == ("Author", "many_to_one", True)
    assert not unmet(spec)
    assert not spec.entity("Book").owned, "an author's books are no account's"


def test_many_to_many() -> None:
    spec = read("A notes app. Notes have tags.")
    relation = spec.entity("Note").relation("tags")
    assert relation is not None
    assert relation.kind == "many_to_many"


def test_trees() -> None:
    spec = read("A REST API for categories. A category has a name. A category can have subcategories.")
    relation = spec.entity("Category").relation("parent")
    assert relation is not None
    assert (relation.target, relation.required) == ("Category", False)
    assert not unmet(spec)


def test_a_lone_plural_in_a_list_is_a_thing_of_its_own() -> None:
    spec = read("A REST API for albums. An album has a title and tracks.")
    assert spec.entity("Track").relation("album") is not None


@pytest.mark.parametrize(
    "text",
    [
        "Users can create, edit and delete their own recipes.", "Each user has their own recipes.", "Users only see their own recipes.",
        "A user can never see another user's recipes.", "Recipes are private.", "No user can see recipes of other users.", "Recipes belong to a user.",
    ],
)  # fmt: skip
def test_owned(text: str) -> None:
    spec = read("A REST API for recipes with authentication. A recipe has a title. " + text)
    assert spec.entity("Recipe").owned
    assert spec.entity("Recipe").write == "owner"
    assert any(s.id == "others" for r in spec.requirements for s in r.scenarios)
    assert not unmet(spec)


@pytest.mark.parametrize(
    "text",
    [
        "Only admins can add, edit and delete planets.",
        "Planets can only be added by admins.",
        "An admin manages the planets.",
        "Planets are maintained by administrators.",
    ],
)
def test_kept_by_administrators(text: str) -> None:
    spec = read("A REST API for planets. A planet has a name. " + text)
    assert spec.entity("Planet").write == "admin"
    assert spec.has("auth")
    assert any(s.id == "only_admins_write" for r in spec.requirements for s in r.scenarios)


@pytest.mark.parametrize(
    "text",
    [
        "Notes are public.",
        "Anyone can read notes.",
        "Everyone can view the notes without logging in.",
        "Notes are visible to everyone.",
    ],
)
def test_public(text: str) -> None:
    spec = read("A notes app. " + text)
    assert spec.entity("Note").visibility == "public"
    assert any(s.id == "public" for r in spec.requirements for s in r.scenarios)
    assert not unmet(spec)


@pytest.mark.parametrize(
    "text",
    [
        "Only the author can edit a post.",
        "Only the owner can delete the post.",
        "Only its author may edit or delete a post.",
    ],
)
def test_only_the_author_changes(text: str) -> None:
    spec = read("A blog where posts are public. " + text)
    post = spec.entity("Post")
    assert (post.owned, post.visibility) == (True, "public")
    assert not unmet(spec)


@pytest.mark.parametrize(
    "text",
    [
        "with authentication", "with JWT authentication", "with login", "with user accounts", "where users sign up and log in", "where users register and log in with email and password",
        "with sign-in", "with sign-up and login", "with auth",
    ],
)  # fmt: skip
def test_accounts(text: str) -> None:
    spec = read(f"A REST API for planets {text}.")
    assert spec.has("auth")
    assert {"sign_in", "wrong_password"} <= {s.id for r in spec.requirements for s in r.scenarios}
    assert not unmet(spec)


@pytest.mark.parametrize(
    "text", ["without authentication", "without login", "with no user accounts", "no sign-in needed", "single-user"]
)
def test_without_accounts(text: str) -> None:
    spec = read(f"A todo API, {text}." if text[0] in "ns" else f"A todo API {text}.")
    assert not spec.has("auth")
    todo = spec.entity("Todo")
    assert (todo.owned, todo.write, todo.visibility) == (False, "member", "public")
    assert not any(s.id == "sign_in" for r in spec.requirements for s in r.scenarios)
    assert not unmet(spec)


def test_a_limit_for_each_person_needs_accounts() -> None:
    spec = read("A todo API without accounts. A user can have at most 3 todos.")
    assert not [rule for rule in spec.entity("Todo").rules if rule.family == "limit_per_owner"]
    assert "A user can have at most 3 todos" in unmet(spec)


def test_a_person_who_is_a_record() -> None:
    spec = read(
        "A library system. Members have a name and an email. Members borrow books. A member may hold at most two loans."
    )
    loan = spec.entity("Loan")
    assert not loan.owned
    assert loan.relation("member") is not None
    assert any("member" in repr(rule.require) for rule in loan.rules if rule.family == "limit_per_owner")
    assert not unmet(spec)


@pytest.mark.parametrize(
    ("text", "entity", "subject"),
    [
        ("Members borrow books.", "Loan", "book"), ("Customers can rent bikes.", "Rental", "bike"), ("Books can be borrowed by members.", "Loan", "book"),
        ("Employees book desks for a time slot.", "Booking", "desk"), ("Users can reserve tables.", "Reservation", "table"), ("Users rate films.", "Rating", "film"),
        ("Readers review novels.", "Review", "novel"), ("Visitors comment on pictures.", "Comment", "picture"), ("Users vote for songs.", "Vote", "song"),
        ("Students enrol in seminars.", "Enrolment", "seminar"), ("Members register for hikes.", "Registration", "hike"), ("Users can like songs.", "Like", "song"),
    ],
)  # fmt: skip
def test_verbs_that_make_records(text: str, entity: str, subject: str) -> None:
    spec = read("A REST API. " + text)
    made = spec.entity(entity)
    assert made.relation(subject) is not None
    assert made.owned
    assert made.title == subject
    assert not unmet(spec)


def test_reviews_said_by_the_noun() -> None:
    spec = read("A REST API for phones. A phone has a name. Users can write reviews of phones.")
    assert spec.entity("Review").relation("phone") is not None
    assert not unmet(spec)


def test_them_is_what_was_spoken_of() -> None:
    spec = read("A blog where users can write posts and comment on them.")
    assert spec.entity("Comment").relation("post") is not None
    assert not unmet(spec)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("A booking can be cancelled.", "cancel"), ("Bookings can be confirmed by admins.", "confirm"), ("An employee can cancel their booking.", "cancel"),
        ("Bookings may be approved or rejected.", None), ("Bookings can be archived.", "archive"),
    ],
)  # fmt: skip
def test_actions(text: str, action: str | None) -> None:
    spec = read("Meeting room booking. " + text)
    names = [a.name for a in spec.entity("Booking").actions]
    if action is None:
        assert unmet(spec) or {"approve", "reject"} <= set(names)
    else:
        assert names == [action]
        assert not unmet(spec)


@pytest.mark.parametrize(
    "text",
    [
        "A todo can be marked as done.",
        "Users can complete todos.",
        "Mark todos as complete.",
        "Todos can be completed.",
    ],
)
def test_completing(text: str) -> None:
    spec = read("A todo app. " + text)
    assert [a.name for a in spec.entity("Todo").actions] == ["complete"]
    assert not unmet(spec)


def test_only_administrators_act() -> None:
    spec = read("A helpdesk. Tickets go from open to in progress to closed. Only admins can close tickets.")
    close = next(a for a in spec.entity("Ticket").actions if a.name == "close")
    assert close.who == "admin"
    assert any(rule.id == "closed_by_action" for rule in spec.entity("Ticket").rules), (
        "a plain change must be no way round"
    )
    assert not unmet(spec)


@pytest.mark.parametrize(
    ("text", "scenario"),
    [
        ("Users can search planets by name.", "search"), ("Planets can be searched by name.", "search"), ("Search planets.", "search"), ("with search", "search"),
        ("Filter planets by mass.", "filter_mass"), ("Planets can be filtered by mass.", "filter_mass"), ("Sort planets by mass.", "sort"),
        ("Planets can be sorted by name.", "sort"), ("The list of planets is paginated.", "pages"), ("with pagination", "pages"),
    ],
)  # fmt: skip
def test_lists(text: str, scenario: str) -> None:
    start = "A REST API for planets. A planet has a name and a mass (integer)."
    spec = read(f"{start[:-1]}, {text}." if text.startswith("with") else f"{start} {text}")
    assert scenario in {s.id for r in spec.requirements for s in r.scenarios}
    assert not unmet(spec)


def test_filter_by_a_relation() -> None:
    spec = read("An inventory backend: products, warehouses and stock movements. Filter by warehouse.")
    assert any(r.id == "stock_movements_filter_warehouse" for r in spec.requirements)


def test_two_list_features_in_one_clause() -> None:
    spec = read("An expense tracker. Users can filter expenses by category and search by description.")
    assert spec.has("filter", "Expense")
    assert spec.has("search", "Expense")
    assert not unmet(spec)


def test_endpoints_and_screens() -> None:
    api = read("Create a REST API for a todo app with authentication")
    assert ("POST", "/todos/{id}/complete") in {(e.method, e.path) for e in api.endpoints}
    assert not api.screens
    app = read("A todo web app")
    assert {"sign_in", "todos_list", "todos_detail", "todos_form"} <= {s.name for s in app.screens}
    assert not app.endpoints
