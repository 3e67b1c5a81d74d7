"""Every address of the web process."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from autodev.pages import errors
from autodev.pages.views import home

urlpatterns = [
    path("", home, name="home"),
    path("", include("autodev.accounts.urls")),
    path("", include("projects.urls")),
    path("", include("providers.urls")),
    path("", include("recovery.urls")),
    path("", include("monitoring.urls")),
    path("api/", include("autodev.api.urls")),
    path("admin/", admin.site.urls),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
