"""The workspace: its builds, and what happened."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from autodev.accounts.http import UserRequest, actor_of, signed_in
from autodev.accounts.selectors import workspace_for_user
from autodev.events.models import Event
from autodev.pages.views import LAST_WORKSPACE
from projects.examples import EXAMPLES
from projects.forms import FilterForm
from projects.models import Build, Task
from projects.selectors.builds import builds_of, counts_by_state, workspace_version
from projects.selectors.events import activity_of, with_subjects
from projects.states import BuildState

A_PAGE = 25


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the activity: what happened, to which build, by which of its tasks."""

    event: Event
    build: Build | None
    task: Task | None

    @property
    def words(self) -> str:
        """`Task claimed`."""
        return self.event.type.replace(".", " ").replace("_", " ").capitalize()


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def home(request: UserRequest, slug: str) -> HttpResponseBase:
    """The builds of a workspace, newest first."""
    access = workspace_for_user(actor_of(request), slug)
    if request.session.get(LAST_WORKSPACE) != slug:
        request.session[LAST_WORKSPACE] = slug
    form = FilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {"state": "", "q": ""}
    counts = counts_by_state(access.workspace)
    rows = builds_of(access.workspace, state=wanted["state"], query=wanted["q"])
    context = {
        "access": access,
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "state": wanted["state"],
        "query": wanted["q"],
        "states": [(s.value, s.label, counts[s.value]) for s in BuildState if s.value in counts],
        "total": sum(counts.values()),
        "version": workspace_version(access.workspace),
        "examples": EXAMPLES,
    }
    return render(request, "projects/home_live.html" if request.htmx else "projects/home.html", context)


@require_safe
@vary_on_headers("HX-Request")
@signed_in
def activity(request: UserRequest, slug: str) -> HttpResponseBase:
    """Who did what, newest first."""
    access = workspace_for_user(actor_of(request), slug)
    page = Paginator(activity_of(access.workspace), 50).get_page(request.GET.get("page"))
    context = {"access": access, "page": page, "version": workspace_version(access.workspace)}
    context["lines"] = [Line(event=event, build=build, task=task) for event, build, task in with_subjects(page)]
    template = "projects/activity_live.html" if request.htmx else "projects/activity.html"
    return render(request, template, context)
