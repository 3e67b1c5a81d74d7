"""The kind of product where the description leaves it open: what the rules assume then, and what would fit as well
(`turning` makes the one of the other)."""

from __future__ import annotations

from collections.abc import Sequence

from autodev.spec.schema import ProjectType, Spec

NAMES: dict[ProjectType, str] = {
    "rest_api": "a REST API", "web_app": "a web application", "cli": "a command-line tool", "library": "a library",
    "static_page": "a static page", "realtime": "a realtime application",
}  # fmt: skip
NOT_NAMED = "No kind of product was named: "
FITS_TOO = "The words also fit "
# Both keep records, so that what is wanted of the one can be wanted of the other.
KEEPING_RECORDS: tuple[ProjectType, ...] = ("rest_api", "web_app")


def not_named(kind: ProjectType) -> str:
    """The assumption where no word says which kind it is."""
    return f"{NOT_NAMED}{NAMES[kind]} is made."


def fits_too(kind: ProjectType, others: Sequence[ProjectType]) -> str:
    """The assumption where the words say several."""
    return f"{FITS_TOO}{' and '.join(NAMES[one] for one in others)}; {NAMES[kind]} is made."


def open_kinds(spec: Spec) -> tuple[ProjectType, ...]:
    """The Spec's own kind, and behind it those that the description leaves open beside it: of those that keep records,
    and nothing where a constraint or plain words say which it is."""
    others: list[ProjectType] = []
    if spec.project_type in KEEPING_RECORDS:
        for assumption in spec.assumptions:
            if assumption.startswith(NOT_NAMED):
                others += KEEPING_RECORDS
            elif assumption.startswith(FITS_TOO):
                others += [kind for kind in KEEPING_RECORDS if NAMES[kind] in assumption.partition(";")[0]]
    return tuple(dict.fromkeys([spec.project_type, *others]))
