"""litellm.Router in its three forms, and litellm alone."""

from __future__ import annotations

from typing import Any

from bench.router.paired import paired
from bench.router.system import Call, Json, burst, serve

MESSAGES = [{"role": "user", "content": "Explain trust in one sentence."}]
STREAM: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
TIMEOUT_S = 2.0
FORMS: dict[str, dict[str, Any]] = {
    "usual": {},
    "tuned": {"allowed_fails": 1, "cooldown_time": 30},
    "pooled": {},
}


def litellm() -> Any:
    import litellm as library  # noqa: PLC0415 - it takes seconds, and is for this process alone

    library.suppress_debug_info = True
    library.drop_params = True
    return library


def deployment(group: str, url: str) -> dict[str, Any]:
    return {
        "model_name": group,
        "litellm_params": {"model": "openai/lab-model", "api_base": url, "api_key": "sk-bench"},
    }


def made(form: str, dead: str, well: str) -> Any:
    """`usual`: two groups and a fallback; `tuned`: that with cooling down; `pooled`: two in one group."""
    library = litellm()
    pooled = form == "pooled"
    more = FORMS[form] if pooled else {"fallbacks": [{"primary": ["fallback"]}], **FORMS[form]}
    models = [deployment("primary", dead), deployment("primary" if pooled else "fallback", well)]
    return library.Router(model_list=models, timeout=TIMEOUT_S, stream_timeout=TIMEOUT_S, **more)


def through(router: Any) -> Call:
    async def call() -> str:
        stream = await router.acompletion(model="primary", messages=MESSAGES, **STREAM)
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

    return call


def bare(url: str) -> Call:
    library = litellm()

    async def call() -> str:
        stream = await library.acompletion(
            model="openai/lab-model", api_base=url, api_key="sk-bench", messages=MESSAGES, **STREAM
        )
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices])

    return call


async def fault(form: str, dead: str, well: str, requests: int, at_a_time: int) -> Json:
    router = made(form, dead, well)
    try:
        return await burst(through(router), requests=requests, at_a_time=at_a_time)
    finally:
        router.discard()


async def overhead(url: str, pairs: int, at_a_time: int) -> Json:
    router = made("usual", url, url)
    calls = {"litellm": bare(url), "Router": through(router)}
    await burst(calls["Router"], requests=10, at_a_time=1)
    try:
        return {"rows": await paired(calls, [("Router", "litellm")], pairs=pairs, at_a_time=at_a_time)}
    finally:
        router.discard()


if __name__ == "__main__":
    serve({"fault": fault, "overhead": overhead})
