"""What the API shows of each record."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from autodev.accounts.models import Membership, Role, WorkspaceState
from autodev.contracts.options import read_options
from autodev.events.models import Event
from projects.models import Build, Finding, Project, Task
from projects.states import BuildState, Phase


class WorkspaceOut(serializers.ModelSerializer[Membership]):
    """A workspace together with the caller's role in it."""

    id = serializers.UUIDField(source="workspace.id")
    name = serializers.CharField(source="workspace.name")
    slug = serializers.CharField(source="workspace.slug")
    state = serializers.ChoiceField(source="workspace.state", choices=WorkspaceState.choices)
    role = serializers.ChoiceField(choices=Role.choices)
    created_at = serializers.DateTimeField(source="workspace.created_at")

    class Meta:
        model = Membership
        fields = ("id", "name", "slug", "state", "role", "created_at")


class ProjectOut(serializers.ModelSerializer[Project]):
    class Meta:
        model = Project
        fields = ("id", "workspace", "name", "slug", "created_at")


class BuildOut(serializers.ModelSerializer[Build]):
    """A build in a list. `success` is true only for a green build."""

    state = serializers.ChoiceField(choices=BuildState.choices)
    phase = serializers.ChoiceField(choices=Phase.choices)
    success = serializers.BooleanField()

    class Meta:
        model = Build
        fields = (
            "id", "workspace", "project", "number", "idea", "state", "phase", "progress", "current_task", "version",
            "success", "emergency", "created_at", "started_at", "finished_at",
        )  # fmt: skip


class TaskOut(serializers.ModelSerializer[Task]):
    class Meta:
        model = Task
        fields = (
            "id", "key", "kind", "phase", "title", "state", "progress", "attempts", "max_attempts", "waits",
            "wait_reason", "next_run_at", "last_error", "error_kind", "started_at", "finished_at",
        )  # fmt: skip


class ProblemOfBuild(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()
    hint = serializers.CharField(allow_blank=True)


def _problems(items: list[Any]) -> list[dict[str, str]]:
    """What the build's JSON columns hold, in one form."""
    return [
        {"code": str(i.get("code", "error")), "message": str(i.get("message", "")), "hint": str(i.get("hint", ""))}
        if isinstance(i, dict)
        else {"code": "error", "message": str(i), "hint": ""}
        for i in items
    ]


class BuildDetail(BuildOut):
    """A build in full. `degraded` names in sentences what was not met."""

    constraints = serializers.DictField()
    preferences = serializers.DictField()
    options = serializers.DictField()
    spec = serializers.DictField(allow_null=True)
    plan = serializers.DictField()
    tech_stack = serializers.DictField()
    metrics = serializers.DictField()
    degraded = serializers.ListField(child=serializers.CharField())
    errors = serializers.SerializerMethodField(method_name="problems_errors")  # type: ignore[assignment]  # the record's own word
    warnings = serializers.SerializerMethodField(method_name="problems_warnings")
    tasks = serializers.SerializerMethodField()

    class Meta(BuildOut.Meta):
        fields = (
            *BuildOut.Meta.fields, "constraints", "preferences", "options", "spec", "plan", "tech_stack",
            "metrics", "degraded", "errors", "warnings", "head", "last_green", "sandbox_level", "budget_usd",
            "deadline_at", "tasks", "origin", "parent", "base", "merged_at", "merged_commit", "discarded_at",
        )  # type: ignore[assignment]  # fmt: skip

    def problems_errors(self, build: Build) -> list[dict[str, str]]:
        return _problems(build.errors)

    def problems_warnings(self, build: Build) -> list[dict[str, str]]:
        return _problems(build.warnings)

    def get_tasks(self, build: Build) -> list[dict[str, Any]]:
        return list(TaskOut(self.context.get("tasks", []), many=True).data)


class BuildIn(serializers.Serializer[Any]):
    """A new build. Without `project` a new project is made, in `workspace`."""

    workspace = serializers.UUIDField(required=False, help_text="May be left out with an API key: it is the key's.")
    project = serializers.UUIDField(required=False, allow_null=True)
    idea = serializers.CharField(max_length=20_000)
    constraints = serializers.DictField(child=serializers.JSONField(), required=False)
    preferences = serializers.DictField(child=serializers.JSONField(), required=False)
    blueprint = serializers.CharField(required=False, allow_blank=True, max_length=63)
    options = serializers.DictField(
        child=serializers.JSONField(),
        required=False,
        help_text="`research`, `generation` and `validation` as in autodev.yaml; `review_spec`: true waits for an "
        "approval of the Spec before anything is built; `patience_s`: how long to wait for an outage of all models.",
    )
    deadline_at = serializers.DateTimeField(required=False, allow_null=True)
    budget_usd = serializers.DecimalField(
        required=False, allow_null=True, max_digits=12, decimal_places=6, min_value=0, coerce_to_string=True
    )

    def validate_options(self, value: dict[str, Any]) -> dict[str, Any]:
        """The options with their types. Raises OptionsInvalid, which names each key at fault."""
        return read_options(value)


class EventOut(serializers.ModelSerializer[Event]):
    class Meta:
        model = Event
        fields = ("id", "version", "type", "task_id", "actor_name", "payload", "created_at")


class EventsOut(serializers.Serializer[Any]):
    """`next` is the cursor for `?after=`; `final` says that no more will come."""

    results = EventOut(many=True)
    next = serializers.IntegerField()
    final = serializers.BooleanField()


class FindingOut(serializers.ModelSerializer[Finding]):
    class Meta:
        model = Finding
        fields = (
            "id",
            "commit",
            "file",
            "line",
            "column",
            "rule",
            "severity",
            "message",
            "hint",
            "fixed_by",
            "created_at",
        )


class TreeOut(serializers.Serializer[Any]):
    commit = serializers.CharField(allow_blank=True)
    paths = serializers.ListField(child=serializers.CharField())


class FileOut(serializers.Serializer[Any]):
    """`text` is null for what is no text; the raw address gives every file."""

    path = serializers.CharField()
    size = serializers.IntegerField()
    text = serializers.CharField(allow_null=True, trim_whitespace=False)


class DiffOut(serializers.Serializer[Any]):
    """`diff` is unified; `from` is empty where it is the commit before. `truncated` says that the diff was cut off at
    four megabytes."""

    to = serializers.CharField()
    diff = serializers.CharField(allow_blank=True, trim_whitespace=False)
    truncated = serializers.BooleanField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {"from": serializers.CharField(allow_blank=True, source="before"), **super().get_fields()}
