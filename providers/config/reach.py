"""How far a provider that a workspace writes may reach: to which hosts, with which parameters, with whose account.

Asked when a configuration is written. A row that is older than a rule is not refused as a whole: what may not go is
left out when a call is made, so that the rest of its workspace goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from django.conf import settings

from providers import network, params
from providers.config.agents import agent_refusals, is_agent
from providers.config.problems import Place
from providers.config.provider import ProviderPart

# litellm asks these with what the machine has by itself: a cloud's role, a login, a variable. In production that is the
# operator's, and open to workspaces only where AUTODEV_PROVIDER_KEYS names the variable.
ACCOUNTS = {
    "bedrock": "AWS_ACCESS_KEY_ID", "bedrock_mantle": "AWS_ACCESS_KEY_ID", "sagemaker": "AWS_ACCESS_KEY_ID",
    "sagemaker_chat": "AWS_ACCESS_KEY_ID", "sagemaker_nova": "AWS_ACCESS_KEY_ID",
    "vertex_ai": "GOOGLE_APPLICATION_CREDENTIALS", "vertex_ai_beta": "GOOGLE_APPLICATION_CREDENTIALS",
    "gdc": "GOOGLE_APPLICATION_CREDENTIALS", "github_copilot": "GITHUB_COPILOT_TOKEN_DIR",
    "chatgpt": "CHATGPT_TOKEN_DIR", "oci": "OCI_KEY", "sap": "AICORE_SERVICE_KEY", "watsonx": "WATSONX_API_KEY",
    "watsonx_text": "WATSONX_API_KEY", "gigachat": "GIGACHAT_CREDENTIALS", "snowflake": "SNOWFLAKE_JWT",
}  # fmt: skip
# Of these a key is enough, and then the machine's account is not looked for.
KEYED = frozenset({"bedrock", "bedrock_mantle"})


def refusals(part: ProviderPart) -> Iterator[tuple[Place, str]]:
    """What a workspace may not write, by its key."""
    if is_agent(part):
        yield from agent_refusals(part)
        return
    if part.api_base and (why := network.refusal(urlsplit(part.api_base).hostname or "")):
        yield ("api_base",), why
    if why := model_refusal(part.model) or account_refusal(part.model, keyed=bool(part.keys)):
        yield ("model",), why
    for name, value in part.params.items():
        if why := params.refusal(name, value):
            yield ("params", name), why


def model_refusal(model: str) -> str:
    """Some of litellm's makers take an address for a model's name, and send the key there."""
    if "://" in model or ".." in model or "\\" in model:
        return "a model's name holds no address; write it under `api_base`"
    return ""


def account_refusal(model: str, *, keyed: bool) -> str:
    """Why a model may not be asked with the account of this machine, or nothing. `keyed`: the workspace has a key."""
    maker = model.partition("/")[0]
    variable = ACCOUNTS.get(maker)
    if variable is None or not settings.PRODUCTION or variable in settings.AUTODEV_PROVIDER_KEYS:
        return ""
    if keyed and maker in KEYED:
        return ""
    return f"the account of this machine ({variable}) is the operator's to give (AUTODEV_PROVIDER_KEYS)"
