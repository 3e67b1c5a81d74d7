"""What is refused at the door, before there is a build. Cheap: of the rule analyser it loads the refusals alone."""

from __future__ import annotations

from autodev.spec.rules.errors import Refused
from autodev.spec.rules.refusal import refuse_abuse
from autodev.spec.rules.text import clean
from projects.services.errors import HarmfulIdea


def refuse_harm(idea: str) -> None:
    """Raises HarmfulIdea, with the reason, for an idea that asks for a tool built to do harm."""
    try:
        refuse_abuse(" ".join(clean(idea).split()))
    except Refused as refusal:
        raise HarmfulIdea(refusal.reason) from refusal
