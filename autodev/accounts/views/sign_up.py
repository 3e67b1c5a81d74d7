"""The first-run page, sign-up, and the page behind an invitation's link."""

from __future__ import annotations

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from autodev.accounts.errors import EmailTaken, InvitationInvalid, SignUpClosed
from autodev.accounts.forms import FirstRunForm, NewPasswordForm, SignUpForm
from autodev.accounts.models import User
from autodev.accounts.selectors import invitation_by_token, is_first_run
from autodev.accounts.services import sign_up as services
from autodev.accounts.services.invitations import invitation_accept

BACKEND = "django.contrib.auth.backends.ModelBackend"


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest) -> HttpResponseBase:
    """Makes the owner account and the first workspace; gone once that has happened."""
    if not is_first_run():
        return redirect("accounts:sign_in")
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = services.owner_create(**form.cleaned_data)
        auth.login(request, user, BACKEND)
        return redirect("home")
    return render(request, "accounts/setup.html", {"form": form}, status=422 if form.errors else 200)


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest) -> HttpResponseBase:
    """Open sign-up, where the installation allows it."""
    if not settings.ALLOW_SIGNUP:
        raise SignUpClosed("New accounts are made by invitation here.")
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.sign_up(**form.cleaned_data)
        except EmailTaken as error:
            form.add_error("email", f"{error.message} {error.hint}")
        else:
            auth.login(request, user, BACKEND)
            return redirect("home")
    return render(request, "accounts/sign_up.html", {"form": form}, status=422 if form.errors else 200)


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponseBase:
    """Join with the account in use, or make the invited account and join."""
    invited = invitation_by_token(token)
    context = {"invitation": invited, "token": token}
    if isinstance(request.user, User):
        if request.method == "POST":
            invitation_accept(token=token, user=request.user)
            messages.success(request, f"You are a member of {invited.workspace.name}.")
            return redirect("projects:workspace", slug=invited.workspace.slug)
        mismatch = request.user.email.lower() != invited.email.lower()
        return render(request, "accounts/invitation_join.html", {**context, "mismatch": mismatch})
    if User.objects.filter(email__iexact=invited.email).exists():
        return redirect(f"{settings.LOGIN_URL}?next={request.path}")
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.sign_up_invited(token=token, **form.cleaned_data)
        except EmailTaken as error:
            raise InvitationInvalid("This invitation has been used.") from error
        auth.login(request, user, BACKEND)
        return redirect("projects:workspace", slug=invited.workspace.slug)
    return render(
        request, "accounts/invitation_sign_up.html", {**context, "form": form}, status=422 if form.errors else 200
    )
