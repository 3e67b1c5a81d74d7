"""Static files under both kinds of server: whole, in parts, without Django's warning about synchronous iterators."""

from __future__ import annotations

import warnings
from typing import Any, cast

import pytest
from django.http import FileResponse
from django.test import AsyncClient, Client
from pytest_django import Settings

pytestmark = [pytest.mark.django_db, pytest.mark.feature("F4.2")]


@pytest.fixture(autouse=True)
def _found(settings: Settings) -> None:
    settings.WHITENOISE_USE_FINDERS = True
    settings.WHITENOISE_AUTOREFRESH = True


def of(response: Any) -> FileResponse:
    return cast("FileResponse", response)


async def test_a_file_comes_piece_by_piece_without_a_warning(async_client: AsyncClient) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        response = of(await async_client.get("/static/admin/css/base.css"))
        parts = [part async for part in response]
    assert (response.status_code, len(b"".join(parts))) == (200, int(response["Content-Length"]))
    assert response.is_async


async def test_a_part_of_a_file_comes(async_client: AsyncClient) -> None:
    response = of(await async_client.get("/static/admin/css/base.css", headers={"range": "bytes=10-19"}))
    assert response.status_code == 206
    assert len(b"".join([part async for part in response])) == 10


def test_a_synchronous_server_reads_as_before(client: Client) -> None:
    response = of(client.get("/static/admin/css/base.css"))
    assert (response.status_code, response.is_async) == (200, False)
    assert len(response.getvalue()) == int(response["Content-Length"])
