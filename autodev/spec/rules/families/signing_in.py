"""Accounts: "with authentication", "users sign up and log in", "sign-in needed", "without login"."""

from __future__ import annotations

from autodev.spec.rules.acceptance.records import accounts
from autodev.spec.rules.draft import Draft
from autodev.spec.rules.patterns import MODAL, compiled, people
from autodev.spec.rules.registry import Stage, reads
from autodev.spec.rules.text import Clause

_NONE = compiled(
    r"\b(?:no|without(?: any)?|needs no|need no|no need for|does not need|doesn't need) (?:an? )?(?:user )?(?:authentication|auth|login|log-?in|sign-?in|sign-?up|accounts?|registration)(?: (?:is )?(?:needed|required|necessary))?\b|\bsingle[- ]user\b"
)
_AUTH = compiled(
    r"\b(?:(?:with |and |has |needs |using |including )?(?:jwt |token |token-based |user |basic |e-?mail and password |password |secure )*(?:authentication|authorization|auth|log-?ins?|sign-?ins?|sign-?ups?|sign(?:ing)? in|user registration|user accounts?|registration(?! (?:is|are|can|must|closes|opens|ends)\b))(?: and (?:log-?in|log-?out|sign-?in|sign-?up|registration|authentication|authorization))?(?: (?:needed|required|is needed|is required|with (?:e-?mail|jwt|tokens?|a password)(?: and password)?|via jwt|by e-?mail))?|jwt)\b"
)
_SIGN = compiled(
    rf"\b(?:(?:{people()}) (?:{MODAL} )?(?:only )?)?(?:be )?(?:sign(?:s|ed)? ?-?(?:up|in)|log(?:s|ged)? ?-?in|register)(?:(?:,| and|, and| or) (?:sign(?:s|ed)? ?-?(?:up|in|out)|log(?:s|ged)? ?-?(?:in|out)|register))*(?: (?:with|by|using|via) (?:(?:an?|their) )?e-?mail(?: address)?(?: and (?:an? )?password)?)?(?: first)?$"
)
_WRONG = compiled(r"^(?:an? |the )?wrong password (?:is|must be|gets) (?:refused|rejected|not accepted)$")


@reads(Stage.FEATURES)
def signing_in(draft: Draft, clause: Clause) -> None:
    """Sets whether the product has accounts; what is said outright wins over what a domain implies."""
    match = _NONE.search(clause.low)
    if match is not None and not clause.implied:
        clause.take(match)
        draft.auth = False
        return
    match = _WRONG.match(clause.low) or _SIGN.search(clause.low) or _AUTH.search(clause.low)
    if match is None or clause.implied:
        return
    clause.take(match)
    if draft.auth is not False:
        draft.auth = True
        draft.auth_clause = draft.auth_clause or clause
        draft.want("accounts", clause, "People sign up and log in; a wrong password is refused.", accounts)
