"""Forms of recovery's pages."""

from __future__ import annotations

import json
from typing import Any

from django import forms

from autodev.pages.editor import editor_area
from recovery.states import RecoveryState, Strategy

LONGEST = 100_000
ANY = [("", "Any")]


class TimelineFilterForm(forms.Form):
    state = forms.ChoiceField(label="Came of it", choices=[*ANY, *RecoveryState.choices], required=False)
    strategy = forms.ChoiceField(choices=[*ANY, *Strategy.choices], required=False)
    kind = forms.CharField(label="Failure", max_length=40, required=False)
    build = forms.UUIDField(label="Build's id", required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(label="Why", max_length=300, required=False, help_text="It stands in the activity.")


class ReplayForm(ReasonForm):
    """`params` is the task's input as JSON; `line` is where a mistake in it stands."""

    params = forms.CharField(max_length=LONGEST, required=False, strip=False, widget=editor_area(14))
    line: int = 0

    def clean_params(self) -> dict[str, Any] | None:
        """None where it was left empty."""
        text: str = self.cleaned_data["params"]
        if not text.strip():
            return None
        try:
            found = json.loads(text, parse_constant=_no_number)
        except json.JSONDecodeError as error:
            self.line = error.lineno
            raise forms.ValidationError(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from error
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(f"This is no JSON that can be stored: {error}.") from error
        if not isinstance(found, dict):
            raise forms.ValidationError("It must be an object: {…}.")
        if "\\u0000" in text or "\x00" in text:
            raise forms.ValidationError("It must not hold the character NUL.")
        return found


class AnswerForm(forms.Form):
    answer = forms.CharField(max_length=30)
    note = forms.CharField(
        label="Note", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What you add is told to whoever does the next attempt.",
    )  # fmt: skip


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
