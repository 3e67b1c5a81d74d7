from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "autodev.accounts"
    label = "accounts"
