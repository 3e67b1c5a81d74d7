"""Addresses of the REST API."""

from __future__ import annotations

from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from autodev.api.problems import unknown_address
from autodev.api.views import docs

app_name = "api"
urlpatterns = [
    path("v1/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("v1/docs/", docs, name="docs"),
    path("v1/", include("projects.api.urls")),
    path("v1/", include("providers.api.urls")),
    path("v1/", include("recovery.api.urls")),
    path("docs/", RedirectView.as_view(pattern_name="api:docs")),
    re_path(r"^(?P<rest>.*)$", unknown_address, name="unknown"),
]
