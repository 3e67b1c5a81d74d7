"""The lexicon: the analyser's knowledge as data files with a schema, read once a process.

`vocabulary.yaml` general words, `stacks.yaml` types, languages, frameworks and databases, `refusals.yaml` what is not
built, `fields.yaml` types by name, `verbs.yaml` verbs that make a record, `domains/*.yaml` entities by domain.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict

from autodev.spec.schema import ProjectType


class LexiconError(ValueError):
    """A data file that does not fit its schema; the message names the file."""


def _words(value: Any) -> Any:
    return tuple(value.split()) if isinstance(value, str) else tuple(value or ())


Words = Annotated[tuple[str, ...], BeforeValidator(_words)]


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


T = TypeVar("T", bound=Entry)


class Vocabulary(Entry):
    people: tuple[str, ...]
    administrators: tuple[str, ...]
    build_verbs: tuple[str, ...]
    products: tuple[str, ...]
    places: Words
    never_things: Words
    things: Words
    neutral: Words


class Technology(Entry):
    """A word or phrase of the stack. What it is decides what it sets; a framework also says language and type."""

    words: tuple[str, ...]
    language: str | None = None
    framework: str | None = None
    database: str | None = None
    project_type: ProjectType | None = None


class TypeWords(Entry):
    project_type: ProjectType
    patterns: tuple[str, ...]


class Stacks(Entry):
    types: tuple[TypeWords, ...]
    technologies: tuple[Technology, ...]


class Refusal(Entry):
    code: str
    reason: str
    patterns: tuple[str, ...]
    allowed: tuple[str, ...] = ()


class Refusals(Entry):
    refusals: tuple[Refusal, ...]


class FieldGuess(Entry):
    """`pattern` is matched on the field's snake-case name. `field` is written in the field notation of the domains."""

    pattern: str
    field: str


class FieldGuesses(Entry):
    guesses: tuple[FieldGuess, ...]


class Verb(Entry):
    """A verb by which a person makes a record about something: "members borrow books" makes a Loan of a Book.

    `forms` are all its word forms, `noun` the entity it makes, `close` the action that ends it (name, participle field).
    `uses` says what it takes of the thing: one free `copy`, a `seat`, a `slot` of time, or nothing."""

    forms: Words
    noun: str
    entity_words: tuple[str, ...] = ()
    fields: dict[str, str] = {}
    close: str | None = None
    closed_field: str | None = None
    opened_field: str | None = None
    uses: Literal["copy", "seat", "slot", "nothing"] = "nothing"
    once: bool = False
    visibility: Literal["owner", "member", "public"] = "member"
    preposition: str = ""
    past: str = ""


class Verbs(Entry):
    verbs: tuple[Verb, ...]


class DomainEntity(Entry):
    """Fields and relations in a short notation: `string unique`, `integer min=0 default=1`, `-> Author optional`."""

    aliases: tuple[str, ...] = ()
    fields: dict[str, str]
    actions: tuple[str, ...] = ()
    owned: bool = False
    visibility: Literal["owner", "member", "public"] = "member"
    write: Literal["owner", "member", "admin"] = "member"
    title: str | None = None
    description: str = ""


class Domain(Entry):
    """`patterns` (regular expressions) name the domain. `implies` are sentences that hold unless the user says otherwise,
    `unmet` what people expect of the domain and no scenario here can measure."""

    name: str
    title: str
    patterns: tuple[str, ...]
    project_type: ProjectType | None = None
    entities: dict[str, DomainEntity] = {}
    implies: tuple[str, ...] = ()
    unmet: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    words: Words = ()


def _load(name: str) -> Any:
    path = files("autodev.spec") / "lexicon" / name
    return yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe loaders


def _parse(kind: type[T], name: str) -> T:
    try:
        return kind.model_validate(_load(name))
    except ValueError as error:
        raise LexiconError(f"autodev/spec/lexicon/{name}: {error}") from error


@cache
def vocabulary() -> Vocabulary:
    return _parse(Vocabulary, "vocabulary.yaml")


@cache
def stacks() -> Stacks:
    return _parse(Stacks, "stacks.yaml")


@cache
def refusals() -> Refusals:
    return _parse(Refusals, "refusals.yaml")


@cache
def field_guesses() -> FieldGuesses:
    return _parse(FieldGuesses, "fields.yaml")


@cache
def verbs() -> Verbs:
    return _parse(Verbs, "verbs.yaml")


@cache
def verb_of(noun: str) -> Verb | None:
    """The verb whose records have that entity name."""
    return next((verb for verb in verbs().verbs if verb.noun == noun), None)


@cache
def domains() -> tuple[Domain, ...]:
    """All domains, by file name."""
    folder = files("autodev.spec") / "lexicon" / "domains"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    return tuple(_parse(Domain, f"domains/{name}") for name in names)
