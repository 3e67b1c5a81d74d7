"""Signing up, and signing in with a limit on failures."""

from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from app.accounts import limits
from app.accounts.forms import SignUpForm
from app.transactions import changing


@require_http_methods(["GET", "HEAD", "POST"])
@changing
def sign_up(request: HttpRequest) -> HttpResponse:
    """A new account, signed in at once."""
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        login(request, form.save(), backend="django.contrib.auth.backends.ModelBackend")
        return redirect("home")
    return render(request, "accounts/signup.html", {"form": form}, status=422 if form.is_bound else 200)


class SignInView(LoginView):
    """Django's own, which after too many failures of an address refuses it for a while."""

    template_name = "accounts/login.html"

    def post(self, request: HttpRequest, *args: str, **kwargs: object) -> HttpResponse:
        if limits.blocked(self._email()):
            form = self.get_form()
            form.add_error(None, "Too many failed attempts. Try again in a few minutes.")
            return self.render_to_response(self.get_context_data(form=form), status=422)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        limits.succeeded(self._email())
        return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        limits.failed(self._email())
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def _email(self) -> str:
        """The address that is tried."""
        return self.request.POST.get("username", "")
