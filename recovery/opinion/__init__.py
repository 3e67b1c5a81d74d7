"""A model's opinion on a failure, where what was learned is not sure. Nothing depends on there being one."""

from recovery.opinion.asking import opinion_on, opinions_now

__all__ = ["opinion_on", "opinions_now"]
