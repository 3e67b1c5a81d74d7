"""What people say to a build while it runs, and what its agents ask them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from autodev.lib.models import Record
from projects.models.build import Build
from projects.models.task import Task


class Message(Record):
    """A person's word to the build. The task that takes it next writes itself and the moment in; a journal step of that
    task holds it, so that a resumed attempt hears it again and another task does not."""

    build = models.ForeignKey(Build, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    taken_by = models.ForeignKey(Task, null=True, on_delete=models.SET_NULL, related_name="messages")
    taken_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["build"],
                condition=models.Q(taken_at=None, withdrawn_at=None),
                name="projects_message_waiting",
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]


class QuestionState(models.TextChoices):
    OPEN = "open", "Open"
    ANSWERED = "answered", "Answered"
    ASSUMED = "assumed", "Went on with its assumption"


class Question(Record):
    """What an agent asked. Until `until` it waits for the answer, then it goes on with `assumption`; the question can
    be answered afterwards too, and the answer is then a message. `key` is unique for the task: the same question is
    asked once, whatever dies."""

    build = models.ForeignKey(Build, on_delete=models.CASCADE, related_name="questions")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="questions")
    key = models.CharField(max_length=200)
    text = models.TextField()
    assumption = models.TextField()
    choices = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=QuestionState, default=QuestionState.OPEN)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["asked_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["task", "key"], name="projects_question_once"),
            models.CheckConstraint(condition=models.Q(state__in=QuestionState.values), name="projects_question_state"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["build"], condition=models.Q(state="open"), name="projects_question_open")
        ]

    def __str__(self) -> str:
        return self.text[:80]
