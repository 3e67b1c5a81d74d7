"""What a process of a chaos run does differently: nothing but leave marks, and be on the host that it is told."""

from django.apps import AppConfig


class ChaosConfig(AppConfig):
    name = "bench.chaos"
    label = "chaos"

    def ready(self) -> None:
        from bench.chaos import clocks, marks  # noqa: PLC0415 - needs the models

        clocks.apply()
        marks.install()
