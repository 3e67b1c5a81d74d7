"""The data files: each pattern is reached by its example, and the patterns of seeds 000 are all there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from providers.failures import patterns as module
from providers.failures.classify import classify
from providers.failures.kinds import TRAITS, FailureKind
from providers.failures.patterns import Pattern, PatternSet, compiled, shipped, with_operators
from providers.failures.signal import Signal
from providers.failures.tables import tables

# FAILURE_PATTERNS of seeds 000, by category and framework.
SEED_PATTERNS: dict[tuple[str, str], list[tuple[str, FailureKind]]] = {
    ("api_errors", ""): [
        (r"API key.*invalid", FailureKind.AUTHENTICATION),
        (r"rate limit.*exceeded", FailureKind.RATE_LIMIT),
        (r"authentication.*failed", FailureKind.AUTHENTICATION),
        (r"connection.*timeout", FailureKind.TIMEOUT),
        (r"service.*unavailable", FailureKind.UNAVAILABLE),
    ],
    ("execution_errors", ""): [
        (r"command.*not.*found", FailureKind.CODE_ERROR),
        (r"module.*not.*found", FailureKind.CODE_ERROR),
        (r"import.*error", FailureKind.CODE_ERROR),
        (r"syntax.*error", FailureKind.CODE_ERROR),
        (r"runtime.*error", FailureKind.CODE_ERROR),
    ],
    ("framework_specific", "claude"): [
        (r"claude.*session.*failed", FailureKind.FRAMEWORK_ERROR),
        (r"mcp.*server.*unavailable", FailureKind.FRAMEWORK_ERROR),
        (r"context.*window.*exceeded", FailureKind.CONTEXT_WINDOW),
    ],
    ("framework_specific", "opencode"): [
        (r"opencode.*session.*failed", FailureKind.FRAMEWORK_ERROR),
        (r"provider.*unavailable", FailureKind.UNAVAILABLE),
        (r"model.*not.*supported", FailureKind.MODEL_NOT_FOUND),
    ],
}


@pytest.mark.feature("F2.4")
@pytest.mark.parametrize(
    ("category", "framework", "source", "kind"),
    [(*key, source, kind) for key, group in SEED_PATTERNS.items() for source, kind in group],
)
def test_the_patterns_of_seeds_000(category: str, framework: str, source: str, kind: FailureKind) -> None:
    found = [
        one for one in shipped().shipped if (one.category, one.framework, one.source) == (category, framework, source)
    ]
    assert [one.kind for one in found] == [kind]
    text = source.replace(".*", " ")
    assert classify(Signal(text=f"ERROR: {text}", framework=framework)).kind is kind


@pytest.mark.parametrize(
    "pattern", [one for one in shipped().shipped if not one.name.startswith("seed-")], ids=lambda one: one.name
)
def test_its_example_reaches_each_pattern(pattern: Pattern) -> None:
    """Without the pattern its example is read otherwise: none stands there for nothing."""
    everything = shipped()
    framework = pattern.framework
    assert pattern.match(pattern.example)
    signal = Signal(text=pattern.example, framework=framework)
    assert classify(signal).reason == f"pattern:{pattern.name}"
    less = PatternSet(tuple(one for one in everything.shipped if one is not pattern))
    assert classify(signal, less).reason != f"pattern:{pattern.name}"


def test_names_are_unique() -> None:
    names = [one.name for one in shipped().shipped]
    assert len(names) == len(set(names))
    assert {"claude", "opencode", "litellm", "openai", "anthropic", "gemini", "bedrock", "local", "celery", ""} <= {
        one.framework for one in shipped().shipped
    }


def test_a_code_or_class_stands_in_one_place_only() -> None:
    for name in ("types.yaml", "exceptions.yaml"):
        document = yaml.safe_load((module.DATA / name).read_text())
        groups = [*document.get("certain", document.get("final")).values(), *document.get("vague", {}).values()]
        entries = [entry for group in groups for entry in group]
        assert len(entries) == len(set(entries)), name
    assert all(name == name.lower() for name in {**tables().certain, **tables().vague})


@dataclass
class Row:
    name: str
    pattern: str
    kind: str
    framework: str = ""
    position: int = 100


def test_an_operators_pattern_speaks_first() -> None:
    rows = [
        Row("later", "credit", "unknown", position=200),
        Row("ours", "credit balance", "budget", position=10),
        Row("theirs", "credit", "cancelled", framework="claude", position=1),
    ]
    signal = Signal(text="Your credit balance is too low", framework="anthropic", http_status=400)
    failure = classify(signal, with_operators(rows))
    assert (failure.kind, failure.reason) == (FailureKind.BUDGET, "operator:ours")
    assert classify(signal).kind is FailureKind.QUOTA


@pytest.mark.parametrize("source", ["(", "(a+)+", r"(\w*x)*", "(?:ab*)+"])
def test_expressions_that_are_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"repeat inside a repeat|not a regular expression"):
        compiled(source)


@pytest.mark.parametrize("source", [r"rate.*limit", r"(?:ab)+", r"a\(b+\)+", "x{2,5}"])
def test_expressions_that_are_taken(source: str) -> None:
    assert compiled(source).pattern == source


@pytest.mark.parametrize(
    "wrong",
    [
        {"sets": []},
        {"order": 1, "sets": [{"patterns": [{"name": "x", "pattern": "abc", "kind": "no-such", "example": "abc"}]}]},
        {"order": 1, "sets": [{"patterns": [{"name": "X Y", "pattern": "abc", "kind": "quota", "example": "abc"}]}]},
        {"order": 1, "sets": [{"patterns": [], "unknown": 1}]},
    ],
)
def test_the_schema_refuses_what_is_wrong(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        module._File.model_validate(wrong)


def test_every_kind_has_traits() -> None:
    assert set(TRAITS) == set(FailureKind)
