"""Tokens of jobs: what an agent program in the sandbox calls the gateway with, instead of a provider's key."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
import uuid

from autodev.accounts.keys import current_pepper, peppers, secret_hmac
from autodev.lib.clock import db_now
from autodev.lib.db import write
from providers.models import JobToken

PREFIX = "adj_"


def job_token_create(
    *,
    workspace_id: uuid.UUID,
    project_id: uuid.UUID | None = None,
    build_id: uuid.UUID | None = None,
    task_id: uuid.UUID | None = None,
    epoch: int = 0,
    lifetime: dt.timedelta = dt.timedelta(hours=2),
) -> str:
    """The full text of a fresh token, which is nowhere else. It ends by itself after `lifetime`."""
    secret = secrets.token_urlsafe(32)
    pepper = current_pepper()
    token = JobToken(
        workspace_id=workspace_id,
        token_hmac=secret_hmac(secret, pepper) or "",
        pepper_id=pepper,
        project_id=project_id,
        build_id=build_id,
        task_id=task_id,
        epoch=epoch,
    )

    def apply() -> None:
        token.expires_at = db_now(plus_s=lifetime.total_seconds())
        token.save(force_insert=True)

    write(apply, landed=lambda: JobToken.objects.filter(pk=token.pk).exists() or None)
    return f"{PREFIX}{secret}"


def job_token_use(text: str) -> JobToken | None:
    """The live token behind the text, or None."""
    if not text.startswith(PREFIX):
        return None
    secret = text.removeprefix(PREFIX)
    digests = [digest for number in peppers() if (digest := secret_hmac(secret, number)) is not None]
    found = JobToken.objects.filter(token_hmac__in=digests, revoked_at=None, expires_at__gt=db_now()).first()
    if found is None or not any(hmac.compare_digest(found.token_hmac, digest) for digest in digests):
        return None
    return found


def job_tokens_revoke(*, task_id: uuid.UUID, up_to_epoch: int | None = None) -> int:
    """Ends the tokens of a task at once, those of later epochs not where one is given; gives how many there were."""
    found = JobToken.objects.filter(task_id=task_id, revoked_at=None)
    if up_to_epoch is not None:
        found = found.filter(epoch__lte=up_to_epoch)
    return write(lambda: found.update(revoked_at=db_now()))
