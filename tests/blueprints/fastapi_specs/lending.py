"""What is kept, lent and booked: a todo list, a library, rooms."""

from __future__ import annotations

from autodev.spec.expr import Aggregate, Arith, IsNull, Lit, Not, Now, Units
from autodev.spec.scenario import Act, Advance, Create, LogIn, Read, Scenario, SignUp, Update, Value
from autodev.spec.schema import (
    ActionSpec,
    EntitySpec,
    Feature,
    FieldSpec,
    RelationSpec,
    RuleSpec,
    Spec,
)
from tests.blueprints.fastapi_specs.words import asked, both, compare, duration, item, money, own, whole

DAY_S, HOUR_S = 86400, 3600


def todo() -> Spec:
    fields = [
        FieldSpec(name="title", type="string", max_length=200),
        FieldSpec(name="notes", type="text", required=False),
        FieldSpec(name="done", type="boolean", default=False),
        FieldSpec(name="due_on", type="date", required=False),
        FieldSpec(name="priority", type="enum", choices=["low", "normal", "high"], default="normal"),
    ]
    entity = EntitySpec(
        name="Todo", plural="todos", title="title", owned=True, visibility="owner", write="owner", fields=fields,
        actions=[ActionSpec(name="complete", label="Complete a todo", sets={"done": Lit(value=True, type="boolean")})],
    )  # fmt: skip
    features = [Feature(name="auth"), Feature(name="search"), Feature(name="filter"), Feature(name="export")]
    done = Scenario(
        id="complete_a_todo",
        title="complete",
        steps=(
            SignUp(),
            LogIn(),
            Create(entity="Todo", save="todo"),
            Act(entity="Todo", ref="todo", action="complete"),
            Read(entity="Todo", ref="todo", see={"done": True, "priority": "normal"}),
        ),
    )
    return Spec(
        name="todo_api", title="Todo API", idea="Create a REST API for a todo app with authentication",
        project_type="rest_api", entities=[entity], features=features,
        requirements=[asked("A todo can be completed", done)],
    )  # fmt: skip


def open_loans(relation: str) -> Aggregate:
    same = compare(item(relation), "eq", own(relation))
    return Aggregate(op="count", entity="Loan", where=both(same, IsNull(of=item("returned_at"))))


def library() -> Spec:
    on_loan = both(compare(item("book"), "eq", own("id")), IsNull(of=item("returned_at")))
    free = Arith(op="sub", left=own("copies"), right=Aggregate(op="count", entity="Loan", where=on_loan))
    book = EntitySpec(
        name="Book", plural="books", title="title",
        fields=[
            FieldSpec(name="title", type="string"),
            FieldSpec(name="author", type="string"),
            FieldSpec(name="isbn", type="string", unique=True, max_length=17),
            FieldSpec(name="copies", type="integer", min="0"),
            FieldSpec(name="free_copies", type="integer", computed=free, help="copies that nobody has on loan"),
        ],
    )  # fmt: skip
    member = EntitySpec(
        name="Member", plural="members", title="name",
        fields=[FieldSpec(name="name", type="string"), FieldSpec(name="email", type="email", unique=True)],
    )  # fmt: skip
    late = Units(of=Arith(op="sub", left=own("returned_at"), right=own("due_at")), unit="day")
    fine = Arith(op="mul", left=money("0.20"), right=Arith(op="max", left=whole(0), right=late))
    due = Arith(op="add", left=Now(), right=duration(14 * DAY_S))
    loan = EntitySpec(
        name="Loan", plural="loans", title="book",
        fields=[
            FieldSpec(name="due_at", type="datetime", computed=due, computed_on="create"),
            FieldSpec(
                name="returned_at", type="datetime", required=False, computed=Now(), computed_on="action:return"
            ),
            FieldSpec(name="fine", type="decimal", required=False, computed=fine, computed_on="action:return"),
        ],
        relations=[
            RelationSpec(name="book", target="Book", on_delete="protect"),
            RelationSpec(name="member", target="Member"),
        ],
        rules=[
            RuleSpec(
                id="at_most_five", family="limit_per_owner", on=["create"], field="member",
                require=compare(open_loans("member"), "le", whole(5)), message="a member may hold at most five loans",
            ),
            RuleSpec(
                id="free_copy", family="stock", on=["create"], field="book",
                require=compare(open_loans("book"), "le", own("book.copies")), message="no copy of the book is free",
            ),
        ],
        actions=[
            ActionSpec(
                name="return", label="Return a book", sets={},
                requires=[
                    RuleSpec(
                        id="still_out", family="custom", on=["action:return"],
                        require=IsNull(of=own("returned_at")), message="the book is back already",
                    )
                ],
            )
        ],
    )  # fmt: skip
    late_return = Scenario(
        id="three_days_late_cost_sixty_cents",
        title="fine",
        steps=(
            Create(entity="Loan", save="loan"),
            Read(entity="Loan", ref="loan", see={"due_at": Value(now_plus_s=14 * DAY_S), "fine": None}),
            Advance(seconds=17 * DAY_S + HOUR_S),
            Act(entity="Loan", ref="loan", action="return"),
            Read(entity="Loan", ref="loan", see={"fine": "0.60"}),
            Act(entity="Loan", ref="loan", action="return", expect="refused"),
        ),
    )
    return Spec(
        name="library", title="Library", idea="A library system where members borrow books", project_type="rest_api",
        database="postgresql", entities=[book, member, loan], requirements=[asked("Late returns cost", late_return)],
    )  # fmt: skip


