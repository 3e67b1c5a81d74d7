"""What is written, ordered and asked for: a blog, a shop, a help desk."""

from __future__ import annotations

from autodev.spec.expr import Aggregate, Arith, In, Logic, Not, Now, Ref
from autodev.spec.scenario import Create, LogIn, Read, Scenario, SignUp, Update, Value
from autodev.spec.schema import (
    EntitySpec,
    Feature,
    FieldSpec,
    RelationSpec,
    RuleSpec,
    Spec,
)
from tests.blueprints.fastapi_specs.words import asked, both, compare, item, money, old, own, text


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
