"""Who owns, sees and changes: "users only see their own todos", "only admins can add products", "posts are public"."""

from __future__ import annotations

from autodev.spec.rules.acceptance.access import anyone_reads, members_write, private
from autodev.spec.rules.acceptance.records import access as only_admins
from autodev.spec.rules.acceptance.records import ownership
from autodev.spec.rules.draft import Draft
from autodev.spec.rules.lexicon import vocabulary
from autodev.spec.rules.patterns import CANNOT, DET, MODAL, NP, compiled, people
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause
from autodev.spec.rules.words import label, plural_label, singular
from autodev.spec.scenario import Scenario
from autodev.spec.schema import EntitySpec

_OWN = compiled(
    rf"\b(?:(?:{people()})(?: {MODAL})?|can|may|to|only)(?: only| also)? (?P<verbs>[a-z]+(?:(?:, | and |, and |/| or )[a-z]+){{0,5}}) (?:only )?(?:their|his|her|his or her|its)(?: own)? (?P<what>{NP})(?: only)?$"
)
_HAS_OWN = compiled(
    rf"\b(?:each|every) (?P<person>{people()}) (?:has|have|gets?|keeps?|sees?|owns?|manages?)(?: only)? (?:his|her|their|its|his or her|a)?(?: own)? ?(?:list of |set of |private )?(?P<what>{NP})$"
)
_NEVER_SEES = compiled(
    rf"^(?:no |an? |the )?(?:{people()}|one) (?:never |{CANNOT} |can |may |must never |does not |do not )(?:be able to )?(?P<verbs>see|sees|view|read|access|edit|change|delete|update|modify)(?:(?:,? or |/|, )(?:see|view|read|edit|change|delete|update|modify))* (?:an?other|other|anyone else's|someone else's|somebody else's|each other's|the|others'?)(?: (?:{people()})'?s?'?)? (?P<what>{NP})(?: of (?:others|other (?:{people()})|another (?:{people()})))?$"
)
_NOT_OF_OTHERS = compiled(
    rf"^(?:(?:no |an? |the )?(?:{people()})|nobody|no ?one) (?:{CANNOT}|can|may|must never) (?P<verbs>see|view|read|access|edit|change|delete)(?:(?:,? or |, )(?:see|view|read|edit|change|delete))* (?:the )?(?P<what>{NP}) (?:of|from|by) (?:others|other (?:{people()})|another (?:{people()})|(?:someone|somebody|anyone) else)$"
)
_ADMIN_ONLY = compiled(
    rf"^(?:only )?(?:an? |the )?(?P<actor>{'|'.join(sorted({f for w in vocabulary().administrators for f in (w, w + 's')}, key=len, reverse=True))}) (?:{MODAL} )?(?:only )?(?P<verbs>(?:add|create|edit|update|delete|remove|manage|change|publish|maintain|keep|enter|upload)s?(?:(?:, | and |, and |/| or )(?:add|create|edit|update|delete|remove|manage|change)s?){{0,5}}) (?:new )?(?:{DET})?(?P<what>{NP})$"
)
_BY_ADMIN = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:can (?:only )?be|are|is|may only be) (?:added|created|edited|managed|maintained|kept|changed|entered|deleted)(?:(?:, | and | or )(?:added|edited|changed|deleted|updated))* (?:only )?by (?:an? |the )?(?P<actor>[a-z]+)(?: only)?$"
)
_PUBLIC = compiled(
    rf"^(?:(?P<what>(?:{DET})?{NP}) (?:is|are) (?:public|publicly (?:visible|readable|available)|visible to (?:everyone|everybody|anyone|all|the public)|readable by (?:everyone|anyone|all))|"
    rf"(?:anyone|everyone|everybody|visitors|guests|the public|anonymous users?) (?:can|may) (?:read|see|view|browse|list|search)(?:(?:, | and )(?:read|see|view|browse|list))* (?:{DET}|all )*(?P<other>{NP})(?: without (?:logging in|an account|signing in|login))?)$"
)
_PRIVATE = compiled(
    rf"^(?P<what>(?:{DET})?{NP}) (?:is|are) (?:private|only visible to (?:their|its|his|the) (?:owner|author|creator)s?|visible only to (?:their|its|his|the) (?:owner|author|creator)s?|personal)$"
)
_OWNER_ONLY = compiled(
    rf"^only (?:the |its |their |an? )?(?:owner|author|creator|{people()})(?: of (?:{DET})?(?P<of>{NP}))? (?:{MODAL} )(?:edit|change|update|delete|modify|remove)(?:(?:, | and | or |, or )(?:edit|change|update|delete|modify|remove))* (?:it|them|(?:{DET}|their |his |its |their own )?(?P<what>{NP}))$"
)


