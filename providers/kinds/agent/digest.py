"""Old parts of a conversation made short without a model: first the output of tools, then whole turns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from providers.kinds.agent.conversation import Answered, Conversation, Heard, Item, Said, count
from providers.kinds.agent.given import loaded, object_of
from providers.kinds.agent.tools.told import GREEN
from providers.money.tokens import tokens_of

KEPT_ROUNDS = 3  # the newest answers stay whole
KEPT_ITEMS = 8
LONGEST_WORDS = 4000
LONG = 400  # characters of an answer that is worth making short
ARGUMENT = 300
DIGEST_TOKENS = 3000
TOLD = "You were told: "
CHECKS = "run_checks"
FOUND = "What the checks found when they ran last (files may have changed since):\n"
FOUND_LONG = 2000  # characters
BEGIN = "What was done so far, made short (call a tool again for what is needed of it):"


def fit(conversation: Conversation, high: int, low: int) -> bool:
    """Makes it short where its items have more than `high` tokens, down to `low` at best, in one go: each change of
    what was sent before costs the provider's cache. Gives whether anything was changed."""
    if conversation.tokens <= high:
        return False
    before = conversation.tokens
    found = found_last(conversation.items)
    _shorten_answers(conversation, low)
    if conversation.tokens > low:
        _shorten_calls(conversation, low)
    if conversation.tokens > low:
        _fold(conversation, low, found)
    if conversation.tokens > high:
        _shorten_calls(conversation, high, kept=0)
    if conversation.tokens > high:
        _cut_newest(conversation, high)
    return conversation.tokens < before


def short_answer(name: str, answer: str) -> str:
    """What stays of a tool's answer."""
    lines = answer.splitlines()
    if name == "run_checks":
        return "\n".join([*[line for line in lines if line.strip()][:8], _left(answer)])
    if name == "run_command":
        told = [line for line in lines if line.strip()]
        return "\n".join([*told[:1], *told[-3:][-max(0, len(told) - 1) :], _left(answer)])
    first = lines[0][:160] if lines else ""
    return f"{first}\n{_left(answer)}"


def found_last(items: Sequence[Item]) -> str:
    """What the checks found when they were told last; empty where they were not, or found nothing."""
    for item in reversed(items):
        if isinstance(item, Heard) and item.found:
            return item.text.removeprefix(FOUND)
        if isinstance(item, Answered):
            said = [one["answer"] for one in item.answers if one["name"] == CHECKS]
            if said:
                return "" if said[-1] == GREEN else said[-1]
    return ""


def as_found(text: str, characters: int = FOUND_LONG) -> Heard:
    return Heard(text=f"{FOUND}{_ends(text, characters)}", found=True)


def summary(items: Sequence[Item]) -> list[str]:
    """A line for each thing said, done or heard, but for what the checks found: that is kept beside it."""
    found: list[str] = []
    names: dict[str, Mapping[str, str]] = {}
    for item in items:
        if isinstance(item, Heard) and item.found:
            continue
        if isinstance(item, Heard):
            found += item.text.splitlines()[1:] if item.digest else [f"{TOLD}{_line(item.text, 300)}"]
        elif isinstance(item, Said):
            found += [f"You said: {_line(item.text, 200)}"] if item.text.strip() else []
            names |= {one["id"]: one for one in item.calls}
        else:
            for one in item.answers:
                call = names.get(one["id"], {"name": one["name"], "arguments": "{}"})
                found.append(f"{call['name']} {_what(call['arguments'])} → {_line(one['answer'], 160)}")
    return found


def as_digest(lines: Sequence[str], tokens: int = DIGEST_TOKENS) -> Heard:
    """The lines as one word to the model. Where they are more than so many tokens the oldest are left out, but for what
    it was told."""
    kept: list[str] = []
    tokens -= sum(tokens_of(line) + 1 for line in lines if line.startswith(TOLD))
    for line in reversed(lines):
        if not line.startswith(TOLD):
            tokens -= tokens_of(line) + 1
            if tokens < 0:
                continue
        kept.append(line)
    left = len(lines) - len(kept)
    first = [f"… ({left} lines left out)"] if left else []
    return Heard(text="\n".join([BEGIN, *first, *reversed(kept)]), digest=True)


