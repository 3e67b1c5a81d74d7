from django.apps import AppConfig


class RecoveryConfig(AppConfig):
    name = "recovery"

    def ready(self) -> None:
        from projects.engine.hooks import set_failure_hook  # noqa: PLC0415 - models can be imported only now
        from recovery.hook import on_failure  # noqa: PLC0415

        set_failure_hook(on_failure)
