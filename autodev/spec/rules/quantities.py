"""Amounts of time and money in words. Durations are whole seconds, money a decimal string."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autodev.spec.rules.words import NUMBER, number

UNIT_S = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "night": 86_400,
    "week": 604_800,
    "fortnight": 1_209_600,
    "month": 2_592_000,
    "year": 31_536_000,
}
UNIT = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|fortnights?|months?|years?)"
DURATION = rf"(?:{NUMBER}[ -]|an? |half an? |1\.5 |one and a half )?(?:full |calendar |business |working )?{UNIT}"
MONEY = r"(?:[$€£] ?)?\d{1,9}(?:[.,]\d{1,2})?(?: ?(?:€|\$|£|euros?|dollars?|pounds?|usd|eur|gbp|cents?|pence|p)\b)?|(?:one|two|five|ten|twenty|fifty) (?:cents?|pence|euros?|dollars?|pounds?)"
_ALIASES = {"sec": "second", "min": "minute", "hr": "hour"}


@dataclass(frozen=True)
class Duration:
    seconds: int
    said: str

    @property
    def label(self) -> str:
        """In the largest unit that divides it: "14 days"."""
        for name in ("day", "hour", "minute", "second"):
            count, rest = divmod(self.seconds, UNIT_S[name])
            if not rest and count:
                return f"{count} {name}" + ("" if count == 1 else "s")
        return "0 seconds"


def unit(word: str) -> str:
    """The singular name of a unit of time."""
    name = word.strip().lower().rstrip("s")
    return _ALIASES.get(name, name)


def duration_from(said: str) -> Duration | None:
    """The length that "14 days", "two weeks", "an hour", "half an hour" say. A month counts 30 days, a year 365."""
    words = said.strip().lower().replace("-", " ")
    match = re.search(rf"({UNIT})$", words)
    if not match:
        return None
    length = UNIT_S[unit(match.group(1))]
    amount = re.sub(r"\b(?:full|calendar|business|working)\b", "", words[: match.start()]).strip()
    if amount in {"half a", "half an", "half"}:
        return Duration(length // 2, said)
    if amount in {"1.5", "one and a half"}:
        return Duration(length * 3 // 2, said)
    count = 1 if amount in {"", "a", "an"} else number(amount)
    if count is None or count * length > 3_153_600_000:
        return None
    return Duration(count * length, said)


def money_from(said: str) -> str | None:
    """An amount as a decimal string with two places: "$0.50" and "50 cents" are "0.50"."""
    words = said.strip().lower()
    match = re.search(r"(\d{1,9})(?:[.,](\d{1,2}))?", words)
    if match:
        whole, part = int(match.group(1)), (match.group(2) or "0").ljust(2, "0")
    else:
        whole, part = number(words.split()[0]) or 0, "00"
    if re.search(r"\b(?:cents?|pence|p)$", words) or words.endswith("cent"):
        return f"{whole // 100}.{whole % 100:02d}"
    return f"{whole}.{part}"
