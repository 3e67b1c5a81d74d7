from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "autodev.events"
    label = "events"
