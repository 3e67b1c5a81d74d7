"""Every version of every prompt: its schema is that of its form, its examples are right answers, its pin holds."""

from __future__ import annotations

import json
import logging

import pytest

from autodev.contracts.job import JobKind
from providers import prompts
from providers.config.problems import ConfigInvalid
from providers.config.schema import checked
from providers.prompts.forms import form_named, form_of, schema_of
from providers.prompts.prompt import Prompt, examples_in

pytestmark = pytest.mark.feature("F2.1")
ALL = [prompts.version(name, number) for name in prompts.names() for number in prompts.versions(name)]
EACH = pytest.mark.parametrize("prompt", ALL, ids=lambda prompt: prompt.id)


class Everything(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def test_there_is_one_for_every_kind_of_job() -> None:
    assert {prompt.kind for prompt in ALL} == set(JobKind)


@EACH
def test_its_schema_is_that_of_the_form(prompt: Prompt) -> None:
    assert prompt.schema == schema_of(form_of(prompt)), "run python -m providers.prompts"


@EACH
def test_its_examples_are_right_answers(prompt: Prompt) -> None:
    for example in prompt.examples:
        form_of(prompt).model_validate_json(json.dumps(example.answer))


@EACH
def test_it_says_what_it_is(prompt: Prompt) -> None:
    assert prompt.note
    assert prompt.text.count("$schema") <= 1
    assert "data" in prompt.text or "Tools" in prompt.text  # what it quotes is no instruction


def test_the_newest_holds_unless_another_is_pinned(caplog: pytest.LogCaptureFixture) -> None:
    assert prompts.get("analyse").id == f"analyse@{prompts.newest('analyse')}"
    assert prompts.get("analyse", {"prompts": {"analyse": 1}}).version == 1
    with caplog.at_level(logging.WARNING):
        assert prompts.get("analyse", {"prompts": {"analyse": 999}}).version == prompts.newest("analyse")
    assert "prompt.pin_unknown" in caplog.text


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(prompts.UnknownPrompt, match="no prompt 'poem'"):
        prompts.get("poem")
    with pytest.raises(prompts.UnknownPrompt, match="no version 999"):
        prompts.version("repair", 999)
    with pytest.raises(TypeError, match="no pydantic model"):
        form_named("json:loads")


def test_it_is_filled_in_and_tells_what_it_lacks() -> None:
    prompt = prompts.version("repair", 1)
    with pytest.raises(KeyError):
        prompt.render(title="Shop")
    text = prompt.render(title="Shop", blueprint="b", files="app.py", unknown="left out")
    assert "The project: Shop" in text
    assert "left out" not in text
    assert '"$defs"' in prompts.get("analyse").render()


def test_examples_stand_in_the_text() -> None:
    (example,) = examples_in('- {asked: "Why?", answer: {text: Because.}}')
    assert example.text() == 'Asked:\nWhy?\nA right answer:\n{"text": "Because."}'
    assert "A right answer:" in prompts.get("select").render()


def test_a_pin_in_models_yaml_names_a_version_that_is_there() -> None:
    assert checked({"settings": {"prompts": {"repair": 1}}}).settings.prompts == {"repair": 1}
    with pytest.raises(ConfigInvalid, match=r"settings\.prompts\.repair: there is no version 99 of it; there are 1"):
        checked({"settings": {"prompts": {"repair": 99}}})
    with pytest.raises(ConfigInvalid, match="did you mean 'repair'"):
        checked({"settings": {"prompts": {"repairs": 1}}})
    with pytest.raises(ConfigInvalid):
        checked({"settings": {"prompts": {"repair": 0}}})
