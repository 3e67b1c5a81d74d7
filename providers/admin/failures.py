"""Failure patterns of operators, and the messages that no pattern knew."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import slugify
from unfold.widgets import UnfoldAdminSelectWidget

from autodev.pages.admin_readonly import ReadOnlyAdmin
from providers.admin.base import DOOR, ByServices, operator
from providers.failures.fingerprint import proposed_pattern
from providers.failures.hints import hint
from providers.failures.kinds import FailureKind
from providers.failures.unknown import PatternRefused, check_pattern
from providers.models import FailurePattern, UnknownFailure
from providers.services.patterns import pattern_remove, pattern_save

LEARNED_FROM = "unknown"
SHOWN = 600  # characters of a message beside the pattern that is made of it


def learned_from(request: HttpRequest) -> UnknownFailure | None:
    """The message of which a pattern is made on this page, as its address says."""
    try:
        key = uuid.UUID(request.GET.get(LEARNED_FROM, ""))
    except ValueError:
        return None
    return UnknownFailure.objects.filter(pk=key).first()


class FailurePatternForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none at run time
    kind = forms.ChoiceField(
        choices=[("", "Choose what it means"), *((kind.value, f"{kind.value}: {hint(kind)}") for kind in FailureKind)],
        widget=UnfoldAdminSelectWidget,
        help_text="What follows for the provider, and who is asked next.",
    )
    example: ClassVar[str] = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.example and "pattern" in self.fields:
            self.fields["pattern"].help_text = f"It must match this message: {self.example[:SHOWN]}"

    class Meta:
        model = FailurePattern
        fields = ("name", "framework", "pattern", "kind", "position", "enabled")

    def clean_pattern(self) -> str:
        pattern: str = self.cleaned_data["pattern"]
        try:
            check_pattern(pattern, example=self.example)
        except PatternRefused as error:
            raise forms.ValidationError(error.message) from error
        return pattern


@admin.register(FailurePattern)
class FailurePatternAdmin(ByServices):
    form = FailurePatternForm
    list_display: ClassVar = ["name", "kind", "framework", "pattern", "position", "enabled"]
    list_filter: ClassVar = ["enabled"]
    search_fields: ClassVar = ["name", "pattern", "=kind"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT001, FBT002 - Django's signature
        form = super().get_form(request, obj, change, **kwargs)
        source = learned_from(request)
        form.example = source.example if source is not None else ""
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        source = learned_from(request)
        if source is not None:
            initial |= {
                "name": slugify(source.template)[:60].strip("-"),
                "framework": source.framework,
                "pattern": proposed_pattern(source.example),
            }
        return initial

    def save_model(self, request: HttpRequest, obj: FailurePattern, form: Any, change: Any) -> None:
        pattern_save(row=obj, actor=operator(request), learned_from=learned_from(request), door=DOOR)

    def delete_model(self, request: HttpRequest, obj: FailurePattern) -> None:
        pattern_remove(row=obj, actor=operator(request), door=DOOR)


@admin.register(UnknownFailure)
class UnknownFailureAdmin(ReadOnlyAdmin):
    list_display: ClassVar = ["template", "count", "framework", "pattern", "first_at", "last_at"]
    list_filter: ClassVar = [("pattern", admin.EmptyFieldListFilter)]
    list_select_related: ClassVar = ["pattern"]
    search_fields: ClassVar = ["template", "=framework"]
    actions: ClassVar = ["make_pattern"]
    show_full_result_count = False

    @admin.action(description="Make it a pattern", permissions=["view"])
    def make_pattern(self, request: HttpRequest, queryset: QuerySet[UnknownFailure]) -> HttpResponseRedirect | None:
        """Leads to a new pattern that the message proposes; its kind is for the operator to say."""
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            self.message_user(request, "Choose one message.", messages.WARNING)
            return None
        address = reverse("admin:providers_failurepattern_add")
        return HttpResponseRedirect(f"{address}?{urlencode({LEARNED_FROM: str(chosen[0].pk)})}")