@reads(Stage.ACTIONS)
def owned(draft: Draft, clause: Clause) -> None:
    """Records that are each one's own."""
    for pattern in (_NEVER_SEES, _NOT_OF_OTHERS, _OWNER_ONLY, _OWN, _HAS_OWN, _PRIVATE):
        match = pattern.search(clause.low)
        if match is None:
            continue
        groups = match.groupdict()
        entity = draft.find(groups.get("what") or groups.get("of") or "")
        if entity is None and pattern is _OWNER_ONLY and len(draft.entities) == 1:
            entity = next(iter(draft.entities.values()))
        if entity is None or draft.notes[entity.name].person is not None:
            continue
        if groups.get("person") and draft.find(groups["person"]) is not None:
            continue
        sees = pattern in {_PRIVATE, _HAS_OWN, _OWN} or (
            pattern in {_NEVER_SEES, _NOT_OF_OTHERS}
            and any(v in groups.get("verbs", "") for v in ("see", "view", "read", "access"))
        )
        clause.take(match)
        make_owned(draft, entity, private_too=sees and not (pattern is _OWN and entity.visibility == "public"))
        want_ownership(draft, clause, entity)
        return


@reads(Stage.ACTIONS)
def written_by_admins(draft: Draft, clause: Clause) -> None:
    """Records that only administrators keep."""
    match = _ADMIN_ONLY.match(clause.low) or _BY_ADMIN.match(clause.low)
    entity = draft.find(match["what"]) if match else None
    if match is None or entity is None:
        return
    actor = singular(match["actor"])
    if actor in vocabulary().administrators:
        clause.take(match)
        entity.write, entity.owned = "admin", False
        name = entity.name

        def shown(later: Draft, _: str) -> list[Scenario]:
            return [*only_admins(later, later.entities[name]), *members_write(later, later.entities[name])]

        draft.want(
            f"{entity.plural}_admins",
            clause,
            f"Only administrators add, change and delete {plural_label(entity.name)}.",
            shown,
            kind="rule",
        )
        draft.add_feature("roles")
        draft.assume(f"{actor.capitalize()}s are administrators: accounts whose e-mail address is in ADMIN_EMAILS.")
    elif draft.is_person(actor) and entity.write == "admin":
        clause.take(match)
        entity.write = "member"


@reads(Stage.ACTIONS)
def public(draft: Draft, clause: Clause) -> None:
    """What anybody may read."""
    match = _PUBLIC.match(clause.low)
    entity = draft.find(match["what"] or match["other"]) if match else None
    if match is None or entity is None:
        return
    clause.take(match)
    entity.visibility = "public"
    draft.want(
        f"{entity.plural}_public", clause, f"Anybody may read {plural_label(entity.name)}.", anyone_reads(entity.name)
    )


def make_owned(draft: Draft, entity: EntitySpec, *, private_too: bool) -> None:
    """Each record belongs to the account that made it; with `private_too`, nobody else sees it."""
    entity.owned, entity.write = True, "owner"
    if private_too:
        entity.visibility = "owner"
    draft.notes[entity.name].access_said = True


def want_ownership(draft: Draft, clause: Clause, entity: EntitySpec) -> None:
    """The requirement that one person's records are out of another's reach."""
    text = (
        f"A person sees only {plural_label(entity.name)} of their own."
        if entity.visibility == "owner"
        else f"A {label(entity.name)} is changed only by who made it."
    )
    draft.want(f"{entity.plural}_owned", clause, text, private(entity.name, ownership(entity.name)), kind="rule")
