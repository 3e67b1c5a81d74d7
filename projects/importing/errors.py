"""Why a repository is not imported."""

from __future__ import annotations

from autodev.lib.errors import DomainError


class ImportRefused(DomainError):
    """What was given is no repository that may be taken in: its address, its size, or what lies in it."""

    code = "import_refused"
    status = 422


class ImportFailed(DomainError):
    """The place did not give a repository: it does not answer, or says no."""

    code = "import_failed"
    status = 502
    hint = "Is the address right, and is the place up?"


class ImportDenied(ImportFailed):
    """The place says no, or cannot be trusted: to ask it again mends nothing."""

    code = "import_denied"
    hint = "Import it with another address, or upload a bundle."


class ImportUnreachable(ImportFailed):
    """Nobody listens at the address, or its name leads nowhere: that stays so for minutes."""
