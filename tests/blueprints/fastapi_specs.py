"""Specs as a person would write them down, one for each kind of rule that a service must keep."""

from __future__ import annotations

from typing import Literal

from autodev.spec.expr import Aggregate, Arith, Compare, Expr, In, IsNull, Lit, Logic, Not, Now, Ref, Units
from autodev.spec.scenario import Act, Advance, Create, LogIn, Read, Scenario, SignUp, Update, Value
from autodev.spec.schema import (
    ActionSpec,
    EntitySpec,
    Feature,
    FieldSpec,
    RelationSpec,
    Requirement,
    RuleSpec,
    Spec,
)

DAY_S, HOUR_S = 86400, 3600


def own(path: str) -> Ref:
    return Ref(path=path)


def item(path: str) -> Ref:
    return Ref(path=path, of="item")


def old(path: str) -> Ref:
    return Ref(path=path, of="old")


def text(value: str) -> Lit:
    return Lit(value=value, type="string")


def whole(value: int) -> Lit:
    return Lit(value=value, type="integer")


def money(value: str) -> Lit:
    return Lit(value=value, type="decimal")


def duration(seconds: int) -> Lit:
    return Lit(value=seconds, type="duration")


def compare(left: Expr, op: Literal["eq", "ne", "lt", "le", "gt", "ge"], right: Expr) -> Compare:
    return Compare(op=op, left=left, right=right)


def both(*items: Expr) -> Logic:
    return Logic(op="and", items=items)


def asked(words: str, *scenarios: Scenario) -> Requirement:
    return Requirement(id=scenarios[0].id, sentence=words, text=words, scenarios=list(scenarios))


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


def blog() -> Spec:
    tag = EntitySpec(
        name="Tag", plural="tags", title="name", visibility="public", write="member",
        fields=[FieldSpec(name="name", type="string", unique=True, max_length=50)],
    )  # fmt: skip
    post = EntitySpec(
        name="Post", plural="posts", title="title", owned=True, visibility="public", write="owner",
        fields=[
            FieldSpec(name="title", type="string"),
            FieldSpec(name="body", type="text"),
            FieldSpec(name="link", type="url", required=False),
        ],
        relations=[RelationSpec(name="tags", target="Tag", kind="many_to_many")],
    )  # fmt: skip
    mine = both(compare(item("post"), "eq", own("post")), compare(item("owner"), "eq", own("owner")))
    review = EntitySpec(
        name="Review", plural="reviews", title="stars", owned=True, visibility="public", write="owner",
        fields=[FieldSpec(name="stars", type="integer", min="1", max="5")],
        relations=[RelationSpec(name="post", target="Post")],
        rules=[
            RuleSpec(
                id="once_per_user", family="once_per_user", on=["create"], field="post",
                require=Not(of=Aggregate(op="exists", entity="Review", where=mine, exclude_self=True)),
                message="you have reviewed this post already",
            )
        ],
    )  # fmt: skip
    mean = Aggregate(op="avg", entity="Review", where=compare(item("post"), "eq", own("id")), value=item("stars"))
    post.fields.append(FieldSpec(name="rating", type="decimal", required=False, computed=mean))
    rated = Scenario(
        id="rating_is_the_mean",
        title="rating",
        steps=(
            SignUp(),
            LogIn(),
            SignUp(actor="bob"),
            LogIn(actor="bob"),
            Create(entity="Tag", save="tag"),
            Create(entity="Post", values={"tags": Value(ref="tag")}, save="post"),
            Read(entity="Post", ref="post", see={"rating": None, "tags": Value(ref="tag")}),
            Create(entity="Review", values={"post": Value(ref="post"), "stars": 4}),
            Create(entity="Review", actor="bob", values={"post": Value(ref="post"), "stars": 5}),
            Create(entity="Review", actor="bob", values={"post": Value(ref="post")}, expect="refused", field="post"),
            Read(entity="Post", ref="post", see={"rating": "4.50"}),
        ),
    )
    return Spec(
        name="blog", title="Blog", idea="A blog with tags", project_type="rest_api",
        entities=[tag, post, review], features=[Feature(name="auth"), Feature(name="search", entity="Post")],
        requirements=[asked("A post shows the mean of its reviews", rated)],
    )  # fmt: skip


