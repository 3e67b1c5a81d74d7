"""Scenarios become checks: golden outputs for both HTTP dialects, and clear errors for what cannot be compiled."""

from __future__ import annotations

import json

import pytest

from autodev.spec.checks import CliCheck, CliRun, ClockStep, HttpCheck, HttpStep, digest
from autodev.spec.dialects.compiler import compile_requirement, compile_scenario
from autodev.spec.dialects.steps import ScenarioError
from autodev.spec.scenario import (
    Act,
    Advance,
    Create,
    ListRecords,
    LogIn,
    Read,
    RunCommand,
    Scenario,
    ScenarioStep,
    SignUp,
    Update,
    Value,
)
from autodev.spec.schema import EntitySpec, FieldSpec, RelationSpec, Requirement, Spec
from tests.spec.dialects.golden import compiled, path_of
from tests.spec.dialects.specs import BOOKING, CASES, LIBRARY, TODO, TODO_SCENARIOS


def scenario(*steps: ScenarioStep) -> Scenario:
    return Scenario(id="case", title="a case", steps=steps)


def http_steps(spec: Spec, *steps: ScenarioStep, dialect: str = "rest_json") -> list[HttpStep]:
    check = compile_scenario(spec, scenario(*steps), dialect=dialect)
    assert isinstance(check, HttpCheck)
    return [step for step in check.steps if isinstance(step, HttpStep)]


@pytest.mark.parametrize(("name", "told", "dialect"), CASES, ids=lambda v: getattr(v, "id", v))
def test_compiled_scenario_equals_its_golden_file(name: str, told: Scenario, dialect: str) -> None:
    assert compiled(name, told, dialect) == path_of(name, told, dialect).read_text()


def test_compiling_twice_gives_one_digest() -> None:
    first, second = (compile_scenario(TODO, TODO_SCENARIOS[1], dialect="rest_json") for _ in range(2))
    assert digest(first) == digest(second)


def test_digest_survives_storage_that_orders_keys_its_own_way() -> None:
    check = compile_scenario(TODO, TODO_SCENARIOS[1], dialect="html_forms")

    def reversed_keys(value: object) -> object:
        if isinstance(value, dict):
            return {key: reversed_keys(value[key]) for key in reversed(value)}
        return [reversed_keys(item) for item in value] if isinstance(value, list) else value

    stored = HttpCheck.model_validate(reversed_keys(json.loads(check.model_dump_json())))
    assert stored.model_dump_json() != check.model_dump_json()
    assert digest(stored) == digest(check)


def test_required_record_is_made_by_who_may_make_it() -> None:
    steps = http_steps(LIBRARY, Create(entity="Loan", save="loan"))
    made = [(step.session, step.path) for step in steps if not step.path.startswith("/auth")]
    assert made == [("admin", "/books"), ("alice", "/book-loans")]
    assert steps[-1].json_body == {"book_id": "{_book_1}"}


def test_sample_moments_obey_the_order_rule_whatever_the_declaration() -> None:
    body = http_steps(BOOKING, Create(entity="Booking"))[-1].json_body
    assert body["starts_at"] == "{now+172800}"
    assert body["ends_at"] == "{now+176400}"


def test_sessions_sign_in_again_after_the_clock_moved() -> None:
    steps = http_steps(TODO, Create(entity="Todo", save="t"), Advance(seconds=9), Read(entity="Todo", ref="t"))
    assert [step.path for step in steps].count("/auth/login") == 2
    check = compile_scenario(TODO, scenario(Advance(seconds=9)), dialect="rest_json")
    assert isinstance(check, HttpCheck)
    assert check.steps == (ClockStep(advance_s=9),)


def test_a_false_box_is_not_sent_by_a_form() -> None:
    step = http_steps(BOOKING, Create(entity="Room", values={"active": False}), dialect="html_forms")[-1]
    assert step.form_without == ("active",)
    assert "active" not in (step.form or {})


