"""What is wrong is said with its line, its key, and never with the value."""

from __future__ import annotations

import json

import pytest

from autodev.accounts.models import Workspace
from providers.config import reading, store
from providers.config.problems import ConfigInvalid
from providers.config.transfer import import_config, parse
from providers.models import ConfigRevision

WRONG = """\
version: 1
providers:
  claude:
    kind: litellm
    model: anthropic/claude-sonnet-5-5
    keys: [env:ANTHROPIC_API_KEY, sk-ant-api03-0123456789abcdef]
    helth_weight: 2
    deadlines:
      first_token_s: soon
  gpt:
    model: openai/gpt-6.1-sol
    params:
      extra:
        - api_key: abc
chains:
  default:
    providers:
      - claude
      - gtp
rules:
  - name: big
    when: {min_input_tokens: 100000}
    then: {}
settings:
  fallback_system:
    error_rate_threshold: 30
"""

A_KEY = "this looks like a key itself; store it as a credential and write its name, or env:NAME"
HOLDS_KEY = "would hold a key; store it as a credential and name it under `keys`"


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as refused:
        parse(text)
    assert "0123456789abcdef" not in refused.value.message
    return refused.value.message.splitlines()


def test_every_problem_has_its_line_and_its_key() -> None:
    assert problems(WRONG) == [
        f"models.yaml:6:35: providers.claude.keys[1]: {A_KEY}",
        "models.yaml:7:5: providers.claude.helth_weight: there is no such key; did you mean 'health_weight'?",
        "models.yaml:9:7: providers.claude.deadlines.first_token_s: must be a number",
        "models.yaml:10:3: providers.gpt.kind: is missing",
        f"models.yaml:12:5: providers.gpt.params: 'api_key' {HOLDS_KEY}",
        "models.yaml:23:5: rules[0].then: write prefer, only, avoid, task_class or region",
        "models.yaml:26:5: settings.fallback_system.error_rate_threshold: must be at most 1",
    ]


def test_names_that_name_nothing_are_found_once_the_form_is_right() -> None:
    text = """\
providers:
  claude: {kind: litellm, role: primary, model: a/b}
  gpt: {kind: litellm, role: primary, model: a/c}
chains:
  default: {providers: [claude, gtp]}
rules:
  - {name: a, then: {avoid: [nobody-like-this]}}
  - {name: a, then: {only: gpt}}
"""
    assert problems(text) == [
        "models.yaml:3:24: providers.gpt.role: 'claude' has the role 'primary' already",
        "models.yaml:5:33: chains.default.providers[1]: there is no provider 'gtp'; did you mean 'gpt'?",
        "models.yaml:7:30: rules[0].then.avoid[0]: there is no provider 'nobody-like-this'",
        "models.yaml:8:6: rules[1].name: there is another rule 'a'",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("providers: [", "models.yaml:1:13: expected the node content, but found '<stream end>'"),
        ("a: 1\n  b: 2", "models.yaml:2:4: mapping values are not allowed here"),
        ("version: 1\nversion: 1", "models.yaml:2:1: version: stands twice"),
        ("version: 2026-11-21", "models.yaml:1:10: version: dates and other types are not supported; put it in quotes"),
        ("? [a]\n: 1", "models.yaml:1:3: a key must be a word"),
        ("a: &a {b: 1}\nc: {<<: *a}", "models.yaml:2:5: c: merge keys (<<) are not supported; write the keys out"),
        ("a: 1\n---\nb: 2", "models.yaml:2:1: but found another document"),
        ("a: !!python/object:os.system 1", "models.yaml:1:4: could not determine a constructor for"),
        ("just words", "models.yaml:1:1: must be a mapping of keys to values"),
        ("version: 2", "models.yaml:1:1: version: must be 1"),
        ("a: 1\nb: \x01", "models.yaml:2:4: a character that no text has: special characters are not allowed"),
        ('a: "\\0"', "models.yaml:1:1: a: has a character that cannot be stored"),
        ('a: ["\\ud83d"]', "models.yaml:1:5: a[0]: has a character that cannot be stored"),
        ("a: {b: 1e22}", "models.yaml:1:5: a.b: is too large a number to be kept exactly"),
        ("a: {b: .nan}", "models.yaml:1:5: a.b: must be a finite number"),
        ("chains: {Default: {providers: [a]}}", "models.yaml:1:10: chains.Default: has another form than a name here"),
        ("chains: {default: {providers: []}}", "models.yaml:1:20: chains.default.providers: needs at least 1"),
        ("chains: {default: {providers: [a, a]}}", "models.yaml:1:20: chains.default.providers: stands twice: a"),
        ("providers: {a: {kind: x, price: {input_usd: .nan, output_usd: 1}}}",
         "models.yaml:1:34: providers.a.price.input_usd: must be a finite number"),
        ("fallback_system: {strategy: clever}", "models.yaml:1:19: fallback_system.strategy: must be one of"),
        ("frameworks: {one: {name: a, priority: 1}, two: {name: a, priority: 2}}",
         "models.yaml:1:20: frameworks.one.name: 'a' has several roles"),
        ("task_routing: {simple_tasks: nobody}",
         "models.yaml:1:16: task_routing.simple_tasks: there is no framework 'nobody'"),
        ("task_routing: {default: claude}", "models.yaml:1:16: task_routing.default: the default is what"),
    ],
)  # fmt: skip
def test_what_a_text_can_do_wrong(text: str, said: str) -> None:
    assert problems(text)[0].startswith(said)


