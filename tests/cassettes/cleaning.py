"""A whole cassette without secrets."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from tests.cassettes.format import Exchange
from tests.cassettes.secrets import Scrubber, found_in
from tests.cassettes.streams import clean_events, secrets_of
from tests.cassettes.trees import mapped

ROUNDS = 10


class StillSecret(Exception):
    """Something that looks like a secret could not be taken out; nothing of it is written."""


def secrets_in_exchange(one: Exchange) -> set[str]:
    found = found_in(one.body) | found_in(one.answer) | found_in(one.path)
    return found if one.events is None else found | secrets_of(one.events)


def cleaned(exchanges: Sequence[Exchange], scrubber: Scrubber) -> list[Exchange]:
    """All of them without what the scrubber knows and what is found in them. Raises StillSecret."""
    for _ in range(ROUNDS):
        found = set().union(*map(secrets_in_exchange, exchanges))
        scrubber.learn(found)
        exchanges = [_cleaned(one, scrubber) for one in exchanges]
        # What stood beside a secret may look like one together with its stand-in: then it goes, too.
        if not set().union(*map(secrets_in_exchange, exchanges)):
            return list(exchanges)
    raise StillSecret(f"after {ROUNDS} rounds there is still something that looks like a secret")


def _cleaned(one: Exchange, scrubber: Scrubber) -> Exchange:
    return dataclasses.replace(
        one,
        path=scrubber.clean(one.path),
        body=mapped(one.body, scrubber.clean),
        answer=mapped(one.answer, scrubber.clean),
        headers={name: scrubber.clean(value) for name, value in one.headers.items()},
        events=None if one.events is None else clean_events(one.events, scrubber),
    )
