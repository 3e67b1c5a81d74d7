from django.apps import AppConfig
from django.conf import settings


class RecoveryConfig(AppConfig):
    name = "recovery"

    def ready(self) -> None:
        from projects.engine.hooks import set_failure_hook, set_lost_hook  # noqa: PLC0415 - needs the models
        from projects.engine.housekeeping import Chore, register_chore  # noqa: PLC0415
        from projects.engine.sweep import register_step  # noqa: PLC0415
        from recovery.batch import recover_all  # noqa: PLC0415
        from recovery.hook import on_failure, on_lost  # noqa: PLC0415
        from recovery.learning.forget import forget  # noqa: PLC0415
        from recovery.steps import look_after  # noqa: PLC0415

        set_failure_hook(on_failure)
        set_lost_hook(on_lost)
        register_step(look_after)
        register_chore(Chore("recovery", float(settings.RECOVERY_CHECK_INTERVAL_SECONDS), recover_all))
        register_chore(Chore("known fixes", 86_400.0, forget))
