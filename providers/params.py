"""What `params` of a provider may say. They go to litellm beside the request, which takes far more from there than a
model's own parameters: addresses, files of the worker, variables of its environment, the operator's accounts.

What is refused here is refused when a configuration is written, and left out of a call where an older row still has it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

# What AutoDev sets by itself, what would send a key elsewhere, and what makes litellm try again, answer by itself, call
# somebody or log somewhere.
RESERVED = frozenset(
    {
        "model", "messages", "stream", "tools", "tool_choice", "response_format", "n", "api_base", "base_url",
        "api_key",
        "custom_llm_provider", "num_retries", "max_retries", "timeout", "stream_timeout", "force_timeout",
        "request_timeout", "retry_policy", "retry_strategy", "fallbacks", "context_window_fallback_dict", "model_list",
        "extra_headers", "headers", "default_headers", "provider_specific_header", "client", "http_client",
        "shared_session", "proxy", "proxies", "ssl_verify", "callbacks", "success_callback", "failure_callback",
        "logger_fn", "metadata", "caching", "cache", "mock_response", "mock_tool_calls", "mock_timeout", "mock_delay",
        "guardrails", "secret_fields", "proxy_server_request", "self", "rust", "use_litellm_proxy", "use_xai_oauth",
        "hf_model_name", "custom_prompt_dict", "model_config", "model_info", "silent_model", "tenant_id", "client_id",
        "prompt_id", "prompt_variables", "prompt_label", "prompt_version", "prompt_environment",
    }
)  # fmt: skip
# Words of cloud accounts and of services that watch; of each only where in the cloud the model is.
FAMILIES = re.compile(
    r"^_?(aws|s3|gcs|gcp|google|vertex|vertex_ai|azure|oci|watsonx|wx|sap|snowflake|databricks|gigachat|sagemaker|"
    r"anthropic|openai|litellm|langfuse|langsmith|arize|posthog|dd|newrelic|signoz|wandb|weave|humanloop)_",
    re.IGNORECASE,
)
# What a request may say beyond its own fields. A caller of the gateway writes these, who must not be able to send a
# workspace's key to an address of his own: whatever is not here is left out.
OF_A_REQUEST = frozenset(
    {"seed", "logit_bias", "logprobs", "top_logprobs", "presence_penalty", "frequency_penalty", "repetition_penalty"}
    | {"top_k", "min_p", "user", "parallel_tool_calls", "reasoning_effort", "thinking", "verbosity", "prediction"}
    | {"safety_identifier", "prompt_cache_key"}
)
PLACES = frozenset(
    {
        "aws_region_name", "vertex_project", "vertex_location", "vertex_ai_project", "vertex_ai_location",
        "watsonx_region_name", "region_name",
    }
)  # fmt: skip
ELSEWHERE = re.compile(
    r"_(files?|paths?|ur[li]s?|endpoints?|hosts?|base|arn|ref|callbacks?|router_config)$", re.IGNORECASE
)
OF_A_PLACE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$")
# litellm puts a variable of the worker's environment, or a secret of its store, in the place of such a text.
POINTER = re.compile(r"^\s*(os\.environ/|secret_manager/|oidc/|file:)", re.IGNORECASE)


def refusal(name: str, value: Any) -> str:
    """Why a provider may not say this, or nothing."""
    if name.lower() in RESERVED:
        return f"{name!r} is not a parameter: AutoDev sets it"
    if name in PLACES:
        fits = isinstance(value, str) and OF_A_PLACE.match(value)
        return "" if fits else f"{name!r} is the name of a place: letters, digits, dots and dashes"
    if FAMILIES.match(name) or ELSEWHERE.search(name):
        return f"{name!r} reaches beyond the model's own parameters, which is the operator's to set"
    if _points(value):
        return f"{name!r} points at a secret of the installation"
    return ""


def allowed(params: Mapping[str, Any]) -> dict[str, Any]:
    """Those that may go with a call."""
    return {name: value for name, value in params.items() if not refusal(name, value)}


def _points(value: Any) -> bool:
    if isinstance(value, str):
        return POINTER.match(value) is not None
    if isinstance(value, Mapping):
        return any(_points(inner) for pair in value.items() for inner in pair)
    return isinstance(value, Sequence) and any(_points(inner) for inner in value)
