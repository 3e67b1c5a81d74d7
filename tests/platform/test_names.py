"""What the admin calls its tables."""

from __future__ import annotations

from django.apps import apps

OURS = {"autodev", "projects", "providers", "recovery", "monitoring"}


def test_no_table_has_a_plural_that_nobody_would_say() -> None:
    ours = [model for model in apps.get_models() if model.__module__.split(".")[0] in OURS]
    odd = [
        str(model._meta.verbose_name_plural)
        for model in ours
        if str(model._meta.verbose_name).endswith(("s", "x", "y", "ce"))
        and model._meta.verbose_name_plural == f"{model._meta.verbose_name}s"
        and not str(model._meta.verbose_name).endswith(("ey", "ay", "pace"))
    ]
    assert not odd
