"""What git says of a place that gives no repository, in plain words. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autodev.lib.errors import DomainError
from projects.importing.errors import ImportDenied, ImportFailed, ImportRefused, ImportUnreachable
from projects.importing.limits import ImportLimits

_PRIVATE = "Put a name and a token into the address (https://name:token@…), or upload a bundle."
_NO_LOGIN = "The repository is not open to everybody (401)."
_WRONG_LOGIN = "The place does not take the name and the password of the address (401)."


@dataclass(frozen=True, slots=True)
class _Rule:
    """`pattern` is looked for in what git wrote, without what that quotes; `{said}` is its last word."""

    pattern: str
    error: type[ImportDenied | ImportRefused | ImportUnreachable]
    message: str
    hint: str | None = None


_RULES = (
    _Rule(r"died of signal 25|file too large|file size limit", ImportRefused, "The history has more than {mib} MiB."),
    _Rule(r"could not read (username|password)|authentication failed|error: 401", ImportDenied, _NO_LOGIN, _PRIVATE),
    _Rule(r"returned error: 403", ImportDenied, "The place refuses to give the repository (403).", _PRIVATE),
    _Rule(
        r"repository +not found|returned error: 404", ImportDenied,
        "There is no such repository there, or it is not open to everybody (404).", _PRIVATE,
    ),
    _Rule(r"couldn't find remote ref", ImportDenied, "The repository has no such branch, or no commit."),
    _Rule(
        r"returned error: 30\d|redirect", ImportDenied,
        "The address leads to another one, and redirects are not followed.", "Give the address that it leads to.",
    ),
    _Rule(
        r"certificate|\bSSL\b|\bTLS\b|issuer", ImportDenied, "Its certificate is not trusted here: {said}.",
        "AUTODEV_IMPORT_CA names a file of authorities that are trusted for imports.",
    ),
    _Rule(
        r"failed to connect|couldn't connect|connection refused|could not resolve host", ImportUnreachable,
        "Nobody answers at the address: {said}.",
    ),
    _Rule(
        r"\bfsck error|object .*is corrupt|invalid index-pack", ImportRefused,
        "The history is broken, or made to break something: {said}.",
    ),
)  # fmt: skip


def explained(text: str, *, login: bool, limits: ImportLimits) -> DomainError:
    """What to raise for what git wrote: ImportRefused for what came, ImportDenied for a place that says no,
    ImportUnreachable where nobody listens, ImportFailed for one that another try may mend. `login`: the address had a
    name or a password."""
    plain = re.sub(r"'[^'\n]*'", "", text)
    lines = [line.removeprefix("fatal: ").strip() for line in text.splitlines() if line.strip()]
    last = (lines[-1] if lines else "git said nothing")[:300]
    rule = next((one for one in _RULES if re.search(one.pattern, plain, re.IGNORECASE)), None)
    if rule is None:
        return ImportFailed(last)
    if rule.message == _NO_LOGIN and login:
        return ImportDenied(_WRONG_LOGIN)
    said = last.split("': ", 1)[-1].rstrip(". ")
    return rule.error(rule.message.format(said=said, mib=limits.history_bytes // 1024 // 1024), hint=rule.hint)
