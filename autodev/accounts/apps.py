from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "autodev.accounts"
    label = "accounts"

    def ready(self) -> None:
        from autodev.accounts.channels import register  # noqa: PLC0415 - needs the models

        register()
