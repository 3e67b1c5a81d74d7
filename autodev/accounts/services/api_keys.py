"""API keys: made, used, revoked."""

from __future__ import annotations

import datetime as dt
import hmac
import uuid

from autodev.accounts.access import Access, ceiling_of
from autodev.accounts.errors import NotFound, ScopeTooWide
from autodev.accounts.keys import current_pepper, format_key, new_key, parse_key, secret_hmac
from autodev.accounts.models import ApiKey, Role, User
from autodev.accounts.selectors import api_keys_visible
from autodev.accounts.services.audit import record
from autodev.accounts.services.transaction import in_transaction
from autodev.lib.clock import db_now, utcnow

USE_RECORDED_EVERY = dt.timedelta(minutes=1)


@in_transaction
def api_key_create(
    *, access: Access, user: User, name: str, scopes: list[str], expires_at: dt.datetime | None = None
) -> tuple[ApiKey, str]:
    """The key and its full text, which is shown now and never again. Raises Forbidden below developer, ScopeTooWide."""
    access.require(Role.DEVELOPER)
    ceiling = ceiling_of(scopes)
    if ceiling is None or not access.at_least(ceiling):
        raise ScopeTooWide("A key cannot do more than you may do.")
    prefix, secret = new_key()
    pepper = current_pepper()
    key = ApiKey.objects.create(
        workspace=access.workspace,
        user=user,
        name=name,
        prefix=prefix,
        secret_hmac=secret_hmac(secret, pepper) or "",
        pepper_id=pepper,
        scopes=sorted(set(scopes)),
        expires_at=expires_at,
    )
    record(type="api_key.created", actor=user, workspace=access.workspace, name=name, prefix=prefix, scopes=key.scopes)
    return key, format_key(prefix, secret)


@in_transaction
def api_key_revoke(*, access: Access, key_id: uuid.UUID, user: User) -> None:
    """Ends a key at once. Own keys, or any for a maintainer. Raises NotFound."""
    key = api_keys_visible(access, user).filter(pk=key_id).first()
    if key is None:
        raise NotFound("There is no such key.")
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=db_now()) == 1:
        record(type="api_key.revoked", actor=user, workspace=access.workspace, name=key.name, prefix=key.prefix)


def api_key_use(text: str) -> ApiKey | None:
    """The live key behind the text, or None; remembers its use, at most once a minute."""
    parsed = parse_key(text)
    if parsed is None:
        return None
    prefix, secret = parsed
    key = ApiKey.objects.select_related("user", "workspace").filter(prefix=prefix, revoked_at=None).first()
    expected = secret_hmac(secret, key.pepper_id) if key else None
    if key is None or expected is None or not hmac.compare_digest(expected, key.secret_hmac):
        return None
    now = utcnow()
    if (key.expires_at is not None and key.expires_at <= now) or not key.user.is_active:
        return None
    if key.last_used_at is None or now - key.last_used_at > USE_RECORDED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key
