"""Addresses of the pages about providers."""

from __future__ import annotations

from django.urls import path

from providers.views import health

app_name = "providers"
urlpatterns = [
    path("w/<slug:slug>/providers/", health.health, name="health"),
    path("w/<slug:slug>/providers/p/<slug:name>/enable/", health.enable, name="enable"),
    path("w/<slug:slug>/providers/p/<slug:name>/reset/", health.reset, name="reset"),
    path("w/<slug:slug>/providers/p/<slug:name>/test/", health.test, name="test"),
]
