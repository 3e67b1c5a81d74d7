"""One sweeper at a time."""

from __future__ import annotations

from django.db import models


class SweepLease(models.Model):
    """Who does the periodic batch: taken and renewed by compare-and-swap on `term`, free when `expires_at` has passed
    by the database's clock. It only saves work: every step of the batch is safe to do twice."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=120)
    term = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"
