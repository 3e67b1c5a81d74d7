"""Lists: searched, narrowed, sorted and cut into pages by the parameters of the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django import forms
from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

PAGE_SIZE = 25
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Listing(Generic[M]):
    """A page of records. `query` and `sorted_query` are the address's other parameters, for links that keep them."""

    page: Page[M]
    form: forms.Form
    sort: str
    query: str
    sorted_query: str

    @property
    def narrowed(self) -> bool:
        return any(value not in (None, "") for value in getattr(self.form, "cleaned_data", {}).values())


def narrowed(records: QuerySet[M], form: forms.Form, search: Sequence[str]) -> QuerySet[M]:
    """The records that the list's form asks for. A parameter that is not valid narrows nothing."""
    form.is_valid()
    asked = dict(form.cleaned_data)
    words = asked.pop("q", "")
    if words:
        found = Q()
        for name in search:
            found |= Q(**{f"{name}__icontains": words})
        records = records.filter(found)
    return records.filter(**{name: value for name, value in asked.items() if value not in (None, "")})


def listed(
    request: HttpRequest, records: QuerySet[M], form: forms.Form, *, search: Sequence[str], sort: Mapping[str, str]
) -> Listing[M]:
    """The page that the address asks for. `sort` maps a parameter's value to the field to sort by."""
    records = narrowed(records, form, search)
    wanted = request.GET.get("sort", "")
    name = wanted.removeprefix("-")
    if name in sort:
        records = records.order_by(("-" if wanted.startswith("-") else "") + sort[name], "pk")
    page = Paginator(records, PAGE_SIZE).get_page(request.GET.get("page"))
    others = request.GET.copy()
    others.pop("page", None)
    sorted_query = others.urlencode()
    others.pop("sort", None)
    return Listing(page, form, wanted if name in sort else "", others.urlencode(), sorted_query)
