"""The ASGI application: pages and API, and one WebSocket."""

from __future__ import annotations

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autodev.settings")
pages = get_asgi_application()

# Django is set up from here on, so that models may be imported.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.urls import path  # noqa: E402

from autodev.celery import connect_doorbell  # noqa: E402
from projects.consumers import LiveConsumer  # noqa: E402

connect_doorbell()

routes: list[Any] = [path("ws/", LiveConsumer.as_asgi())]  # type: ignore[arg-type]  # path() is typed for views alone
sockets = AuthMiddlewareStack(URLRouter(routes))
application = ProtocolTypeRouter({"http": pages, "websocket": AllowedHostsOriginValidator(sockets)})
