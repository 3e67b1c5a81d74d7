"""Pages show a related record by its title, also where that title is itself a relation."""

from __future__ import annotations

from autodev.spec.checks import HttpCheck, HttpStep
from autodev.spec.dialects.compiler import compile_scenario
from autodev.spec.scenario import Create, LogIn, Read, Scenario, ScenarioStep, SignUp, Update, Value
from autodev.spec.schema import EntitySpec, Feature, FieldSpec, RelationSpec, Spec

ROOM = EntitySpec(name="Room", plural="rooms", title="name", fields=[FieldSpec(name="name", type="string")])
LEASE = EntitySpec(
    name="Lease", plural="leases", title="room", fields=[FieldSpec(name="rent", type="integer")],
    relations=[RelationSpec(name="room", target="Room")],
)  # fmt: skip
KEY = EntitySpec(
    name="Key", plural="keys", title="holder", fields=[FieldSpec(name="number", type="integer")],
    relations=[RelationSpec(name="lease", target="Lease"), RelationSpec(name="holder", target="User")],
)  # fmt: skip
LOSS = EntitySpec(
    name="Loss", plural="losses", title="note", fields=[FieldSpec(name="note", type="string")],
    relations=[RelationSpec(name="key", target="Key")],
)  # fmt: skip
SPEC = Spec(
    name="keys", title="Keys", idea="A site for keys", project_type="web_app", entities=[ROOM, LEASE, KEY, LOSS],
    features=[Feature(name="auth")],
)  # fmt: skip
MADE: tuple[ScenarioStep, ...] = (
    SignUp(),
    LogIn(),
    Create(entity="Room", values={"name": "Attic"}, save="room"),
    Create(entity="Lease", values={"room": Value(ref="room")}, save="lease"),
    Create(entity="Key", values={"lease": Value(ref="lease"), "holder": Value(ref="alice")}, save="key"),
    Create(entity="Loss", values={"key": Value(ref="key")}, save="loss"),
)


def shown(*steps: ScenarioStep) -> list[tuple[str, object]]:
    """(field, value) that the last page must show."""
    check = compile_scenario(SPEC, Scenario(id="case", title="a case", steps=(*MADE, *steps)), dialect="html_forms")
    assert isinstance(check, HttpCheck)
    last = check.steps[-1]
    assert isinstance(last, HttpStep)
    return [(expect.field, expect.value) for expect in last.html_expect]


def test_a_title_that_is_a_relation_is_the_other_record_s() -> None:
    see = {"lease": Value(ref="lease")}
    assert shown(Read(entity="Key", ref="key", see=see)) == [("lease", "Attic")]


def test_a_person_is_shown_by_the_address_and_so_is_what_is_named_after_one() -> None:
    assert shown(Read(entity="Key", ref="key", see={"holder": Value(ref="alice")})) == [("holder", "alice@example.com")]
    assert shown(Read(entity="Loss", ref="loss", see={"key": Value(ref="key")})) == [("key", "alice@example.com")]


def test_a_changed_title_is_the_new_one() -> None:
    renamed = Update(entity="Room", ref="room", values={"name": "Cellar"})
    assert shown(renamed, Read(entity="Key", ref="key", see={"lease": Value(ref="lease")})) == [("lease", "Cellar")]
