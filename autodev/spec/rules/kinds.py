"""The kind of product where the description leaves it open: what the rules assume then, and what would fit as well."""

from __future__ import annotations

from collections.abc import Sequence

from autodev.spec.rules.surface import endpoints, screens
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


def as_kind(spec: Spec, kind: ProjectType) -> Spec:
    """The same product as another kind that the description leaves open."""
    if kind == spec.project_type:
        return spec
    auth = any(feature.name == "auth" for feature in spec.features)
    return spec.model_copy(
        update={
            "project_type": kind,
            "screens": screens(spec.entities, kind, auth=auth),
            "endpoints": endpoints(spec.entities, kind, auth=auth),
            "assumptions": [_turned(one, spec.project_type, kind) for one in spec.assumptions],
        }
    )


def _turned(assumption: str, before: ProjectType, kind: ProjectType) -> str:
    if assumption.startswith(NOT_NAMED):
        return not_named(kind)
    if not assumption.startswith(FITS_TOO):
        return assumption
    said = assumption.removeprefix(FITS_TOO).partition(";")[0].split(" and ")
    others = [one for one, name in NAMES.items() if name in said and one != kind]
    return fits_too(kind, [before, *others])
