"""Cassettes: the traffic with a model, recorded once and played back without it (docs/cassettes.md).

python -m tests.cassettes record --upstream https://api.openai.com/v1 --key-file key --out idea.jsonl -- COMMAND
python -m tests.cassettes replay idea.jsonl -- COMMAND
lab.upstream("a").play(Player.of(Path("idea.jsonl")))
"""

from __future__ import annotations

from tests.cassettes.cleaning import StillSecret, cleaned
from tests.cassettes.format import Exchange, NotACassette, read_cassette, write_cassette
from tests.cassettes.player import Player, UnknownRequest
from tests.cassettes.recorder import Recorder

__all__ = [
    "Exchange",
    "NotACassette",
    "Player",
    "Recorder",
    "StillSecret",
    "UnknownRequest",
    "cleaned",
    "read_cassette",
    "write_cassette",
]
