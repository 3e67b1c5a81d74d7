"""What the admin pages of providers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from autodev.accounts.models import User

DOOR = "admin"


def operator(request: HttpRequest) -> User:
    return cast("User", request.user)


class ByServices(ModelAdmin):
    """A row is made, changed and removed by the services; what one refuses is an error page, and nothing is changed.
    `begins_with` are the fields that are only given when a row is made."""

    begins_with: ClassVar[Sequence[str]] = ()
    show_full_result_count = False
    list_per_page = 50

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[str]:
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, *(self.begins_with if obj is not None else ())]

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with transaction.atomic():
            for row in queryset:
                self.delete_model(request, row)

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The rows themselves: what hangs on them is the service's business."""
        rows = [str(row) for row in objs]
        return rows, {self.opts.verbose_name_plural: len(rows)}, set(), []


def stands_for(obj: Model, row: Model) -> None:
    """Makes the form's object the row that a service made, for the log and the page that follows."""
    obj.pk = row.pk
    obj._state.adding = False  # noqa: SLF001 - Django's public name for it
