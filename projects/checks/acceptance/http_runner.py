"""Runs an HTTP check against a started product."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

from autodev.spec.checks import ClockStep, HttpCheck, HttpStep
from projects.checks.acceptance import html_expect, json_expect
from projects.checks.acceptance.http_client import Answer, RequestFailed, Session
from projects.checks.acceptance.json_expect import MISSING
from projects.checks.acceptance.page import Page
from projects.checks.acceptance.placeholders import Placeholders
from projects.checks.acceptance.serve import Server
from projects.checks.acceptance.types import StepOutcome

_SHOWN = 300


class HttpRun:
    """The sessions and saved values of one check while its steps run."""

    def __init__(self, server: Server, names: Placeholders) -> None:
        self._server = server
        self._names = names
        self._sessions: dict[str, Session] = {}
        self._stack = ExitStack()

    def steps(self, check: HttpCheck) -> Iterator[StepOutcome]:
        """Each step's outcome, the last one being the first that is not ok. Raises what `Server` raises."""
        with self._stack:
            for step in check.steps:
                outcome = self._clock(step) if isinstance(step, ClockStep) else self._request(step)
                yield outcome
                if not outcome.ok:
                    return

    def _clock(self, step: ClockStep) -> StepOutcome:
        self._server.advance(step.advance_s)
        self._names.advance(step.advance_s)
        return StepOutcome(ok=True, said=f"the clock moves on by {step.advance_s} s")

    def _request(self, step: HttpStep) -> StepOutcome:
        said = step.note or f"{step.session}: {step.method} {step.path}"
        session = self._sessions.get(step.session)
        if session is None:
            session = self._sessions[step.session] = Session(self._server.connect, port=self._server.port)
            self._stack.callback(session.close)
        try:
            answer = session.send(step, self._names)
        except RequestFailed as error:
            return StepOutcome(ok=False, said=said, expected=f"status {_either(step.status)}", got=str(error))
        for expected, got in self._wrong(step, answer, session):
            return StepOutcome(ok=False, said=said, expected=expected, got=got)
        return StepOutcome(ok=True, said=said, got=f"status {answer.status}")

    def _wrong(self, step: HttpStep, answer: Answer, session: Session) -> Iterator[tuple[str, str]]:
        """(expected, got) of what does not hold; values are saved on the way."""
        if answer.status not in step.status:
            yield f"status {_either(step.status)}", f"status {answer.status} at {answer.path}: {_short(answer.text)}"
            return
        path = urlsplit(answer.path).path
        if step.final_path is not None and path != (wanted := self._names.text(step.final_path)):
            yield f"to end on {wanted}", f"{path}: {_short(answer.text)}"
        yield from self._wrong_text(step, answer)
        body = _json(answer.text)
        for expect in step.json_expect:
            value = self._names.fill(expect.value)
            if not json_expect.holds(expect, body, value):
                yield f"{expect.path or 'the body'} {expect.op} {value!r}", _short(json_expect.at(body, expect.path))
        page = Page(answer.text) if step.html_expect else None
        for shown in step.html_expect if page else ():
            value = self._names.fill(shown.value)
            if page and not html_expect.holds(shown, page, value):
                yield (
                    f"{shown.op} {shown.field} {value if value is not None else ''}".strip(),
                    html_expect.got(shown, page),
                )
        for name, where in step.save.items():
            found = _saved(where, answer, body)
            if found is MISSING:
                yield f"a value at {where}", _short(answer.text if where.startswith("html:") else answer.path)
            self._names.saved[name] = found
        if step.token_from is not None:
            token = json_expect.at(body, step.token_from)
            if not isinstance(token, str):
                yield f"a token at {step.token_from}", _short(answer.text)
            session.token = str(token)

    def _wrong_text(self, step: HttpStep, answer: Answer) -> Iterator[tuple[str, str]]:
        for text in map(self._names.text, step.text_contains):
            if text not in answer.text:
                yield f"{text!r} in the answer", _short(answer.text)
        for text in map(self._names.text, step.text_lacks):
            if text in answer.text:
                yield f"no {text!r} in the answer", _short(answer.text)


def _saved(where: str, answer: Answer, body: Any) -> Any:
    kind, _, pattern = where.partition(":")
    if kind not in ("url", "html"):
        return json_expect.at(body, where)
    searched = (answer.location or urlsplit(answer.path).path) if kind == "url" else answer.text
    match = re.search(pattern, searched)
    if match is None:
        return MISSING
    return match.group(1) if match.re.groups else match.group()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return MISSING


def _either(statuses: tuple[int, ...]) -> str:
    return " or ".join(map(str, statuses))


def _short(value: Any) -> str:
    text = " ".join((value if isinstance(value, str) else repr(value)).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
