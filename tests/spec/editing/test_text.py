"""A Spec as YAML and back: nothing is lost, words stay words, mistakes have their line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autodev.spec.editing.check import SpecRefused, spec_from, spec_from_text
from autodev.spec.editing.text import TEXT_MAX, NotReadable, read, to_text
from autodev.spec.rules import Refused, analyse

pytestmark = pytest.mark.feature("F1.3")
IDEAS = Path(__file__).parents[1] / "golden" / "ideas.jsonl"


@pytest.mark.parametrize("line", IDEAS.read_text().splitlines(), ids=lambda line: json.loads(line)["id"])
def test_every_spec_comes_back_as_it_was(line: str) -> None:
    try:
        spec = analyse(json.loads(line)["idea"])
    except Refused:
        return  # there is no Spec of what is refused
    text = to_text(spec)
    assert len(text) < 0.85 * len(spec.model_dump_json())  # defaults are left out
    assert spec_from_text(text) == spec
    assert spec_from_text(spec.model_dump_json(indent=1)) == spec


def test_words_of_yaml_1_1_are_words() -> None:
    data = read("a: on\nb: yes\nc: 2026-01-02\nd: '7'\ne: 7\nf: true\ng: ~\nh: 1.5\ni: 07\nj: 1:30\n").data
    assert data == {
        "a": "on", "b": "yes", "c": "2026-01-02", "d": "7", "e": 7, "f": True, "g": None, "h": 1.5, "i": "07",
        "j": "1:30",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "empty"),
        ("a: [1\nb: 2\n", 2, "expected"),
        ("a: &x [1]\nb: *x\n", 2, "aliases are not taken"),
        ("a: 1\nb:\n  c: 1\n  c: 2\n", 4, "second time"),
        ("a: !!python/object:os.system x\n", 1, "could not determine a constructor"),
        ("a: \x07\n", 1, "special characters"),
        ("[" * 3000, 1, "too deep"),
        ("a: !!binary aGk=\n", 1, "JSON does not know"),
        ("x" * (TEXT_MAX + 1), 1, "characters"),
    ],
)
def test_what_is_no_document_is_told_by_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read(text)
    assert refused.value.line == line
    assert said.lower() in refused.value.message.lower()
    with pytest.raises(SpecRefused) as whole:
        spec_from_text(text)
    assert (whole.value.problems[0].where, whole.value.problems[0].line) == ("document", line)


TODO = """\
name: todo
title: Todo
idea: A todo list
project_type: rest_api
entities:
- name: Todo
  plural: todos
  fields:
  - name: title
    type: string
  - name: state
    type: enum
    choices: [open, done]
  relations:
  - name: parent
    target: Todo
    required: false
  rules:
  - id: short
    family: custom
    on: [create]
    require:
      op: or
      items:
      - op: is_null
        of: {op: ref, path: parent}
      - op: eq
        left: {op: ref, path: parent.state}
        right: {op: lit, value: open, type: string}
    message: The parent must be open.
  actions:
  - name: finish
    label: Finish
    sets:
      state: {op: lit, value: done, type: string}
  title: title
requirements:
- id: todos
  sentence: A todo list
  text: Todos are kept.
  scenarios:
  - id: kept
    title: A todo is kept
    steps:
    - do: create
      entity: Todo
      save: one
    - do: read
      entity: Todo
      ref: one
"""


def test_the_example_is_a_spec() -> None:
    assert spec_from_text(TODO).entity("Todo").rules[0].on == ["create"]


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ("type: string\n  - name: s", "type: text\n    wide: 1\n  - name: s", "entities.0.fields.0.wide", "not known"),
        ("  plural: todos\n", "", "entities.0.plural", "missing"),
        ("- name: Todo\n", "- name: todo\n", "entities.0.name", "pattern"),
        ("choices: [open, done]", "choices: []", "entities.0.fields.1.choices", "no choices"),
        ("  - name: state", "  - name: title", "entities.0.fields", "2 times"),
        ("path: parent}", "path: parents}", "entities.0.rules.0.require", "'parents'"),
        ("path: parent.state", "path: parent.stat", "entities.0.rules.0.require", "'parent.stat'"),
        ("path: parent.state", "path: title.state", "entities.0.rules.0.require", "'title.state'"),
        ("{op: ref, path: parent.state}", "{op: ref, of: item, path: x}", "entities.0.rules.0.require", "of an item"),
        ("on: [create]", "on: [create, 'action:close']", "entities.0.rules.0.on.1", "action:close"),
        ("      op: or\n", "      op: nor\n", "entities.0.rules.0.require", "nor"),
        ("    message: The", "    field: due\n    message: The", "entities.0.rules.0.field", "'due'"),
        ("    message: The", "    requirement: none\n    message: The", "entities.0.rules.0.requirement", "'none'"),
        ("      state: {op", "      stat: {op", "entities.0.actions.0.sets.stat", "'stat'"),
        ("  title: title\nreq", "  title: titel\nreq", "entities.0.title", "'titel'"),
        ("target: Todo", "target: Todos", "document", "no entity Todos"),
        ("requirements:", "features: [{name: search, entity: Tod}]\nrequirements:", "features.0.entity", "'Tod'"),
        ("actions:", "actions:", "features.0.fields", "'x'"),
        ("      ref: one\n", "      ref: two\n", "requirements.0.scenarios", "no earlier step saved two"),
        ("- do: read", "- do: reed", "requirements.0.scenarios.0.steps.1", "reed"),
    ],
)  # fmt: skip
def test_each_mistake_has_its_place_and_its_line(old: str, new: str, where: str, said: str) -> None:
    assert old in TODO
    text = TODO.replace(old, new, 1)
    if where == "features.0.fields":
        text += "features: [{name: search, entity: Todo, fields: [x]}]\n"
    with pytest.raises(SpecRefused) as refused:
        spec_from_text(text)
    problem = next(p for p in refused.value.problems if p.where == where)
    assert said in problem.message
    assert problem.line is not None
    key = where.rpartition(".")[2]
    line = text.splitlines()[problem.line - 1]
    assert key.isdigit() or where in {"document", "entities.0.plural"} or key in line


def test_what_is_no_mapping_is_told() -> None:
    for text in ("- a\n", "word\n"):
        with pytest.raises(SpecRefused, match="mapping"):
            spec_from_text(text)
    deep: dict[str, object] = {}
    for _ in range(50_000):
        deep = {"of": deep, "op": "not"}
    with pytest.raises(SpecRefused):
        spec_from({**spec_from_text(TODO).model_dump(), "preferences": {"x": 1}, "entities": [deep]})


def test_the_dialect_of_the_blueprint_decides_what_compiles() -> None:
    with pytest.raises(SpecRefused, match="has no step create"):
        spec_from_text(TODO, dialect="cli")
    assert spec_from_text(TODO.replace("rest_api", "unknown")).project_type == "unknown"
