"""How many tokens a request has, without a tokenizer: an estimate on the high side, in microseconds.

English text has about 4 characters a token and source code about 3.2; other scripts have between one and three bytes a
token. A reservation wants the high side, since the settlement gives back what was too much.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from providers.chat import ChatRequest

ASCII_CHARS_PER_TOKEN = 3.2
OTHER_BYTES_PER_TOKEN = 2.0
PER_MESSAGE = 6  # role, separators
PER_REQUEST = 16
PER_PICTURE = 1600  # the most that a provider takes for one picture of usual size


def tokens_of(text: str) -> int:
    """The estimate for one text."""
    if text.isascii():
        return math.ceil(len(text) / ASCII_CHARS_PER_TOKEN)
    plain = sum(map(str.isascii, text))
    others = len(text.encode(errors="replace")) - plain
    return math.ceil(plain / ASCII_CHARS_PER_TOKEN + others / OTHER_BYTES_PER_TOKEN)


def estimate_tokens(request: ChatRequest) -> int:
    """Input tokens of a request: its messages, its tools and the form that its answer must have."""
    total = PER_REQUEST + sum(PER_MESSAGE + _of_part(message) for message in request.messages)
    if request.tools:
        total += _of_json(request.tools)
    if request.response_format is not None:
        total += _of_json(request.response_format)
    return total


def _of_part(value: Any) -> int:
    """Texts wherever they stand in a message; a picture counts as one, not by the length of its data."""
    if isinstance(value, str):
        return tokens_of(value)
    if isinstance(value, Mapping):
        if value.get("type") in {"image_url", "image", "input_image"}:
            return PER_PICTURE
        return sum(_of_part(part) for name, part in value.items() if name not in {"role", "type", "id"})
    if isinstance(value, Sequence):
        return sum(_of_part(part) for part in value)
    return 1


def _of_json(value: Any) -> int:
    return tokens_of(json.dumps(value, ensure_ascii=False, default=dict))
