"""What a view gets from somebody who is signed in."""

from django.http import HttpRequest

from app.accounts.models import User


class SignedInRequest(HttpRequest):
    """A request behind `login_required`."""

    user: User