def test_a_text_cannot_become_large() -> None:
    assert problems("a: " + "x" * reading.MOST_CHARACTERS) == ["models.yaml: more than 300000 characters"]
    bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert problems(bomb)[0].endswith("the document is too large")
    assert problems("[" * 5000) == problems("a: " + "[" * 51) == ["models.yaml:1:1: this is nested too deeply"]


@pytest.mark.feature("F2.13")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [" + 140_000 * "1," + "]", "1:40001: the document is too large"),
        ("a:\n" + 70_000 * "- b\n", "20000:1: the document is too large"),
        ("a: " + 140_000 * "1:" + "1", "1:4: a: is too large a number to be kept exactly"),
        ("a: " + 101 * "9", "1:4: a: is too large a number to be kept exactly"),
        (400_000 * " ", "more than 300000 characters"),
    ],
)
def test_what_is_too_large_is_left_before_it_is_read(text: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every member may have a text looked at; a megabyte of small parts held a thread for half a minute."""
    loaders: list[reading.Loader] = []

    class Watched(reading.Loader):
        def __init__(self, stream: str) -> None:
            super().__init__(stream)
            loaders.append(self)

    monkeypatch.setattr(reading, "Loader", Watched)
    assert problems(text)[0].endswith(said)
    assert all(one.nodes <= reading.MOST_NODES + 1 for one in loaders)


def test_a_slip_in_a_kind_and_a_model_that_is_not_named_are_mistakes() -> None:
    text = "providers:\n  a:\n    kind: litelm\n    model: openai/x\n  b: {kind: litellm}\n  c: {kind: someones_own}\n"
    with pytest.raises(ConfigInvalid) as caught:
        parse(text)
    first, second = caught.value.message.splitlines()
    assert first == "models.yaml:3:5: providers.a.kind: there is no kind 'litelm'; did you mean 'litellm'?"
    assert second.startswith("models.yaml:5:3: providers.b.model: is missing")


def test_an_empty_text_is_an_empty_configuration() -> None:
    assert parse("").stated() == {}


def test_json_is_read_with_its_escapes_and_tabs() -> None:
    data = {"providers": {"a": {"kind": "\U0001f600", "params": {"temperature": 1e-5}}}}
    text = json.dumps(data, indent="\t")
    assert reading.read(text).data == data
    assert reading.read(text).marks["providers", "a", "kind"] == (4, 4)
    assert problems('{"fallback_system": {"error_rate_threshold": NaN}}')


@pytest.mark.django_db
def test_a_refused_text_changes_nothing(workspace: Workspace) -> None:
    before, revisions = store.raw(workspace.pk), ConfigRevision.objects.count()
    with pytest.raises(ConfigInvalid) as refused:
        import_config(workspace=workspace, text=WRONG, actor=None)
    assert (store.raw(workspace.pk), ConfigRevision.objects.count()) == (before, revisions)
    assert refused.value.errors[0]["field"] == "providers.claude.keys[1]"
    assert refused.value.status == 422


@pytest.mark.parametrize(
    "line",
    [
        "keys: ['AIzaSyA0123456789abcdefghij']",
        "keys: ['env:lower']",
        "keys: ['two\\nlines']",
        "api_base: https://user:pw@models.example.org",
        "api_base: https://models.example.org/?key=1",
        "api_base: ftp://models.example.org",
        "api_base: http://169.254.169.254/latest",
        "api_base: https://models.example.org/sk-0123456789abcdefghijkl",
        "params: {base_url: 'http://127.0.0.1'}",
        "params: {extra_headers: {X: y}}",
        "params: {note: 'Bearer 0123456789abcdef'}",
        "params: {nested: [{access_token: x}]}",
        "params: {nested: ['-----BEGIN RSA PRIVATE KEY-----']}",
    ],
)
def test_no_key_gets_into_the_configuration(line: str) -> None:
    assert problems("providers: {a: {kind: litellm, " + line + "}}")[0].startswith("models.yaml:1:")


def test_usual_parameters_are_no_keys() -> None:
    parse("providers: {a: {kind: x, params: {max_tokens: 5, logit_bias: {a: 1}, seed: 7, prompt_cache_key: proj, "
          "note: task-like words are fine, key_points: 3}}}")  # fmt: skip
