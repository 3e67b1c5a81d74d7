import pytest
from django.test import Client

from app.accounts.limits import MAX_FAILURES
from app.accounts.models import User
from tests.visitor import Page
from tests.conftest import PASSWORD, People

pytestmark = pytest.mark.django_db


def sign_up(client: Client, email: str, password: str, again: str | None = None) -> Page:
    values = {"email": email, "password1": password, "password2": password if again is None else again}
    return Page(client.post("/accounts/signup/", values, follow=True))


def sign_in(client: Client, email: str, password: str) -> Page:
    return Page(client.post("/accounts/login/", {"username": email, "password": password}, follow=True))


def test_who_signs_up_is_signed_in(client: Client) -> None:
    page = sign_up(client, "Carol@Example.com", PASSWORD)
    assert page.path == "/"
    assert "carol@example.com" in page.text


def test_sign_out_and_in(client: Client) -> None:
    sign_up(client, "carol@example.com", PASSWORD)
    assert "Sign in" in Page(client.post("/accounts/logout/", follow=True)).text
    assert "carol@example.com" in sign_in(client, "CAROL@example.com", PASSWORD).text


def test_an_address_has_one_account(people: People, client: Client) -> None:
    assert sign_up(client, "ALICE@example.com", PASSWORD).errors == ["email"]


@pytest.mark.parametrize(("password", "again"), [("short", None), ("12345678901", None), (PASSWORD, "another-Horse-42")])
def test_a_password_that_will_not_do(client: Client, password: str, again: str | None) -> None:
    page = sign_up(client, "carol@example.com", password, again)
    assert page.status == 422
    assert page.errors
    assert not User.objects.exists()


def test_a_wrong_password_and_an_unknown_address_are_told_alike(people: People, client: Client) -> None:
    wrong, unknown = (sign_in(client, f"{name}@example.com", "wrong-Horse-42") for name in ("alice", "nobody"))
    assert wrong.path == unknown.path == "/accounts/login/"
    assert wrong.errors == unknown.errors == [""]


def test_guessing_is_slowed_down(people: People, client: Client) -> None:
    for _ in range(MAX_FAILURES):
        sign_in(client, "alice@example.com", "wrong-Horse-42")
    assert "Too many" in sign_in(client, "alice@example.com", PASSWORD).text
    assert sign_in(client, "bob@example.com", PASSWORD).path == "/"


def test_change_the_password(people: People, client: Client) -> None:
    values = {"old_password": PASSWORD, "new_password1": "another-Horse-43", "new_password2": "another-Horse-43"}
    assert people.alice.post("/accounts/password/", values).url == "/accounts/password/done/"
    assert people.alice.get("/accounts/password/done/").status_code == 200
    assert sign_in(client, "alice@example.com", "another-Horse-43").path == "/"


def test_administrators_are_named_by_their_address(people: People) -> None:
    assert User.objects.get(email="admin@example.com").is_admin
    assert not User.objects.get(email="alice@example.com").is_admin
