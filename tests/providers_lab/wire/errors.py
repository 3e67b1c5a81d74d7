"""What real providers write when they fail: (type, code, message) for each fault."""

from __future__ import annotations

from typing import Final

OPENAI: Final[dict[str, tuple[str, str | None, str]]] = {
    "authentication": (
        "invalid_request_error",
        "invalid_api_key",
        "Incorrect API key provided: sk-wrong. You can find your API key at https://platform.openai.com/account/api-keys.",
    ),
    "billing": ("billing_error", "billing_hard_limit_reached", "Billing hard limit has been reached"),
    "permission": (
        "invalid_request_error",
        "model_access_denied",
        "Project does not have access to model `{model}`",
    ),
    "model_not_found": (
        "invalid_request_error",
        "model_not_found",
        "The model `{model}` does not exist or you do not have access to it.",
    ),
    "bad_request": ("invalid_request_error", None, "Invalid 'messages[0].content': field required"),
    "context": (
        "invalid_request_error",
        "context_length_exceeded",
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 214325 tokens.",
    ),
    "content_policy": (
        "invalid_request_error",
        "content_policy_violation",
        "Your request was rejected as a result of our safety system.",
    ),
    "credit": ("insufficient_quota", "insufficient_quota", "Your credit balance is too low to access the API."),
    "request_timeout": ("timeout", None, "Request timed out"),
    "too_large": ("invalid_request_error", "request_too_large", "Request too large: maximum size is 32 MB"),
    "rate_limit": (
        "requests",
        "rate_limit_exceeded",
        "Rate limit reached for {model} in organization org-lab on requests per min (RPM): Limit 3, Used 3.",
    ),
    "quota": (
        "insufficient_quota",
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    "internal": (
        "server_error",
        None,
        "The server had an error while processing your request. Sorry about that!",
    ),
    "bad_gateway": ("server_error", None, "Bad gateway"),
    "unavailable": ("server_error", None, "The engine is currently overloaded, please try again later"),
    "gateway_timeout": ("server_error", None, "Gateway timeout"),
    "overloaded": ("overloaded_error", None, "Overloaded"),
}

ANTHROPIC: Final[dict[str, tuple[str, str]]] = {
    "authentication": ("authentication_error", "invalid x-api-key"),
    "billing": ("billing_error", "Your organization has a billing problem"),
    "permission": ("permission_error", "Your API key does not have permission to use the specified resource."),
    "model_not_found": ("not_found_error", "model: {model}"),
    "bad_request": ("invalid_request_error", "messages.0.content: field required"),
    "context": ("invalid_request_error", "prompt is too long: 214325 tokens > 200000 maximum"),
    "content_policy": ("invalid_request_error", "Output blocked by content filtering policy"),
    "credit": (
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade.",
    ),
    "request_timeout": ("timeout_error", "Request timed out"),
    "too_large": ("request_too_large", "Request exceeds the maximum size"),
    "rate_limit": (
        "rate_limit_error",
        "This request would exceed your organization's rate limit of 50 requests per minute.",
    ),
    "quota": ("rate_limit_error", "You have reached your specified API usage limits."),
    "internal": ("api_error", "Internal server error"),
    "bad_gateway": ("api_error", "Bad gateway"),
    "unavailable": ("api_error", "Service temporarily unavailable"),
    "gateway_timeout": ("timeout_error", "Gateway timeout"),
    "overloaded": ("overloaded_error", "Overloaded"),
}

GEMINI: Final[dict[str, tuple[str, str]]] = {
    "authentication": ("UNAUTHENTICATED", "API key not valid. Please pass a valid API key."),
    "billing": ("FAILED_PRECONDITION", "Billing account for project is disabled in state closed"),
    "permission": ("PERMISSION_DENIED", "The caller does not have permission"),
    "model_not_found": ("NOT_FOUND", "models/{model} is not found for API version v1beta"),
    "bad_request": ("INVALID_ARGUMENT", "Invalid JSON payload received. Unknown name"),
    "context": (
        "INVALID_ARGUMENT",
        "The input token count (2143250) exceeds the maximum number of tokens allowed.",
    ),
    "content_policy": ("INVALID_ARGUMENT", "The prompt was blocked by safety settings"),
    "credit": ("RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
    "request_timeout": ("DEADLINE_EXCEEDED", "The request timed out."),
    "too_large": ("INVALID_ARGUMENT", "Request payload size exceeds the limit: 20971520 bytes."),
    "rate_limit": ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    "quota": (
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing details.",
    ),
    "internal": ("INTERNAL", "An internal error has occurred."),
    "bad_gateway": ("UNAVAILABLE", "Bad gateway"),
    "unavailable": ("UNAVAILABLE", "The service is currently unavailable."),
    "gateway_timeout": ("DEADLINE_EXCEEDED", "The request timed out."),
    "overloaded": ("UNAVAILABLE", "The model is overloaded. Please try again later."),
}
