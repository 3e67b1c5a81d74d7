"""Settings of a workspace: name, members, invitations."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from autodev.accounts import mail
from autodev.accounts.access import Access
from autodev.accounts.forms import InvitationForm, RoleForm, WorkspaceForm
from autodev.accounts.http import UserRequest, actor_of, signed_in
from autodev.accounts.models import Role
from autodev.accounts.selectors import members_of, open_invitations_of, workspace_for_user
from autodev.accounts.services.invitations import invitation_create, invitation_revoke
from autodev.accounts.services.members import member_remove, member_role_change
from autodev.accounts.services.workspaces import workspace_create, workspace_rename
from autodev.lib.errors import DomainError


@require_http_methods(["GET", "POST"])
@signed_in
def general(request: UserRequest, slug: str) -> HttpResponseBase:
    """The workspace's name: members see it, maintainers change it."""
    access = workspace_for_user(actor_of(request), slug)
    form = WorkspaceForm(request.POST or None, initial={"name": access.workspace.name})
    if request.method == "POST":
        access.require(Role.MAINTAINER)
        if form.is_valid():
            workspace_rename(workspace=access.workspace, name=form.cleaned_data["name"], actor=request.user)
            messages.success(request, "Saved.")
            return redirect("accounts:workspace_settings", slug=slug)
    context = {"access": access, "form": form, "tab": "general"}
    return render(request, "accounts/workspace_general.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@signed_in
def workspace_new(request: UserRequest) -> HttpResponseBase:
    """Another workspace, owned by whoever makes it."""
    form = WorkspaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        workspace = workspace_create(name=form.cleaned_data["name"], owner=request.user)
        return redirect("projects:workspace", slug=workspace.slug)
    return render(request, "accounts/workspace_new.html", {"form": form}, status=422 if form.errors else 200)


def _members_page(
    request: UserRequest, access: Access, *, form: InvitationForm, link: str = "", email: str = "", status: int = 200
) -> HttpResponseBase:
    context = {
        "access": access,
        "members": members_of(access.workspace),
        "invitations": open_invitations_of(access.workspace) if access.can_maintain else [],
        "form": form,
        "link": link,
        "link_email": email,
        "link_mailed": mail.is_on(),
        "roles": [r for r in Role if access.at_least(r)],
        "tab": "members",
    }
    return render(request, "accounts/members.html", context, status=status)


@require_safe
@signed_in
def members(request: UserRequest, slug: str) -> HttpResponseBase:
    return _members_page(request, workspace_for_user(actor_of(request), slug), form=InvitationForm())


@never_cache
@require_POST
@signed_in
def invite(request: UserRequest, slug: str) -> HttpResponseBase:
    """Answers with the members page and the link, which is shown this once."""
    access = workspace_for_user(actor_of(request), slug, at_least=Role.MAINTAINER)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _members_page(request, access, form=form, status=422)
    try:
        invitation, token = invitation_create(
            access=access, email=form.cleaned_data["email"], role=Role(form.cleaned_data["role"]), actor=request.user,
            link=request.build_absolute_uri(reverse("accounts:invitation", args=[mail.TOKEN])) if mail.is_on() else "",
        )  # fmt: skip
    except DomainError as error:
        form.add_error("email", f"{error.message} {error.hint}")
        return _members_page(request, access, form=form, status=error.status)
    link = request.build_absolute_uri(reverse("accounts:invitation", args=[token]))
    return _members_page(request, access, form=InvitationForm(), link=link, email=invitation.email)


@require_POST
@signed_in
def invitation_withdraw(request: UserRequest, slug: str, invitation_id: uuid.UUID) -> HttpResponseBase:
    access = workspace_for_user(actor_of(request), slug, at_least=Role.MAINTAINER)
    invitation_revoke(access=access, invitation_id=invitation_id, actor=request.user)
    messages.success(request, "The invitation is withdrawn.")
    return redirect("accounts:members", slug=slug)


@require_POST
@signed_in
def member_role(request: UserRequest, slug: str, member_id: uuid.UUID) -> HttpResponseBase:
    access = workspace_for_user(actor_of(request), slug, at_least=Role.MAINTAINER)
    form = RoleForm(request.POST)
    if form.is_valid():
        role = Role(form.cleaned_data["role"])
        member = member_role_change(access=access, member_id=member_id, role=role, actor=request.user)
        messages.success(request, f"{member.user} is {role.label.lower()}.")
    else:
        messages.error(request, "There is no such role.")
    return redirect("accounts:members", slug=slug)


@require_POST
@signed_in
def member_leave(request: UserRequest, slug: str, member_id: uuid.UUID) -> HttpResponseBase:
    """Removes a member, or lets one leave."""
    access = workspace_for_user(actor_of(request), slug)
    member_remove(access=access, member_id=member_id, actor=request.user)
    messages.success(request, "Removed.")
    still = access.workspace.memberships.filter(user=request.user).exists()
    return redirect("accounts:members", slug=slug) if still else redirect("home")