def test_product_without_accounts_is_used_without_signing_in() -> None:
    notes = EntitySpec(name="Note", plural="notes", title="text", fields=[FieldSpec(name="text", type="text")])
    spec = Spec(name="notes", title="Notes", idea="notes", project_type="rest_api", entities=[notes])
    assert [step.path for step in http_steps(spec, Create(entity="Note"))] == ["/notes"]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ((Create(entity="Ghost"),), "no entity Ghost"),
        ((Create(entity="Todo", values={"colour": "red"}),), "no field or relation colour"),
        ((Create(entity="Todo", omit=("colour",)),), "no field or relation colour"),
        ((Create(entity="Todo", expect="refused", field="colour"),), "no field or relation colour"),
        ((Read(entity="Todo", ref="nothing"),), "no earlier step saved nothing"),
        ((Create(entity="Todo", expect="refused", save="t"), Read(entity="Todo", ref="t")), "no earlier step saved t"),
        ((Create(entity="Todo", save="t"), Act(entity="Todo", ref="t", action="fly")), "no action fly"),
        ((Create(entity="Todo", save="t"), Update(entity="Todo", ref="t", values={"x": 1})), "no field or relation x"),
        ((ListRecords(entity="Todo", query={"colour": "red"}),), "no field or relation colour"),
        ((ListRecords(entity="Todo", contains=("t",)),), "no earlier step saved t"),
        ((SignUp(), SignUp()), "cannot sign up twice"),
        ((SignUp(actor="anonymous"),), "anonymous has no account"),
        ((SignUp(actor="carol", admin=True), SignUp(actor="dave", admin=True)), "more than one administrator"),
        ((LogIn(wrong_password=True),), "cannot be ok"),
        ((RunCommand(args=("x",)),), "answers over HTTP"),
        ((), "no steps"),
    ],
)
def test_scenario_that_does_not_fit_the_spec_is_refused(steps: tuple[ScenarioStep, ...], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        compile_scenario(TODO, scenario(*steps), dialect="rest_json")


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ((Create(entity="Book"),), "alice may not create a Book"),
        ((Create(entity="Loan", values={"book": "Dune"}),), "Loan.book needs a saved record"),
        (
            (Create(entity="Loan", save="l"), Create(entity="Loan", values={"book": Value(ref="l")})),
            "l is a Loan, not a Book",
        ),
        ((ListRecords(entity="Loan", query={"book": {"ref": "dune"}}),), "no earlier step saved dune"),
    ],
)
def test_relations_and_roles_are_checked(steps: tuple[ScenarioStep, ...], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        compile_scenario(LIBRARY, scenario(*steps), dialect="html_forms")


def test_accounts_in_a_product_without_any_are_refused() -> None:
    spec = Spec(name="page", title="Page", idea="a page", project_type="web_app")
    with pytest.raises(ScenarioError, match="no accounts"):
        compile_scenario(spec, scenario(SignUp()), dialect="html_forms")


def test_required_relations_in_a_circle_are_refused() -> None:
    entities = [
        EntitySpec(
            name=name,
            plural=f"{name.lower()}s",
            title="name",
            fields=[FieldSpec(name="name", type="string")],
            relations=[RelationSpec(name=other.lower(), target=other)],
        )
        for name, other in (("Hen", "Egg"), ("Egg", "Hen"))
    ]
    spec = Spec(name="farm", title="Farm", idea="a farm", project_type="rest_api", entities=entities)
    with pytest.raises(ScenarioError, match="none of them can be the first"):
        compile_scenario(spec, scenario(Create(entity="Hen")), dialect="rest_json")


def test_cli_scenario_becomes_runs() -> None:
    told = Scenario(
        id="missing",
        title="missing file",
        files={"a.csv": "x\n1\n"},
        steps=(RunCommand(args=("b.csv",), exit_code=1, stderr_contains=("b.csv",)),),
    )
    check = compile_scenario(TODO, told, dialect="cli")
    assert check == CliCheck(
        id="missing",
        title="missing file",
        files={"a.csv": "x\n1\n"},
        runs=(CliRun(args=("b.csv",), exit_code=1, stderr_contains=("b.csv",)),),
    )


@pytest.mark.parametrize(
    ("steps", "dialect", "message"),
    [((SignUp(),), "cli", "no step sign_up"), ((), "cli", "no steps"), ((SignUp(),), "soap", "no dialect soap")],
)
def test_dialect_that_does_not_fit_is_refused(steps: tuple[ScenarioStep, ...], dialect: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        compile_scenario(TODO, scenario(*steps), dialect=dialect)


def test_requirement_gives_its_scenarios_and_its_own_checks_under_its_name() -> None:
    own = CliCheck(id="own", title="own", runs=(CliRun(args=()),))
    requirement = Requirement(id="r1", sentence="s", text="t", scenarios=TODO_SCENARIOS[:1], checks=[own])
    assert [check.id for check in compile_requirement(TODO, requirement, "rest_json")] == ["r1.accounts", "r1.own"]


def test_two_checks_of_one_id_are_refused() -> None:
    own = CliCheck(id="accounts", title="own", runs=(CliRun(args=()),))
    requirement = Requirement(id="r1", sentence="s", text="t", scenarios=TODO_SCENARIOS[:1], checks=[own])
    with pytest.raises(ScenarioError, match="two checks"):
        compile_requirement(TODO, requirement, "rest_json")
