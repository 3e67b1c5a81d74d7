"""Three hand-made Specs with scenarios of every kind of step: a todo list, a library, a meeting-room booking."""

from __future__ import annotations

from autodev.spec.expr import Aggregate, Arith, Compare, Lit, Now, Ref
from autodev.spec.scenario import (
    Act,
    Advance,
    Create,
    Delete,
    ListRecords,
    LogIn,
    Read,
    Scenario,
    SignUp,
    Update,
    Value,
)
from autodev.spec.schema import (
    ActionSpec,
    Actor,
    EntitySpec,
    Feature,
    FieldSpec,
    RelationSpec,
    RuleSpec,
    Spec,
)

DAY_S = 86400

TODO = Spec(
    name="todo",
    title="Todo",
    idea="Create a REST API for a todo app with authentication",
    project_type="rest_api",
    entities=[
        EntitySpec(
            name="Todo",
            plural="todos",
            owned=True,
            visibility="owner",
            write="owner",
            title="title",
            fields=[
                FieldSpec(name="title", type="string", max_length=200),
                FieldSpec(name="notes", type="text", required=False),
                FieldSpec(name="due", type="datetime", required=False),
                FieldSpec(name="completed", type="boolean", default=False),
            ],
            actions=[
                ActionSpec(name="mark_done", label="Mark as done", sets={"completed": Lit(value=True, type="boolean")})
            ],
        )
    ],
    features=[Feature(name="auth"), Feature(name="search", entity="Todo", fields=["title"])],
)

LIBRARY = Spec(
    name="library",
    title="Library",
    idea="A library",
    project_type="rest_api",
    actors=[Actor(name="librarian", admin=True), Actor(name="member")],
    entities=[
        EntitySpec(
            name="Book",
            plural="books",
            write="admin",
            title="title",
            fields=[
                FieldSpec(name="title", type="string"),
                FieldSpec(name="isbn", type="string", unique=True, max_length=13),
                FieldSpec(name="copies", type="integer", min="0"),
                FieldSpec(name="price", type="decimal", min="0"),
            ],
        ),
        EntitySpec(
            name="Loan",
            plural="book_loans",
            owned=True,
            visibility="owner",
            title="book",
            fields=[
                FieldSpec(
                    name="due_at",
                    type="datetime",
                    computed_on="create",
                    computed=Arith(op="add", left=Now(), right=Lit(value=14 * DAY_S, type="duration")),
                ),
                FieldSpec(name="fine", type="decimal", computed=Lit(value="0.00", type="decimal")),
            ],
            relations=[RelationSpec(name="book", target="Book", inverse="loans")],
            rules=[
                RuleSpec(
                    id="five_loans",
                    family="limit_per_owner",
                    on=["create"],
                    require=Compare(
                        op="lt", left=Aggregate(op="count", entity="Loan"), right=Lit(value=5, type="integer")
                    ),
                    message="A member may hold at most five loans.",
                    field="book",
                )
            ],
            actions=[ActionSpec(name="give_back", label="Give back", sets={})],
        ),
    ],
    features=[Feature(name="auth"), Feature(name="roles")],
)

BOOKING = Spec(
    name="booking",
    title="Booking",
    idea="Meeting room booking",
    project_type="web_app",
    entities=[
        EntitySpec(
            name="Room",
            plural="rooms",
            title="name",
            fields=[FieldSpec(name="name", type="string", unique=True), FieldSpec(name="active", type="boolean")],
        ),
        EntitySpec(
            name="Booking",
            plural="bookings",
            owned=True,
            title="starts_at",
            fields=[
                FieldSpec(name="ends_at", type="datetime"),
                FieldSpec(name="starts_at", type="datetime"),
                FieldSpec(name="status", type="enum", choices=["booked", "cancelled"], default="booked"),
            ],
            relations=[
                RelationSpec(name="room", target="Room"),
                RelationSpec(name="chair", target="User"),
                RelationSpec(name="extra_rooms", target="Room", kind="many_to_many", required=False),
            ],
            rules=[
                RuleSpec(
                    id="order",
                    family="order",
                    on=["create", "update"],
                    require=Compare(op="gt", left=Ref(path="ends_at"), right=Ref(path="starts_at")),
                    message="A booking ends after it starts.",
                    field="ends_at",
                )
            ],
            actions=[ActionSpec(name="cancel", label="Cancel", sets={"status": Lit(value="cancelled", type="string")})],
        ),
    ],
    features=[Feature(name="auth")],
)

