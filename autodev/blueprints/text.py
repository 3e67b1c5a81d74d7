"""Filters that carry the Spec's text into generated files.

The words of a Spec are a stranger's: each filter gives a form that cannot leave the place it is written to.
"""

from __future__ import annotations

import html as html_module
import json
import re
import unicodedata
from collections.abc import Callable

_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|!&~$])")


def one_line(value: object) -> str:
    """The text on one line: control and format characters (line ends, bidi overrides) become spaces, runs collapse."""
    kept = "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else c for c in str(value))
    return " ".join(kept.split())


def py_str(value: object) -> str:
    """A Python string literal, quotes included."""
    text = str(value)
    single = repr(text)
    if single.startswith('"') or '"' in text:
        return single
    return f'"{single[1:-1]}"'


def py_comment(value: object) -> str:
    """Text for the rest of a `#` line."""
    return one_line(value)


def py_doc(value: object) -> str:
    '''Text for a line inside a """docstring""".'''
    text = one_line(value).replace("\\", "\\\\").replace('"""', "'''")
    return text + " " if text.endswith('"') else text


def sentence(value: object) -> str:
    """The text on one line, with a capital first and a full stop last. Escape it further for where it goes."""
    text = one_line(value)
    if not text:
        return ""
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?" else f"{text}."


def md(value: object) -> str:
    """Markdown that shows the text as it is: no markup, no HTML, no line break."""
    return _MARKDOWN.sub(r"\\\1", one_line(value)).replace("\\<", "&lt;").replace("\\>", "&gt;")


def yaml_str(value: object) -> str:
    """A double-quoted YAML scalar (JSON strings are YAML)."""
    return json.dumps(one_line(value), ensure_ascii=False)


def toml_str(value: object) -> str:
    """A TOML basic string."""
    return json.dumps(one_line(value), ensure_ascii=False)


def html(value: object) -> str:
    """HTML text or a quoted attribute's value. `{{` and `{%` are broken up, so that a template engine sees text."""
    escaped = html_module.escape(one_line(value), quote=True)
    return escaped.replace("{", "&#123;").replace("}", "&#125;")


FILTERS: dict[str, Callable[[object], str]] = {
    "one_line": one_line,
    "py_str": py_str,
    "py_comment": py_comment,
    "py_doc": py_doc,
    "sentence": sentence,
    "md": md,
    "yaml_str": yaml_str,
    "toml_str": toml_str,
    "html": html,
}
