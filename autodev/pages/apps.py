from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "autodev.pages"
    label = "pages"
