"""People with an account. They sign in by e-mail."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str) -> "User":
        """A new account; the address is kept in lower case."""
        user = self.model(email=email.lower())
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """An account. Those whose address is in ADMIN_EMAILS are administrators."""

    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"

    def __str__(self) -> str:
        return self.email

    @property
    def is_admin(self) -> bool:
        return self.is_active and self.email in settings.ADMIN_EMAILS

    @property
    def is_staff(self) -> bool:
        """Whether the admin site lets them in."""
        return self.is_admin

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Administrators may do everything on the admin site."""
        return self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_admin
