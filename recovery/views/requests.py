"""Questions to people: read, and answered."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from autodev.accounts.access import Access
from autodev.accounts.http import UserRequest, signed_in
from autodev.accounts.models import Role
from autodev.lib.errors import DomainError
from recovery.models import HumanRequest
from recovery.requests import answer_request, role_for
from recovery.selectors.asked import ANSWERABLE, answer_label, answers_of, parts_of
from recovery.selectors.requests import request_of
from recovery.selectors.requests import requests as rows_of
from recovery.states import RequestState
from recovery.views.forms import AnswerForm
from recovery.views.frame import recovery_access

A_PAGE = 25
ALL = "all"


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def requests(request: UserRequest, slug: str) -> HttpResponseBase:
    """The open ones, or those of `?state=`."""
    access = recovery_access(request, slug)
    wanted = request.GET.get("state", RequestState.OPEN)
    state = wanted if wanted in (*RequestState.values, ALL) else str(RequestState.OPEN)
    rows = rows_of(access.workspace.pk, state="" if state == ALL else state)
    context = {
        "access": access,
        "tab": "requests",
        "page": Paginator(rows.defer("evidence"), A_PAGE).get_page(request.GET.get("page")),
        "state": state,
        "states": [*RequestState.choices, (ALL, "All")],
    }
    template = "recovery/requests_live.html" if request.htmx else "recovery/requests.html"
    return render(request, template, context)


@require_safe
@signed_in
def one(request: UserRequest, slug: str, request_id: uuid.UUID) -> HttpResponseBase:
    """The question with its evidence. It is not kept current while somebody types."""
    access = recovery_access(request, slug)
    return _page(request, access, request_of(access.workspace.pk, request_id), AnswerForm())


@require_POST
@signed_in
def answer(request: UserRequest, slug: str, request_id: uuid.UUID) -> HttpResponseBase:
    """What is refused stands in the form with the note as it was typed."""
    access = recovery_access(request, slug, at_least=Role.DEVELOPER)
    asked = request_of(access.workspace.pk, request_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, access, asked, form)
    wanted = form.cleaned_data["answer"]
    try:
        answer_request(
            request=asked, user=request.user, role=access.role, answer=wanted, note=form.cleaned_data["note"]
        )
    except DomainError as error:
        form.add_error(None, f"{error.message} {error.hint}".strip())
        return _page(request, access, request_of(access.workspace.pk, request_id), form, status=error.status)
    messages.success(request, f"Answered: {answer_label(wanted).lower()}.")
    return redirect("recovery:task", slug=slug, task_id=asked.task_id)


def _page(
    request: UserRequest, access: Access, asked: HumanRequest, form: AnswerForm, *, status: int = 422
) -> HttpResponse:
    context = {
        "access": access,
        "tab": "requests",
        "asked": asked,
        "form": form,
        "evidence": parts_of(asked),
        "options": [one for one in answers_of(asked) if access.at_least(role_for(one.value))],
        "answerable": asked.state in ANSWERABLE,
        "answered": answer_label(asked.answer),
    }
    return render(request, "recovery/request.html", context, status=status if form.errors else 200)
