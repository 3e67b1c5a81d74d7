from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self) -> None:
        from projects.budget_subjects import register_subjects  # noqa: PLC0415 - needs the models
        from projects.pipeline.handlers import register  # noqa: PLC0415

        register()
        register_subjects()
