"""People and a build: messages, questions, answers."""

from __future__ import annotations

import uuid

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from autodev.accounts.models import Role
from autodev.api.authentication import actor_of
from projects.api.steering_serializers import (
    MessageOut,
    MessageSent,
    MessagesOut,
    QuestionOut,
    TranscriptOut,
    WordsIn,
)
from projects.models import QuestionState
from projects.selectors.builds import build_for_user
from projects.selectors.steering import listening, message_of, messages_of, question_of, questions_of
from projects.selectors.tasks import task_of, tasks_of
from projects.selectors.transcript import transcript_page
from projects.services.steering import message_send, message_withdraw, question_answer

QUESTIONS_SHOWN = 200


class Messages(APIView):
    @extend_schema(operation_id="builds_messages", responses=MessagesOut)
    def get(self, request: Request, build_id: uuid.UUID) -> Response:
        """What was said to the build, oldest first, at most the newest 50; and whether anybody listens."""
        build = build_for_user(actor_of(request), build_id).build
        heard = listening(build, tasks_of(build))
        rows = messages_of(build)
        for row in rows:
            row.build = build
        return Response(MessagesOut({"hears": heard.hears, "listening": heard.why, "results": rows}).data)

    @extend_schema(operation_id="builds_messages_create", request=WordsIn, responses={201: MessageSent})
    def post(self, request: Request, build_id: uuid.UUID) -> Response:
        """Says something to whoever works on the build; it is heard at the next step. 409 for a build that has
        ended."""
        actor = actor_of(request)
        build = build_for_user(actor, build_id, at_least=Role.DEVELOPER).build
        body = WordsIn(data=request.data)
        body.is_valid(raise_exception=True)
        row = message_send(build=build, user=actor.user, text=body.validated_data["text"])
        return Response(MessageSent(row, context={"listening": listening(build, tasks_of(build))}).data, status=201)


class Withdraw(APIView):
    @extend_schema(operation_id="builds_messages_withdraw", request=None, responses=MessageOut)
    def post(self, request: Request, build_id: uuid.UUID, message_id: uuid.UUID) -> Response:
        """Takes a message back that nobody has heard yet. 409 for one that was heard."""
        actor = actor_of(request)
        build = build_for_user(actor, build_id, at_least=Role.DEVELOPER).build
        row = message_withdraw(message=message_of(build, message_id), user=actor.user)
        row.build = build
        return Response(MessageOut(row).data)


class Questions(APIView):
    @extend_schema(
        operation_id="builds_questions", responses=QuestionOut(many=True),
        parameters=[OpenApiParameter("state", str, enum=QuestionState.values)],
    )  # fmt: skip
    def get(self, request: Request, build_id: uuid.UUID) -> Response:
        """What the build asked, newest first. Not paged; at most 200."""
        build = build_for_user(actor_of(request), build_id).build
        rows = questions_of(build)
        state = request.query_params.get("state")
        if state and state not in QuestionState.values:
            raise ValidationError({"state": f"One of {', '.join(QuestionState.values)}."})
        rows = rows.filter(state=state) if state else rows
        return Response(QuestionOut(rows[:QUESTIONS_SHOWN], many=True).data)


class Answer(APIView):
    @extend_schema(operation_id="builds_questions_answer", request=WordsIn, responses=QuestionOut)
    def post(self, request: Request, build_id: uuid.UUID, question_id: uuid.UUID) -> Response:
        """Answers a question. Where the task has gone on with its assumption, the answer goes to the build as a
        message, and the state stays `assumed`. 409 where it is answered, or the build has ended."""
        actor = actor_of(request)
        build = build_for_user(actor, build_id, at_least=Role.DEVELOPER).build
        body = WordsIn(data=request.data)
        body.is_valid(raise_exception=True)
        row = question_of(build, question_id)
        return Response(
            QuestionOut(question_answer(question=row, user=actor.user, text=body.validated_data["text"])).data
        )


class Transcript(APIView):
    @extend_schema(
        operation_id="tasks_transcript", responses=TranscriptOut,
        parameters=[OpenApiParameter("page", int, description="From 1, the oldest; the newest without it.")],
    )  # fmt: skip
    def get(self, request: Request, build_id: uuid.UUID, task_id: uuid.UUID) -> Response:
        """Who worked on a task, what was said, which tools were used: its journal in one form, without secrets."""
        task = task_of(build_for_user(actor_of(request), build_id).build, task_id)
        page, lines = transcript_page(task, request.query_params.get("page"))
        told = {"page": page.number, "pages": page.paginator.num_pages, "final": task.is_final, "results": lines}
        return Response(TranscriptOut(told).data)
