"""Messages to a build, and its questions, as the API shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from projects.models import Message, Question, QuestionState
from projects.selectors.steering import Fate, fate_of
from projects.services.steering import LONGEST


class WordsIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONGEST)


class MessageOut(serializers.ModelSerializer[Message]):
    """`fate`: `waiting` for the next step, `heard` by the task `taken_by`, `withdrawn`, or `unheard` when the build
    ended."""

    fate = serializers.SerializerMethodField()
    author_name = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = ("id", "text", "author_name", "fate", "created_at", "taken_by", "taken_at", "withdrawn_at")

    def get_fate(self, row: Message) -> Fate:
        return fate_of(row, ended=row.build.is_final)

    def get_author_name(self, row: Message) -> str:
        return str(row.author) if row.author else ""


class MessageSent(MessageOut):
    """`hears`: whether anybody listens; `listening` says who, or why nobody."""

    hears = serializers.SerializerMethodField()
    listening = serializers.SerializerMethodField()

    class Meta(MessageOut.Meta):
        fields = (*MessageOut.Meta.fields, "hears", "listening")  # type: ignore[assignment]  # two more of it

    def get_hears(self, row: Message) -> bool:
        return bool(self.context["listening"].hears)

    def get_listening(self, row: Message) -> str:
        return str(self.context["listening"].why)


class MessagesOut(serializers.Serializer[Any]):
    hears = serializers.BooleanField()
    listening = serializers.CharField()
    results = MessageOut(many=True)


class QuestionOut(serializers.ModelSerializer[Question]):
    """Until `until` the task waits; `assumption` is what it goes on with otherwise. `choices` are proposals, any text
    is an answer."""

    state = serializers.ChoiceField(choices=QuestionState.choices)
    choices = serializers.ListField(child=serializers.CharField())
    answered_by_name = serializers.SerializerMethodField()

    class Meta:
        model = Question
        fields = (
            "id", "task", "key", "text", "assumption", "choices", "state", "answer", "answered_by_name", "asked_at",
            "until", "ended_at",
        )  # fmt: skip

    def get_answered_by_name(self, row: Question) -> str:
        return str(row.answered_by) if row.answered_by else ""


class HappeningOut(serializers.Serializer[Any]):
    """One line. `kind`: began, left, said, tool, result, usage, retry, note, tactic, message, question, commit. `cut`
    says how many characters of the text were left out."""

    kind = serializers.CharField()
    at = serializers.DateTimeField()
    epoch = serializers.IntegerField()
    who = serializers.CharField()
    text = serializers.CharField()
    tool = serializers.CharField()
    call = serializers.CharField()
    arguments = serializers.CharField()
    answer = serializers.CharField(allow_null=True)
    ok = serializers.BooleanField()
    cut = serializers.IntegerField()
    commit = serializers.CharField()
    duration_ms = serializers.IntegerField()
    input_tokens = serializers.IntegerField()
    output_tokens = serializers.IntegerField()
    cost_usd = serializers.DecimalField(max_digits=16, decimal_places=8)


class TranscriptOut(serializers.Serializer[Any]):
    """`page` of `pages`; `final` says that the task has ended."""

    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    final = serializers.BooleanField()
    results = HappeningOut(many=True)
