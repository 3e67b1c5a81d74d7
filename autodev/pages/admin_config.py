"""The admin with the site below as its default."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class AutoDevAdminConfig(AdminConfig):
    default_site = "autodev.pages.admin_site.AutoDevAdminSite"
