"""The gateway as an ASGI application of its own process."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autodev.settings")
django.setup()

# Django is set up from here on, so that models may be imported.
from providers.gateway.app import make_app  # noqa: E402
from providers.gateway.life import alone  # noqa: E402

application = make_app(lifespan=alone)
