"""Exports: "CSV export", "expenses can be exported as CSV", "export all readings to a CSV file"."""

from __future__ import annotations

from autodev.spec.rules.acceptance.exports import exported
from autodev.spec.rules.draft import Draft
from autodev.spec.rules.patterns import DET, NP, compiled
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import plural_label
from autodev.spec.schema import EntitySpec

_AS = r"(?: (?:as|to|in|into) (?:an? )?(?:csv|spreadsheets?)(?: files?| format)?)"
_PATTERNS = (
    compiled(rf"^(?P<what>(?:{DET})?{NP}) (?:can|may|should|must) be (?:exported|downloaded){_AS}$"),
    compiled(rf"\b(?:export|download)(?:s|ing)? (?:{DET}|all |their |of )*(?P<what>{NP}){_AS}$"),
    compiled(
        rf"\b(?:an? )?(?:csv|spreadsheet)[- ](?:export|download)(?: (?:of|for) (?:{DET}|all |their )*(?P<what>{NP}))?$"
    ),
    compiled(
        rf"\b(?:an? )?(?:export|download) (?:of (?:{DET}|all )*(?P<what>{NP}) )?(?:as|to|in) (?:an? )?csv(?: files?)?$"
    ),
)


@reads(Stage.FEATURES)
def exporting(draft: Draft, clause: Clause) -> None:
    """Records as a CSV file; without a word for which, those of the product's first entity."""
    if draft.project_type == "cli":
        return
    for pattern in _PATTERNS:
        match = pattern.search(clause.low)
        if match is None:
            continue
        entity = _entity(draft, match.groupdict().get("what"))
        if entity is None:
            continue
        clause.take(match)
        draft.add_feature("export", entity.name)
        said = f"{plural_label(entity.name).capitalize()} are exported as CSV."
        draft.want(f"{entity.plural}_export", clause, said, exported(entity.name))
        return


def _entity(draft: Draft, what: str | None) -> EntitySpec | None:
    return draft.find(what) if what else next(iter(draft.entities.values()), None)