def booking() -> Spec:
    room = EntitySpec(
        name="Room", plural="rooms", title="name", write="admin",
        fields=[
            FieldSpec(name="name", type="string", unique=True),
            FieldSpec(name="seats", type="integer", min="1", max="500", required=False),
        ],
    )  # fmt: skip
    overlap = both(
        compare(item("room"), "eq", own("room")),
        compare(item("starts_at"), "lt", own("ends_at")),
        compare(item("ends_at"), "gt", own("starts_at")),
        Not(of=item("cancelled")),
    )
    an_hour_before = compare(own("starts_at"), "ge", Arith(op="add", left=Now(), right=duration(HOUR_S)))
    entity = EntitySpec(
        name="Booking", plural="bookings", title="room", owned=True, visibility="member", write="owner",
        fields=[
            FieldSpec(name="starts_at", type="datetime"),
            FieldSpec(name="ends_at", type="datetime"),
            FieldSpec(
                name="cancelled", type="boolean", default=False,
                computed=Lit(value=True, type="boolean"), computed_on="action:cancel",
            ),
        ],
        relations=[RelationSpec(name="room", target="Room")],
        rules=[
            RuleSpec(
                id="ends_after_start", family="order", on=["create", "update"], field="ends_at",
                require=compare(own("ends_at"), "gt", own("starts_at")), message="a booking ends after it starts",
            ),
            RuleSpec(
                id="no_overlap", family="no_overlap", on=["create", "update"], field="room",
                require=Not(of=Aggregate(op="exists", entity="Booking", where=overlap, exclude_self=True)),
                message="the room is taken at that time",
            ),
        ],
        actions=[
            ActionSpec(
                name="cancel", label="Cancel a booking", sets={},
                requires=[
                    RuleSpec(
                        id="in_time", family="deadline", on=["action:cancel"], require=an_hour_before,
                        message="a booking can be cancelled until one hour before it starts",
                    )
                ],
            )
        ],
    )  # fmt: skip

    def slot(start_s: int, end_s: int) -> dict[str, Value | str | int | float | bool | None]:
        return {
            "room": Value(ref="room"),
            "starts_at": Value(now_plus_s=start_s),
            "ends_at": Value(now_plus_s=end_s),
        }

    story = Scenario(
        id="overlap_is_refused",
        title="overlap",
        steps=(
            SignUp(),
            LogIn(),
            Create(entity="Room", actor="admin", save="room"),
            Create(entity="Booking", values=slot(7200, 10800), save="first"),
            Create(entity="Booking", values=slot(9000, 12600), expect="refused", field="room"),
            Create(entity="Booking", values=slot(5400, 7200)),
            Create(entity="Booking", values=slot(10800, 12600), save="next"),
            Create(entity="Booking", values=slot(20000, 19000), expect="refused", field="ends_at"),
            Update(entity="Booking", ref="next", values={"ends_at": Value(now_plus_s=13000)}),
            Act(entity="Booking", ref="first", action="cancel"),
            Create(entity="Booking", values=slot(9000, 10800)),
            Advance(seconds=2 * HOUR_S + 60),
            Act(entity="Booking", ref="next", action="cancel", expect="refused"),
        ),
    )
    return Spec(
        name="rooms", title="Room booking", idea="Meeting room booking", project_type="rest_api",
        entities=[room, entity], features=[Feature(name="auth")],
        requirements=[asked("No two bookings of a room may overlap", story)],
    )  # fmt: skip
