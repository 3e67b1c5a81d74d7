"""Addresses of accounts."""

from __future__ import annotations

from django.urls import path

from autodev.accounts.views import api_keys, profile, session, sign_up, workspace

app_name = "accounts"
urlpatterns = [
    path("setup/", sign_up.setup, name="setup"),
    path("sign-in/", session.sign_in, name="sign_in"),
    path("sign-out/", session.sign_out, name="sign_out"),
    path("sign-up/", sign_up.sign_up, name="sign_up"),
    path("invitations/<str:token>/", sign_up.invitation, name="invitation"),
    path("profile/", profile.profile, name="profile"),
    path("profile/password/", profile.password_change, name="password_change"),
    path("password-reset/", profile.PasswordReset.as_view(), name="password_reset"),
    path("password-reset/sent/", profile.PasswordResetSent.as_view(), name="password_reset_sent"),
    path(
        "password-reset/<uidb64>/<token>/", profile.PasswordResetConfirm.as_view(), name="password_reset_confirm"
    ),
    path("workspaces/new/", workspace.workspace_new, name="workspace_new"),
    path("w/<slug:slug>/settings/", workspace.general, name="workspace_settings"),
    path("w/<slug:slug>/members/", workspace.members, name="members"),
    path("w/<slug:slug>/members/invite/", workspace.invite, name="invite"),
    path("w/<slug:slug>/members/<uuid:member_id>/role/", workspace.member_role, name="member_role"),
    path("w/<slug:slug>/members/<uuid:member_id>/remove/", workspace.member_leave, name="member_remove"),
    path(
        "w/<slug:slug>/invitations/<uuid:invitation_id>/withdraw/", workspace.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("w/<slug:slug>/api-keys/", api_keys.api_keys, name="api_keys"),
    path("w/<slug:slug>/api-keys/<uuid:key_id>/revoke/", api_keys.api_key_end, name="api_key_revoke"),
]  # fmt: skip
