"""Chooses what is done about a failed attempt. All of it is pure."""

from recovery.choice.choose import choose, is_immediate, open_strategies, wants_opinion
from recovery.choice.delays import delay_after

__all__ = ["choose", "delay_after", "is_immediate", "open_strategies", "wants_opinion"]
