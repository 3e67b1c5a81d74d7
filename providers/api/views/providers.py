"""Providers: list, make, read, change, switch, reset, remove."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from autodev.accounts.models import Role, Workspace
from autodev.api.authentication import actor_of
from providers.api.base import DOOR, WorkspaceAPI, body_of, of_workspace
from providers.api.serializers.providers import ProviderChange, ProviderCheckOut, ProviderIn, ProviderOut
from providers.checks import Check, check_ask, newest
from providers.live.fresh import fresh
from providers.models import Provider
from providers.services.checking import provider_reset
from providers.services.errors import NoSuchThing
from providers.services.providers import (
    provider_change,
    provider_create,
    provider_enable,
    provider_remove,
    provider_update,
)
from providers.status import OFF, Status, statuses_of


def _with_status(rows: list[Provider], workspace: Workspace) -> list[Any]:
    """In the order of the default chain, those that are switched off last."""
    found = fresh(workspace.pk)
    known = {status.name: status for status in statuses_of(found.view, now=found.now)}
    prices = {name: target.price for name, target in found.view.targets.items()}
    places = list(known)
    rows.sort(key=lambda row: places.index(row.name) if row.name in known else len(places))
    shown = {
        row.name: known.get(row.name)
        or Status(id=row.pk, name=row.name, kind=row.kind, model=row.model, state=OFF, sentence="It is switched off.")
        for row in rows
    }
    return list(ProviderOut(rows, many=True, context={"statuses": shown, "prices": prices}).data)


def _row(workspace: Workspace, name: str) -> Provider:
    row = Provider.objects.filter(workspace=workspace, name=name).first()
    if row is None:
        raise NoSuchThing(f"There is no provider {name!r}.")
    return row


def one_provider(workspace: Workspace, name: str, status: int = 200) -> Response:
    """A provider as its endpoints show it. Raises NoSuchThing."""
    return Response(_with_status([_row(workspace, name)], workspace)[0], status=status)


@of_workspace
class Providers(WorkspaceAPI):
    @extend_schema(operation_id="providers_list", responses=ProviderOut(many=True))
    def get(self, request: Request) -> Response:
        """The providers in the order of the default chain, with how each stands. Not paged."""
        workspace = self.reading(request).workspace
        return Response(_with_status(list(Provider.objects.filter(workspace=workspace).order_by("pk")), workspace))

    @extend_schema(operation_id="providers_create", request=ProviderIn, responses={201: ProviderOut})
    def post(self, request: Request) -> Response:
        """A new provider. 409 where the name is taken, 422 with every place where the configuration is wrong."""
        workspace, actor = self.changing(request)
        body = body_of(ProviderIn, request)
        provider_create(
            workspace=workspace, actor=actor, name=body["name"], part=body["config"], chain=body.get("chain"), door=DOOR
        )
        return one_provider(workspace, body["name"], 201)


@of_workspace
class ProviderOne(WorkspaceAPI):
    @extend_schema(operation_id="providers_retrieve", responses=ProviderOut)
    def get(self, request: Request, name: str) -> Response:
        """One provider, with how it stands."""
        return one_provider(self.reading(request).workspace, name)

    @extend_schema(operation_id="providers_update", request=ProviderChange, responses=ProviderOut)
    def put(self, request: Request, name: str) -> Response:
        """Puts `config` in the place of what was said of it."""
        workspace, actor = self.changing(request)
        part = body_of(ProviderChange, request)["config"]
        provider_update(workspace=workspace, actor=actor, name=name, part=part, door=DOOR)
        return one_provider(workspace, name)

    @extend_schema(operation_id="providers_change", request=ProviderChange, responses=ProviderOut)
    def patch(self, request: Request, name: str) -> Response:
        """Changes the words that `config` has; null takes one away."""
        workspace, actor = self.changing(request)
        changes = body_of(ProviderChange, request)["config"]
        provider_change(workspace=workspace, actor=actor, name=name, changes=changes, door=DOOR)
        return one_provider(workspace, name)

    @extend_schema(operation_id="providers_destroy", responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Takes it out; its calls stay in the ledger. 409 where a chain or rule names it."""
        workspace, actor = self.changing(request)
        provider_remove(workspace=workspace, actor=actor, name=name, door=DOOR)
        return Response(status=204)


def _checked(workspace: Workspace, name: str, status: int = 200) -> Response:
    _row(workspace, name)
    found = newest(workspace.pk).get(name) or Check(state="none", text="", at=None)
    return Response(ProviderCheckOut(found).data, status=status)


class _Switch(WorkspaceAPI):
    enabled: bool

    def answer(self, request: Request, name: str) -> Response:
        workspace, actor = self.changing(request)
        provider_enable(workspace=workspace, actor=actor, name=name, enabled=self.enabled, door=DOOR)
        return one_provider(workspace, name)


@of_workspace
class Enable(_Switch):
    enabled = True

    @extend_schema(operation_id="providers_enable", request=None, responses=ProviderOut)
    def post(self, request: Request, name: str) -> Response:
        """Switches it on. All processes go by it within two seconds."""
        return self.answer(request, name)


@of_workspace
class Disable(_Switch):
    enabled = False

    @extend_schema(operation_id="providers_disable", request=None, responses=ProviderOut)
    def post(self, request: Request, name: str) -> Response:
        """Switches it off; nobody asks it any more, and its place in the chains stays."""
        return self.answer(request, name)


@of_workspace
class TestOne(WorkspaceAPI):
    @extend_schema(operation_id="providers_test_result", responses=ProviderCheckOut)
    def get(self, request: Request, name: str) -> Response:
        """What the newest test showed."""
        return _checked(self.reading(request).workspace, name)

    @extend_schema(operation_id="providers_test", request=None, responses={202: ProviderCheckOut})
    def post(self, request: Request, name: str) -> Response:
        """Asks it for a word, outside of its circuit, as a worker comes to it; costs a few tokens. For developers. Look
        for the result here by GET."""
        access = self.reading(request, at_least=Role.DEVELOPER)
        check_ask(workspace=access.workspace, name=name, actor=actor_of(request).user)
        return _checked(access.workspace, name, 202)


@of_workspace
class ResetCircuit(WorkspaceAPI):
    @extend_schema(operation_id="providers_reset", request=None, responses=ProviderOut)
    def post(self, request: Request, name: str) -> Response:
        """Closes its circuits, whatever opened them: the next call asks it again."""
        workspace, actor = self.changing(request)
        provider_reset(workspace=workspace, name=name, actor=actor, door=DOOR)
        return one_provider(workspace, name)
