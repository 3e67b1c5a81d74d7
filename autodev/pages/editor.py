"""The text area of an editor with line numbers; `static/src/editor.js` gives it life."""

from __future__ import annotations

from django import forms


def editor_area(rows: int) -> forms.Textarea:
    """A text area for a document: as it is typed, without spelling marks and wrapped lines."""
    return forms.Textarea(
        attrs={
            "rows": rows,
            "spellcheck": "false",
            "autocapitalize": "off",
            "autocomplete": "off",
            "wrap": "off",
            "class": "editor-text",
            "x-ref": "text",
            "x-on:input": "changed",
            "x-on:scroll": "follow",
        }
    )
