"""Changes of a Spec in words: what a sentence asks for, and how two lines of a Spec come together. Pure."""

from autodev.spec.change.reading import Reading, read_change
from autodev.spec.change.together import three_way

__all__ = ["Reading", "read_change", "three_way"]
