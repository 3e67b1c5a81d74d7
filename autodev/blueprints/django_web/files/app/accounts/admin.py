from django.contrib import admin

from app.accounts.models import User


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    """Accounts are made by signing up; here they are found and switched off."""

    list_display = ["email", "is_active", "joined_at", "last_login"]
    list_filter = ["is_active"]
    search_fields = ["email"]
    fields = ["email", "is_active", "joined_at", "last_login"]
    readonly_fields = ["email", "joined_at", "last_login"]

    def has_add_permission(self, request: object) -> bool:
        return False
