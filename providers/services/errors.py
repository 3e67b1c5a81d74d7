"""What these services refuse."""

from __future__ import annotations

from typing import ClassVar

from autodev.lib.errors import DomainError


class NoSuchThing(DomainError):
    """There is no provider, chain, rule, credential or budget of that name."""

    code: ClassVar[str] = "not_found"
    status: ClassVar[int] = 404


class NameTaken(DomainError):
    code: ClassVar[str] = "name_taken"
    status: ClassVar[int] = 409
    hint = "Choose another name, or change what is there."


class ChangedMeanwhile(DomainError):
    """What was changed is not what was looked at."""

    code: ClassVar[str] = "changed_meanwhile"
    status: ClassVar[int] = 409
    hint = "Save again to put yours in its place."


class InUse(DomainError):
    """Something else names it."""

    code: ClassVar[str] = "in_use"
    status: ClassVar[int] = 409
    hint = "Take it out of there first."


class NotASecret(DomainError):
    """What was given cannot be a key. The message does not repeat it."""

    code: ClassVar[str] = "not_a_secret"
    status: ClassVar[int] = 422


class KeysElsewhere(DomainError):
    """Master keys are given from outside here, so that AutoDev makes none."""

    code: ClassVar[str] = "master_keys_elsewhere"
    status: ClassVar[int] = 409
    hint = "Add the new key to AUTODEV_MASTER_KEYS on every host, restart, then run this again to seal with it."


class NotALimit(DomainError):
    """Not something that a budget or a price can be."""

    code: ClassVar[str] = "not_a_limit"
    status: ClassVar[int] = 422