def orders() -> Spec:
    product = EntitySpec(
        name="Product", plural="products", title="name",
        fields=[
            FieldSpec(name="name", type="string", unique=True),
            FieldSpec(name="price", type="decimal", min="0.01"),
            FieldSpec(name="from", type="date", required=False),
        ],
    )  # fmt: skip
    lines = Aggregate(
        op="sum", entity="OrderLine", where=compare(item("order"), "eq", own("id")),
        value=Arith(op="mul", left=item("quantity"), right=item("unit_price")),
    )  # fmt: skip
    allowed = Logic(
        op="or",
        items=(
            compare(old("status"), "eq", own("status")),
            both(compare(old("status"), "eq", text("draft")), In(left=own("status"), values=(text("paid"),))),
            both(compare(old("status"), "eq", text("paid")), In(left=own("status"), values=(text("shipped"),))),
        ),
    )
    order = EntitySpec(
        name="Order", plural="orders", title="customer",
        fields=[
            FieldSpec(name="customer", type="string"),
            FieldSpec(name="status", type="enum", choices=["draft", "paid", "shipped"], default="draft"),
            FieldSpec(name="total", type="decimal", computed=lines),
        ],
        rules=[
            RuleSpec(
                id="status_moves_on", family="transition", on=["update"], field="status", require=allowed,
                message="a draft is paid, then shipped",
            ),
            RuleSpec(
                id="shipped_stays", family="locked", on=["delete"],
                require=compare(own("status"), "ne", text("shipped")), message="a shipped order stays",
            ),
        ],
    )  # fmt: skip
    line = EntitySpec(
        name="OrderLine", plural="order_lines", title="product",
        fields=[
            FieldSpec(name="quantity", type="integer", min="1", max="100"),
            FieldSpec(name="unit_price", type="decimal", computed=own("product.price"), computed_on="create"),
        ],
        relations=[
            RelationSpec(name="order", target="Order"),
            RelationSpec(name="product", target="Product", on_delete="protect"),
        ],
    )  # fmt: skip
    total = Scenario(
        id="total_of_the_lines",
        title="total",
        steps=(
            Create(entity="Order", save="order"),
            Create(entity="Product", values={"price": "0.10"}, save="pen"),
            Create(entity="Product", values={"price": "0.20"}, save="ink"),
            Create(
                entity="OrderLine",
                values={"order": Value(ref="order"), "product": Value(ref="pen"), "quantity": 3},
            ),
            Create(
                entity="OrderLine",
                values={"order": Value(ref="order"), "product": Value(ref="ink"), "quantity": 1},
            ),
            Read(entity="Order", ref="order", see={"total": "0.50"}),
            Update(entity="Order", ref="order", values={"status": "shipped"}, expect="refused", field="status"),
            Update(entity="Order", ref="order", values={"status": "paid"}),
            Update(entity="Order", ref="order", values={"status": "shipped"}),
        ),
    )
    return Spec(
        name="orders", title="Orders", idea="An API for orders", project_type="rest_api",
        entities=[product, order, line], requirements=[asked("The total is the sum of the lines", total)],
    )  # fmt: skip


def tickets() -> Spec:
    project = EntitySpec(
        name="Project", plural="projects", title="name", fields=[FieldSpec(name="name", type="string")]
    )
    spent = Aggregate(
        op="sum", entity="Ticket", value=item("hours"), where=compare(item("project"), "eq", own("project"))
    )
    ticket = EntitySpec(
        name="Ticket", plural="tickets", title="title", owned=True, visibility="owner", write="owner",
        fields=[
            FieldSpec(name="title", type="string"),
            FieldSpec(name="hours", type="decimal", min="0"),
            FieldSpec(name="opened_at", type="datetime", computed=Now(), computed_on="create"),
            FieldSpec(name="closed_at", type="datetime", required=False),
            FieldSpec(name="class", type="string", required=False),
        ],
        relations=[
            RelationSpec(name="project", target="Project", required=False, on_delete="set_null"),
            RelationSpec(name="reviewer", target="User", required=False, on_delete="set_null"),
            RelationSpec(name="parent", target="Ticket", required=False),
        ],
        rules=[
            RuleSpec(
                id="closed_after_opened", family="order", on=["create", "update"], field="closed_at",
                require=compare(own("closed_at"), "ge", own("opened_at")), message="a ticket closes after it opens",
            ),
            RuleSpec(
                id="budget", family="custom", on=["create", "update"], field="hours",
                require=compare(spent, "le", money("40")), message="a project has forty hours",
            ),
            RuleSpec(
                id="not_own_reviewer", family="custom", on=["create", "update"], field="reviewer",
                require=compare(own("reviewer"), "ne", Ref(path="id", of="actor")),
                message="nobody reviews their own ticket",
            ),
        ],
    )  # fmt: skip
    hours = Scenario(
        id="forty_hours_at_most",
        title="budget",
        steps=(
            SignUp(),
            LogIn(),
            Create(entity="Project", save="project"),
            Create(entity="Ticket", values={"project": Value(ref="project"), "hours": "39.90"}),
            Create(
                entity="Ticket", values={"project": Value(ref="project"), "hours": "0.20"},
                expect="refused", field="hours",
            ),
            Create(entity="Ticket", values={"project": Value(ref="project"), "hours": "0.10"}, save="last"),
            Update(
                entity="Ticket", ref="last", values={"closed_at": Value(now_plus_s=-60)},
                expect="refused", field="closed_at",
            ),
        ),
    )  # fmt: skip
    return Spec(
        name="tickets", title="Tickets", idea="An API for tickets", project_type="rest_api",
        entities=[project, ticket], features=[Feature(name="auth"), Feature(name="roles")],
        requirements=[asked("A project has forty hours", hours)],
    )  # fmt: skip


SPECS = {"todo": todo, "library": library, "booking": booking, "blog": blog, "orders": orders, "tickets": tickets}
