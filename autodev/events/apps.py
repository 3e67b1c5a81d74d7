from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "autodev.events"
    label = "events"

    def ready(self) -> None:
        from autodev.events import channels, email  # noqa: PLC0415 - needs the models

        channels.register(email.CHANNEL, email.send)
