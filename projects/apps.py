from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self) -> None:
        from projects.pipeline.handlers import register  # noqa: PLC0415 - needs the models

        register()
