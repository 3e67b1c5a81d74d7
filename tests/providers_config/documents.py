"""Any configuration that the schema allows, as Hypothesis makes them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from providers.states import CallPurpose, Strategy
from providers.targets import Capability

Json = dict[str, Any]
names = st.from_regex(r"[A-Za-z0-9_-]{1,12}", fullmatch=True)
kinds = st.from_regex(r"[a-z][a-z0-9_-]{0,12}", fullmatch=True)
plain = st.text(st.characters(exclude_categories=["C"]), max_size=20)
words = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=20)
seconds = st.floats(0.001, 86_400, allow_nan=False) | st.integers(1, 86_400)
shares = st.floats(0, 1) | st.integers(0, 1)
dollars = st.decimals(0, 9999, places=6).map(float)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-9e14, 9e14) | plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "seed"]), inner, max_size=3),
    max_leaves=6,
)


def some(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries(required, optional=optional)


def listed(values: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=least, max_size=4, unique=True)


prices = some(
    {"input_usd": dollars, "output_usd": dollars},
    {"cached_usd": dollars, "cache_write_usd": dollars, "source": plain, "as_of": plain},
)
deadlines = some({}, dict.fromkeys(["first_token_s", "stall_s", "total_s", "connect_s"], seconds))
providers = some(
    {"kind": words},
    {
        "model": st.from_regex(r"[a-z]{1,8}/[A-Za-z0-9.:@-]{1,12}", fullmatch=True),
        "api_base": st.sampled_from(["http://127.0.0.1:11434", "https://models.example.org/v1", ""]),
        "keys": st.lists(st.sampled_from(["env:OPENAI_API_KEY", "main key", "second.key"]), max_size=3),
        "enabled": st.booleans(),
        "needs_key": st.booleans(),
        "emergency": st.booleans(),
        "upstream": plain,
        "region": plain,
        "capabilities": listed(st.sampled_from([str(one) for one in Capability])),
        "context_window": st.integers(1, 10**9),
        "max_output_tokens": st.integers(1, 10**9),
        "price": prices,
        "health_weight": st.floats(0, 100),
        "max_concurrency": st.integers(1, 10_000),
        "deadlines": deadlines,
        "params": st.dictionaries(
            st.sampled_from(["seed", "top_k", "thinking", "logit_bias"]), json_values, max_size=3
        ),
        "priority": st.integers(0, 10**6),
    },
)
whens = some(
    {},
    {
        "task_kind": listed(kinds),
        "task_class": listed(kinds),
        "purpose": listed(st.sampled_from([str(one) for one in CallPurpose])),
        "user": listed(words),
        "project": listed(st.uuids().map(str)),
        "region": listed(words),
        "capabilities": listed(st.sampled_from([str(one) for one in Capability])),
        "min_input_tokens": st.integers(0, 10**9),
        "max_input_tokens": st.integers(0, 10**9),
        "min_pressure": shares,
    },
)
systems = some(
    {},
    {
        "enabled": st.booleans(),
        "strategy": st.sampled_from(
            ["intelligent_primary_secondary", "primary_secondary", "round_robin", "task_specific", "cost_based"]
        ),
        "monitoring_interval": seconds,
        "health_check_timeout": seconds,
        "consecutive_failure_threshold": st.integers(1, 100),
        "error_rate_threshold": shares,
        "response_time_threshold": seconds,
    },
)
settings = some(
    {},
    {
        "fallback_system": systems,
        "decision_factors": some({}, {"api_availability": shares, "error_severity": shares}),
        "health": some({}, {"error_window": st.integers(1, 10), "trend_drop": shares, "minimum_stay_s": seconds}),
        "deadlines": some({}, {"stall_s": seconds}),
        "cache": some({}, {"enabled": st.booleans(), "ttl_s": seconds, "task_kinds": listed(words)}),
        "budgets": some({}, {"warn_at": shares}),
        "follow_file": st.booleans(),
    },
)


@st.composite
def documents(draw: st.DrawFn) -> Json:
    """Plain data, as a file would hold it."""
    known = draw(st.dictionaries(names, providers, min_size=1, max_size=4))
    for number, part in enumerate(known.values()):
        if draw(st.integers(0, 1)):
            part["role"] = f"role {number}"
    some_of_them = listed(st.sampled_from(sorted(known)))
    chain = some(
        {"providers": listed(st.sampled_from(sorted(known)), 1)},
        {"strategy": st.sampled_from([str(one) for one in Strategy]), "enabled": st.booleans()},
    )
    then = some(
        {"prefer": listed(st.sampled_from(sorted(known)), 1)},
        {"only": some_of_them, "avoid": some_of_them, "task_class": kinds, "region": words},
    )
    rule = some({"name": words, "then": then}, {"when": whens, "enabled": st.booleans()})
    document: Json = {
        "providers": known,
        "chains": draw(st.dictionaries(kinds, chain, max_size=3)),
        "rules": draw(st.lists(rule, max_size=3, unique_by=lambda one: one["name"])),
        "settings": draw(settings),
        "lovable_patterns": {"p2_fallback_chain": draw(some({}, {"enabled": st.booleans()}))},
    }
    return {name: part for name, part in document.items() if part or draw(st.booleans())}


@st.composite
def seeds(draw: st.DrawFn) -> Json:
    """A whole file of the form of seeds 000."""
    frameworks = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    framework = st.fixed_dictionaries(
        {"enabled": st.booleans(), "priority": st.integers(0, 100), "health_weight": st.floats(0, 100)}
    )
    roles = draw(st.lists(words, min_size=len(frameworks), max_size=len(frameworks), unique=True))
    system = {
        "enabled": draw(st.booleans()),
        "strategy": draw(st.sampled_from(["intelligent_primary_secondary", "round_robin", "performance_based"])),
        "monitoring_interval": draw(st.integers(1, 3600)),
        "health_check_timeout": draw(st.integers(1, 60)),
        "consecutive_failure_threshold": draw(st.integers(1, 100)),
        "error_rate_threshold": draw(shares),
        "response_time_threshold": draw(seconds),
    }
    return {
        "fallback_system": system,
        "frameworks": {role: {"name": name, **draw(framework)} for role, name in zip(roles, frameworks, strict=True)},
        "task_routing": draw(
            st.dictionaries(kinds.filter(lambda kind: kind != "default"), st.sampled_from(frameworks), max_size=4)
        ),
    }
