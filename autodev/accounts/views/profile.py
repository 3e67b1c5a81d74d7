"""A person's own page, and their password."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import auth, messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from autodev.accounts import rate_limit
from autodev.accounts.errors import TooManyAttempts
from autodev.accounts.forms import ProfileForm, QueuedPasswordResetForm
from autodev.accounts.http import UserRequest, actor_of, signed_in
from autodev.accounts.models import User
from autodev.accounts.selectors import memberships_for_user
from autodev.accounts.services.audit import record
from autodev.accounts.services.profile import password_change as change_password
from autodev.accounts.services.profile import profile_update


@require_http_methods(["GET", "POST"])
@signed_in
def profile(request: UserRequest) -> HttpResponseBase:
    form = ProfileForm(request.POST or None, initial={"name": request.user.name})
    if request.method == "POST" and form.is_valid():
        profile_update(user=request.user, name=form.cleaned_data["name"])
        messages.success(request, "Saved.")
        return redirect("accounts:profile")
    context = {"form": form, "memberships": memberships_for_user(actor_of(request))}
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@signed_in
def password_change(request: UserRequest) -> HttpResponseBase:
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        change_password(user=request.user, password=form.cleaned_data["new_password1"])
        # this session goes on; the others end, because their hash is the old password's
        auth.update_session_auth_hash(request, request.user)
        messages.success(request, "The password is changed. Your other sessions have ended.")
        return redirect("accounts:profile")
    return render(request, "accounts/password_change.html", {"form": form}, status=422 if form.errors else 200)


class PasswordReset(auth_views.PasswordResetView):
    """Queues the link for mailing; answers the same for an address that has no account."""

    template_name = "accounts/password_reset.html"
    form_class = QueuedPasswordResetForm
    success_url = reverse_lazy("accounts:password_reset_sent")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]  # django-stubs names the narrower HttpResponse
        if not rate_limit.hit("password-reset", rate_limit.client_address(request), limit=20):
            raise TooManyAttempts("Too many requests for a new password.")
        return super().post(request, *args, **kwargs)


class PasswordResetSent(auth_views.PasswordResetDoneView):
    template_name = "accounts/password_reset_sent.html"


@method_decorator(sensitive_post_parameters(), name="dispatch")
class PasswordResetConfirm(auth_views.PasswordResetConfirmView):
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("accounts:sign_in")

    def form_valid(self, form: SetPasswordForm[Any]) -> Any:
        answer = super().form_valid(form)
        record(type="user.password_reset", actor=cast("User", form.user))
        messages.success(self.request, "The password is set. Sign in with it.")
        return answer
