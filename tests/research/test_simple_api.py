"""Reading an index's pages in both forms."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest

from projects.research import simple_api
from projects.research.errors import RegistryUnreachable, UnknownPackage
from projects.research.uv import index_url, without_hosts
from tests.research.conftest import Index

pytestmark = pytest.mark.feature("F1.4")
LINKS = (
    '<a href="../f/todo-1.0-py3-none-any.whl" data-upload-time="2025-01-02T03:04:05Z">x</a>',
    '<a href="../f/todo-1.1-py3-none-any.whl#sha256=0" data-requires-python="&gt;=3.12">x</a>',
    '<a href="../f/todo-1.2-py3-none-any.whl" data-yanked="broken">x</a>',
    '<a href="../f/todo-1.3.tar.gz">x</a>',
    '<a href="../f/todo-2.0b1-py3-none-any.whl">x</a>',
    '<a href="../f/notes.txt">x</a>',
)


def test_the_index_is_the_package_clients_own(index: Index) -> None:
    assert index_url() == f"{index.url}/simple"


def test_the_newest_that_fits_from_html(index: Index) -> None:
    index.html("todo", *LINKS)
    with httpx.Client() as client:
        page = simple_api.fetch(client, "todo")
    old, new = page.newest(python="3.11"), page.newest(python="3.12")
    assert old is not None
    assert new is not None
    assert (str(old.version), str(new.version)) == ("1.0", "1.1")
    assert old.released_at == dt.datetime(2025, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert [str(r.version) for r in page.releases] == ["1.0", "1.1", "1.2", "1.3", "2.0b1"]


def test_the_newest_that_fits_from_json(index: Index) -> None:
    index.json(
        "todo",
        {"filename": "todo-1.0-py3-none-any.whl", "requires-python": ">=3.9", "yanked": False},
        {"filename": "todo-1.1-py3-none-any.whl", "requires-python": ">=3.9", "yanked": "broken"},
        {"filename": "todo-1.2-py3-none-any.whl", "requires-python": "what", "upload-time": "never"},
        status="deprecated",
    )
    with httpx.Client() as client:
        page = simple_api.fetch(client, "todo")
    newest = page.newest(python="3.11")
    assert newest is not None
    assert (str(newest.version), page.status) == ("1.0", "deprecated")


def test_only_pre_releases_are_better_than_nothing(index: Index) -> None:
    index.html("todo", LINKS[4])
    with httpx.Client() as client:
        newest = simple_api.fetch(client, "todo").newest(python="3.11")
    assert newest is not None
    assert str(newest.version) == "2.0b1"


def test_the_status_of_an_html_page() -> None:
    page = simple_api.parse("todo", "text/html", '<meta name="pypi:project-status" content="archived">')
    assert page.status == "archived"
    assert page.newest(python="3.11") is None


def test_an_unknown_package(index: Index) -> None:
    with httpx.Client() as client, pytest.raises(UnknownPackage):
        simple_api.fetch(client, "nothing")


def test_a_server_error_is_tried_again_then_told(index: Index) -> None:
    index.pages["/simple/todo/"] = (503, "text/plain", "later")
    with httpx.Client() as client, pytest.raises(RegistryUnreachable, match="503"):
        simple_api.fetch(client, "todo", retries=2)
    assert index.asked == ["/simple/todo/"] * 3


def test_an_answer_that_is_no_page(index: Index) -> None:
    index.pages["/simple/todo/"] = (200, "application/json", "{")
    with httpx.Client() as client, pytest.raises(RegistryUnreachable, match="cannot be read"):
        simple_api.fetch(client, "todo")


@pytest.mark.usefixtures("no_index")
def test_no_connection() -> None:
    with httpx.Client() as client, pytest.raises(RegistryUnreachable, match="ConnectError"):
        simple_api.fetch(client, "todo", retries=1)


def test_addresses_are_cut_out_of_messages() -> None:
    assert without_hosts("failed: https://user:word@host/simple/x/ (why)") == "failed: <index> (why)"
