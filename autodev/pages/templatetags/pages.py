"""Tags of the templates: state badges, times, sizes, form fields."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.forms import BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, Select, Textarea
from django.utils.html import format_html
from django.utils.safestring import SafeString

from autodev.lib.clock import utcnow
from autodev.pages.markdown import rendered
from autodev.pages.tones import tone

register = template.Library()


@register.simple_tag
def badge(value: str, label: str = "") -> SafeString:
    """A state as a badge: a dot in its tone and the word."""
    words = label or str(value).replace("_", " ").capitalize()
    return format_html(
        '<span class="state state-{}"><span class="state-dot" aria-hidden="true"></span>{}</span>', tone(value), words
    )


@register.filter
def tone_of(value: str) -> str:
    return tone(value)


@register.simple_tag
def moment(value: dt.datetime | None) -> SafeString:
    """A time element: how long ago, with the exact moment as its title. The browser keeps it current."""
    if value is None:
        return SafeString("–")
    iso = value.astimezone(dt.UTC).isoformat(timespec="seconds")
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>', iso, f"{value:%Y-%m-%d %H:%M:%S} UTC", ago(value)
    )


def ago(value: dt.datetime, now: dt.datetime | None = None) -> str:
    """`12 s ago`, `in 3 d`: one unit, the largest that gives at least one."""
    seconds = ((now or utcnow()) - value).total_seconds()
    text = short(abs(seconds))
    return f"in {text}" if seconds < 0 else f"{text} ago"


def short(seconds: float) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


@register.filter
def lasted(start: dt.datetime | None, end: dt.datetime | None) -> str:
    """From start to end (or now): `0.4 s`, `1:07`, `2:03:59`. Tenths only of what has ended."""
    if start is None:
        return "–"
    exact = max(0.0, ((end or utcnow()) - start).total_seconds())
    if end is not None and exact < 9.95:
        return f"{exact:.1f} s"
    total = int(exact)
    hours, rest = divmod(total, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.filter
def milliseconds(value: int | None) -> str:
    """`340 ms`, `2.1 s`."""
    if not value:
        return "–"
    return f"{value} ms" if value < 1000 else f"{value / 1000:.1f} s"


@register.filter
def words(value: object) -> str:
    """A name as people read it: `primary_secondary` is "primary secondary"."""
    return str(value).replace("_", " ")


@register.filter
def commit(value: str) -> str:
    """A commit's first eight digits."""
    return value[:8]


@register.filter
def markdown(text: str) -> SafeString:
    """A model's Markdown, without links, images and raw HTML."""
    return rendered(text)


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, hint: str = "") -> dict[str, Any]:
    """A form field with label, help and errors, tied together for screen readers."""
    widget = bound.field.widget
    kinds = ((CheckboxSelectMultiple, "checks"), (CheckboxInput, "check"), (Select, "select"), (Textarea, "textarea"))
    kind = next((name for cls, name in kinds if isinstance(widget, cls)), "input")
    described = [f"{bound.id_for_label}-help"] if (hint or bound.help_text) else []
    if bound.errors:
        described.append(f"{bound.id_for_label}-errors")
    attrs: dict[str, Any] = {
        "class": {"input": "input w-full", "select": "select w-full", "textarea": "textarea w-full"}.get(kind, "")
    }
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    return {
        "bound": bound,
        "kind": kind,
        "widget": bound.as_widget(attrs={**widget.attrs, **attrs}) if kind != "checks" else bound,
        "hint": hint or bound.help_text,
    }