TODO_SCENARIOS = [
    Scenario(
        id="accounts",
        title="sign up, log in, wrong password refused",
        steps=(SignUp(), LogIn(), LogIn(wrong_password=True, expect="unauthenticated")),
    ),
    Scenario(
        id="life_of_a_todo",
        title="create, list, read, update, complete and delete a todo",
        steps=(
            Create(entity="Todo", values={"title": "Milk", "due": Value(now_plus_s=3600)}, save="milk"),
            Create(entity="Todo", save="other"),
            ListRecords(entity="Todo", query={"q": "milk"}, contains=("milk",), lacks=("other",), count=1),
            Update(entity="Todo", ref="milk", values={"title": "Oat milk", "completed": False}),
            Act(entity="Todo", ref="milk", action="mark_done"),
            Read(
                entity="Todo",
                ref="milk",
                see={"title": "Oat milk", "completed": True, "due": Value(now_plus_s=3600), "notes": None},
            ),
            Delete(entity="Todo", ref="milk"),
            Read(entity="Todo", ref="milk", expect="not_found"),
        ),
    ),
    Scenario(
        id="private",
        title="a user never sees another user's todos",
        steps=(
            Create(entity="Todo", save="secret"),
            Read(actor="bob", entity="Todo", ref="secret", expect="not_found"),
            ListRecords(actor="bob", entity="Todo", lacks=("secret",), count=0),
            Create(entity="Todo", expect="unauthenticated"),
        ),
    ),
    Scenario(
        id="no_title",
        title="a todo without a title is refused",
        steps=(Create(entity="Todo", omit=("title",), expect="refused", field="title"),),
    ),
]

LIBRARY_SCENARIOS = [
    Scenario(
        id="due_and_fine",
        title="due after 14 days, fine after 17",
        steps=(
            Create(actor="bob", entity="Loan", save="loan"),
            Read(actor="bob", entity="Loan", ref="loan", see={"due_at": Value(now_plus_s=14 * DAY_S)}),
            Advance(seconds=17 * DAY_S),
            Act(actor="bob", entity="Loan", ref="loan", action="give_back"),
            Read(actor="bob", entity="Loan", ref="loan", see={"fine": "0.60"}),
        ),
    ),
    Scenario(
        id="only_librarians",
        title="only a librarian adds books; an ISBN is unique",
        steps=(
            Create(entity="Book", expect="forbidden"),
            Create(actor="librarian", entity="Book", values={"isbn": "1", "price": 9.5}, save="book"),
            Create(actor="librarian", entity="Book", values={"isbn": "1"}, expect="refused", field="isbn"),
            Create(entity="Loan", values={"book": Value(ref="book")}, save="loan"),
            Read(entity="Loan", ref="loan", see={"book": Value(ref="book")}),
            ListRecords(entity="Loan", query={"book": Value(ref="book"), "limit": 2, "page": 1}, contains=("loan",)),
        ),
    ),
]

BOOKING_SCENARIOS = [
    Scenario(
        id="overlap",
        title="overlap is refused, back to back is allowed",
        steps=(
            Create(entity="Room", values={"active": True}, save="room"),
            Create(
                entity="Booking",
                values={
                    "room": Value(ref="room"),
                    "starts_at": Value(now_plus_s=7200),
                    "ends_at": Value(now_plus_s=10800),
                },
                save="first",
            ),
            Create(
                actor="bob",
                entity="Booking",
                values={
                    "room": Value(ref="room"),
                    "starts_at": Value(now_plus_s=9000),
                    "ends_at": Value(now_plus_s=12600),
                },
                expect="refused",
                field="room",
            ),
            Act(entity="Booking", ref="first", action="cancel"),
            Read(entity="Booking", ref="first", see={"room": Value(ref="room"), "status": "cancelled"}),
        ),
    ),
    Scenario(
        id="late_cancel",
        title="sign-in needed; late cancel refused",
        steps=(
            Create(
                entity="Booking",
                values={"starts_at": Value(now_plus_s=7200), "ends_at": Value(now_plus_s=10800)},
                save="meeting",
            ),
            Act(entity="Booking", ref="meeting", action="cancel", expect="unauthenticated"),
            Advance(seconds=5400),
            Act(entity="Booking", ref="meeting", action="cancel", expect="refused"),
            Update(entity="Booking", ref="meeting", values={"chair": Value(ref="bob"), "extra_rooms": None}),
            Delete(entity="Booking", ref="meeting"),
            ListRecords(entity="Booking", count=0),
        ),
    ),
]

SPECS = {
    "todo": (TODO, TODO_SCENARIOS),
    "library": (LIBRARY, LIBRARY_SCENARIOS),
    "booking": (BOOKING, BOOKING_SCENARIOS),
}
CASES = [
    (name, scenario, dialect)
    for name, (_, scenarios) in SPECS.items()
    for scenario in scenarios
    for dialect in ("rest_json", "html_forms")
]
