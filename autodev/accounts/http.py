"""Requests of signed-in people, typed."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django_htmx.middleware import HtmxDetails

from autodev.accounts.access import Actor
from autodev.accounts.models import User

P = ParamSpec("P")


class HtmxRequest(HttpRequest):
    htmx: HtmxDetails


class UserRequest(HtmxRequest):
    """A request whose user is signed in."""

    user: User


def actor_of(request: UserRequest) -> Actor:
    return Actor(user=request.user)


def signed_in(
    view: Callable[Concatenate[UserRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Sends whoever is not signed in to the sign-in page, and back afterwards. An htmx request gets the redirect as a
    header, so that a fragment is never replaced by the sign-in page."""

    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            target = redirect_to_login(request.get_full_path() if request.method == "GET" else "/")
            if "HX-Request" in request.headers:
                return HttpResponse(status=204, headers={"HX-Redirect": target.url})
            return target
        return view(cast("UserRequest", request), *args, **kwargs)

    update_wrapper(inner, view)
    return inner
