"""Who: users, workspaces, memberships, invitations, API keys."""

from autodev.accounts.models.api_key import ApiKey
from autodev.accounts.models.user import User
from autodev.accounts.models.workspace import Invitation, Membership, Role, Workspace, WorkspaceState

__all__ = ["ApiKey", "Invitation", "Membership", "Role", "User", "Workspace", "WorkspaceState"]