def _shorten_answers(conversation: Conversation, low: int) -> None:
    answered = [item for item in conversation.items if isinstance(item, Answered)]
    checked = [item for item in answered if any(one["name"] == CHECKS for one in item.answers)]
    for item in answered[:-KEPT_ROUNDS]:
        if conversation.tokens <= low:
            return
        if not item.short:
            newest = item is checked[-1] if checked else False
            item.answers = [
                {**one, "answer": _shorter(one["name"], one["answer"], newest=newest)} for one in item.answers
            ]
            item.short = True
            count(item)


def _shorter(name: str, answer: str, *, newest: bool) -> str:
    """What the checks said last is open still."""
    if name == CHECKS and newest:
        return _ends(answer, FOUND_LONG)
    return short_answer(name, answer) if len(answer) > LONG else answer


def _shorten_calls(conversation: Conversation, low: int, *, kept: int = KEPT_ROUNDS) -> None:
    """What was written to files stands in the files."""
    said = [item for item in conversation.items if isinstance(item, Said)]
    for item in said[: len(said) - kept]:
        if conversation.tokens <= low:
            return
        item.calls = [{**one, "arguments": _short_arguments(one["arguments"])} for one in item.calls]
        item.text = item.text if kept else _ends(item.text, LONGEST_WORDS)
        count(item)


def _fold(conversation: Conversation, low: int, found: str) -> None:
    """The oldest turns become one digest; a call and its answers stay together. What the checks `found` stays beside
    it where it would go with them."""
    items = conversation.items
    cut = 0
    while cut < len(items) - KEPT_ITEMS:
        end = cut + 1
        while end < len(items) and isinstance(items[end], Answered):
            end += 1
        if end > len(items) - KEPT_ROUNDS:
            break
        cut = end
        if sum(item.tokens for item in items[cut:]) <= low * 3 // 4:
            break
    if cut > 1:
        digest = as_digest(summary(items[:cut]), min(DIGEST_TOKENS, low // 4))
        beside = [as_found(found, min(FOUND_LONG, low))] if found and found_last(items[cut:]) != found else []
        for item in (digest, *beside):
            count(item)
        conversation.items = [digest, *beside, *items[cut:]]


def _cut_newest(conversation: Conversation, high: int) -> None:
    """Where even the newest answers do not fit: each gets its share, its beginning and end."""
    answered = [item for item in conversation.items if isinstance(item, Answered)]
    others = conversation.tokens - sum(item.tokens for item in answered)
    answers = sum(len(item.answers) for item in answered) or 1
    share = max(200, 3 * max(0, high - others) // answers)
    for item in answered:
        item.answers = [{**one, "answer": _ends(one["answer"], share)} for one in item.answers]
        count(item)


def _ends(text: str, characters: int) -> str:
    if len(text) <= characters:
        return text
    head = characters * 2 // 3
    return f"{text[:head]}\n… ({len(text) - characters} characters left out) …\n{text[-(characters - head) :]}"


def _short_arguments(arguments: str) -> str:
    if len(arguments) <= LONG:
        return arguments
    try:
        values = loaded(arguments)
    except ValueError:
        return arguments[:LONG]
    return json.dumps(_short_value(values), ensure_ascii=False)


def _short_value(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= ARGUMENT else f"{value[:80]} … ({len(value)} characters, made short)"
    if isinstance(value, Mapping):
        return {word: _short_value(one) for word, one in value.items()}
    return [_short_value(one) for one in value] if isinstance(value, list) else value


def _left(answer: str) -> str:
    return f"({len(answer)} characters, left out by now; call the tool again if it is needed)"


def _what(arguments: str) -> str:
    values = object_of(arguments)
    word = next((values[one] for one in ("path", "argv", "pattern", "question", "folder") if values.get(one)), "")
    return _line(" ".join(map(str, word)) if isinstance(word, list) else str(word), 120)


def _line(text: str, characters: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= characters else f"{line[: characters - 1]}…"
