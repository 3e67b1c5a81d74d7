"""Sign in and out."""

from __future__ import annotations

from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from autodev.accounts import rate_limit
from autodev.accounts.errors import TooManyAttempts
from autodev.accounts.forms import SignInForm
from autodev.accounts.selectors import is_first_run


def next_page(request: HttpRequest) -> str:
    """Where to go after signing in: only to an address of this site."""
    target = request.POST.get("next") or request.GET.get("next") or "/"
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else "/"


def _may_try(request: HttpRequest, email: str) -> bool:
    address = rate_limit.client_address(request)
    by_address = rate_limit.hit("sign-in-address", address, limit=rate_limit.SIGN_IN_BY_ADDRESS)
    return rate_limit.hit("sign-in", f"{email}|{address}", limit=rate_limit.SIGN_IN_BY_ACCOUNT) and by_address


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The sign-in page; ten tries an account and address in a quarter of an hour."""
    if is_first_run():
        return redirect("accounts:setup")
    if request.user.is_authenticated:
        return HttpResponseRedirect(next_page(request))
    form = SignInForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            email = form.cleaned_data["email"].lower()
            if not _may_try(request, email):
                raise TooManyAttempts("Too many tries to sign in.")
            user = auth.authenticate(request, username=email, password=form.cleaned_data["password"])
            if user is not None:
                rate_limit.forget("sign-in", f"{email}|{rate_limit.client_address(request)}")
                auth.login(request, user)
                return HttpResponseRedirect(next_page(request))
            form.add_error(None, "E-mail and password do not belong together.")
    return render(request, "accounts/sign_in.html", {"form": form, "next": next_page(request)}, status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    auth.logout(request)
    return redirect("accounts:sign_in")
