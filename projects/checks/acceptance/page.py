"""Reads a page as a browser's user does: its forms, the values it shows, its rows and its errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905 - one line, not 14
)
_NOT_SENT = frozenset({"submit", "button", "image", "reset", "file"})

Attributes = dict[str, str]


@dataclass
class Form:
    """`controls`: name and value of each control as it would be sent unchanged, in order."""

    action: str
    method: str
    controls: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Shown:
    """A `data-field` element: its text, and the first `datetime` on it or in it."""

    text: str = ""
    datetime: str | None = None

    @property
    def value(self) -> str:
        return self.datetime if self.datetime is not None else " ".join(self.text.split())


@dataclass
class _Select:
    name: str
    multiple: bool
    chosen: list[str] = field(default_factory=list)
    first: str | None = None


class Page(HTMLParser):
    """What a page holds. `fields`: name → the first element that shows it; `rows`: each `data-id`; `errors`: the
    field each `data-error` names, empty where it names none."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.fields: dict[str, Shown] = {}
        self.rows: list[str] = []
        self.errors: list[str] = []
        self._open: list[tuple[str, Shown | None]] = []
        self._form: Form | None = None
        self._select: _Select | None = None
        self._option: tuple[str | None, bool, str] | None = None
        self._textarea: tuple[str, str] | None = None
        self.feed(text)
        self.close()

    def form_for(self, path: str) -> Form | None:
        """The form that posts to `path`, where one does; else the first that posts at all and is not the sign-out
        one."""
        posting = [form for form in self.forms if form.method == "post"]
        exact = [form for form in posting if form.action.split("?")[0] == path]
        own = [form for form in posting if form.action in ("", ".", "#")]
        return next(iter([*exact, *own]), None)

    def token(self) -> str | None:
        """The CSRF token of any form of the page."""
        values = (value for form in self.forms for name, value in form.controls if name == "csrfmiddlewaretoken")
        return next(values, None)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        shown = self._note(given)
        if tag not in _VOID:
            self._open.append((tag, shown))
        match tag:
            case "form":
                self._form = Form(given.get("action", ""), given.get("method", "get").lower())
                self.forms.append(self._form)
            case "input":
                self._input(given)
            case "select":
                self._select = _Select(given.get("name", ""), "multiple" in given)
            case "option":
                self._end_option()
                self._option = (given.get("value"), "selected" in given, "")
            case "textarea":
                self._textarea = (given.get("name", ""), "")

    def handle_endtag(self, tag: str) -> None:
        if not any(name == tag for name, _ in self._open):
            return
        while self._open and self._open.pop()[0] != tag:
            pass
        match tag:
            case "form":
                self._form = None
            case "option":
                self._end_option()
            case "select":
                self._end_select()
            case "textarea" if self._textarea is not None:
                self._send(*self._textarea)
                self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            self._textarea = (self._textarea[0], self._textarea[1] + data)
        if self._option is not None:
            self._option = (*self._option[:2], self._option[2] + data)
        for _, shown in self._open:
            if shown is not None:
                shown.text += data

    def _note(self, given: Attributes) -> Shown | None:
        """Keeps what the element shows; gives the new `data-field` element."""
        if "data-id" in given:
            self.rows.append(given["data-id"])
        if "data-error" in given or "data-error-field" in given:
            self.errors.append(given.get("data-error-field", ""))
        shown = None
        if "data-field" in given:
            shown = Shown()
            self.fields.setdefault(given["data-field"], shown)
        if "datetime" in given:
            for element in (*(outer for _, outer in self._open), shown):
                if element is not None and element.datetime is None:
                    element.datetime = given["datetime"]
        return shown

    def _input(self, given: Attributes) -> None:
        kind = given.get("type", "text").lower()
        if kind in _NOT_SENT or "disabled" in given:
            return
        if kind in ("checkbox", "radio") and "checked" not in given:
            return
        self._send(given.get("name", ""), given.get("value", "on" if kind in ("checkbox", "radio") else ""))

    def _send(self, name: str, value: str) -> None:
        if self._form is not None and name:
            self._form.controls.append((name, value))

    def _end_option(self) -> None:
        if self._option is None or self._select is None:
            return
        value, selected, text = self._option
        sent = value if value is not None else " ".join(text.split())
        if self._select.first is None:
            self._select.first = sent
        if selected:
            self._select.chosen.append(sent)
        self._option = None

    def _end_select(self) -> None:
        self._end_option()
        select, self._select = self._select, None
        if select is None:
            return
        chosen = select.chosen
        if not chosen and not select.multiple and select.first is not None:
            chosen = [select.first]
        for value in chosen:
            self._send(select.name, value)
