"""The emergency provider: the rule analyser and the blueprint engine. Needs no key and no network."""

from providers.kinds.blueprint.adapter import BlueprintKind

__all__ = ["BlueprintKind"]
