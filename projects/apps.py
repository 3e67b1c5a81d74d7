from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self) -> None:
        from projects.budget_subjects import register_subjects  # noqa: PLC0415 - needs the models
        from projects.pipeline.explain_open import register as register_questions  # noqa: PLC0415
        from projects.pipeline.handlers import register  # noqa: PLC0415
        from projects.pipeline.import_leftovers import register as register_leftovers  # noqa: PLC0415
        from projects.pipeline.programs import register as register_chores  # noqa: PLC0415
        from projects.remedies.kinds import register as register_kinds  # noqa: PLC0415
        from projects.services.knowledge_forget import register as register_forgetting  # noqa: PLC0415

        register()
        register_chores()
        register_leftovers()
        register_questions()
        register_forgetting()
        register_kinds()
        register_subjects()
