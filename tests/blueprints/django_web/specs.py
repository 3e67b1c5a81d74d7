"""Specs of web applications: one for each kind of thing that a site must do."""

from __future__ import annotations

from autodev.spec.expr import Aggregate, Compare, Lit, Ref
from autodev.spec.rules import analyse
from autodev.spec.scenario import Create, Delete, ListRecords, LogIn, Read, Scenario, SignUp, Update, Value
from autodev.spec.schema import EntitySpec, Feature, FieldSpec, RelationSpec, RuleSpec, Spec
from tests.blueprints import fastapi_specs
from tests.blueprints.fastapi_specs.words import asked

BOOKING = (
    "Meeting room booking with Django: employees book rooms for a time slot, no two bookings of a room may overlap, "
    "and a booking can be cancelled until one hour before it starts"
)


def booking() -> Spec:
    return analyse(BOOKING)


def library() -> Spec:
    """Loans with limits, stock and fines, on PostgreSQL, without accounts."""
    return web(fastapi_specs.library())


def blog() -> Spec:
    """Public reading, tags to many, reviews once per person."""
    return web(fastapi_specs.blog())


def orders() -> Spec:
    """Orders with lines and totals, and a field named by a keyword of Python."""
    return web(fastapi_specs.orders())


def tickets() -> Spec:
    """Private records, relations to people and to the same kind, values from before a change."""
    return web(fastapi_specs.tickets())


def profiles() -> Spec:
    """Every field type, one-to-one, two relations to one entity, a name that Django has taken, export and filters."""
    person = EntitySpec(
        name="Person", plural="people", title="name", description="somebody we know",
        fields=[FieldSpec(name="name", type="string"), FieldSpec(name="check", type="integer", min="1", max="9")],
    )  # fmt: skip
    adult = Compare(op="ge", left=Ref(path="person.check"), right=Lit(value=2, type="integer"))
    count = Aggregate(
        op="count", entity="Profile", where=Compare(op="eq", left=Ref(path="friend", of="item"), right=Ref(path="id"))
    )
    person.fields.append(FieldSpec(name="friend_count", type="integer", computed=count))
    profile = EntitySpec(
        name="Profile", plural="profiles", title="person", owned=True, visibility="owner", write="owner",
        fields=[
            FieldSpec(name="bio", type="text", required=False),
            FieldSpec(name="site", type="url", required=False),
            FieldSpec(name="email", type="email", unique=True),
            FieldSpec(name="born_on", type="date", required=False),
            FieldSpec(name="seen_at", type="datetime", required=False),
            FieldSpec(name="height", type="decimal", required=False, min="0.5", max="2.75"),
            FieldSpec(name="active", type="boolean", default=True),
            FieldSpec(name="mood", type="enum", choices=["very good", "so-so", "class"], default="so-so"),
        ],
        relations=[
            RelationSpec(name="person", target="Person", kind="one_to_one"),
            RelationSpec(name="friend", target="Person", required=False, on_delete="set_null"),
        ],
        rules=[RuleSpec(id="old_enough", family="custom", on=["create"], require=adult, message="too young")],
    )  # fmt: skip
    found = {"mood": "class", "active": "False"}
    story = Scenario(
        id="profiles_are_private",
        title="Profiles are private, and narrowed by what they hold",
        steps=(
            SignUp(),
            LogIn(),
            SignUp(actor="bob"),
            LogIn(actor="bob"),
            Create(entity="Person", values={"check": 9}, save="person"),
            Create(entity="Person", values={"check": 9}, save="friend"),
            Create(
                entity="Profile", save="profile",
                values={"person": Value(ref="person"), "friend": Value(ref="friend"), "mood": "class", "active": False},
            ),
            Read(entity="Profile", ref="profile", see={"active": False, "mood": "class", "born_on": None}),
            Read(entity="Person", ref="friend", see={"friend_count": 1, "check": 9}),
            Create(entity="Profile", values={"person": Value(ref="person")}, expect="refused", field="person"),
            ListRecords(entity="Profile", query=found, contains=("profile",), count=1),
            ListRecords(entity="Profile", query={"active": "True"}, lacks=("profile",), count=0),
            Read(entity="Profile", ref="profile", actor="bob", expect="not_found"),
            Update(entity="Profile", ref="profile", values={"born_on": Value(today_plus_days=-9000)}),
            Read(entity="Profile", ref="profile", see={"born_on": Value(today_plus_days=-9000)}),
            Delete(entity="Profile", ref="profile"),
        ),
    )  # fmt: skip
    return Spec(
        name="profiles", title="Profiles", idea="A site for profiles", project_type="web_app",
        entities=[person, profile], requirements=[asked("Profiles are private", story)],
        features=[Feature(name="auth"), Feature(name="export"), Feature(name="filter", entity="Profile")],
    )  # fmt: skip


def notes() -> Spec:
    """Public records that belong to private ones and to people."""
    notebook = EntitySpec(
        name="Notebook", plural="notebooks", title="name", owned=True, visibility="owner", write="owner",
        fields=[FieldSpec(name="name", type="string")],
    )  # fmt: skip
    note = EntitySpec(
        name="Note", plural="notes", title="words", owned=True, visibility="public", write="owner",
        fields=[FieldSpec(name="words", type="string")],
        relations=[
            RelationSpec(name="notebook", target="Notebook", required=False),
            RelationSpec(name="reader", target="User", required=False, on_delete="set_null"),
        ],
    )  # fmt: skip
    return Spec(
        name="notes", title="Notes", idea="A site for notes", project_type="web_app", entities=[notebook, note],
        features=[Feature(name="auth"), Feature(name="export")],
    )  # fmt: skip


def web(spec: Spec) -> Spec:
    return spec.model_copy(update={"project_type": "web_app"})


SPECS = {
    "booking": booking, "library": library, "blog": blog, "orders": orders, "tickets": tickets, "profiles": profiles,
    "notes": notes,
}  # fmt: skip
