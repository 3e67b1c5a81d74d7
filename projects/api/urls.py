"""Addresses of the endpoints."""

from __future__ import annotations

from django.urls import path

from projects.api.views import again, builds, changes, explain, knowledge, lists, results, spec, steering

urlpatterns = [
    path("workspaces/", lists.Workspaces.as_view(), name="workspaces"),
    path("projects/", lists.Projects.as_view(), name="projects"),
    path("projects/<uuid:project_id>/", lists.ProjectDetail.as_view(), name="project"),
    path("knowledge/", knowledge.LearnedFixes.as_view(), name="knowledge"),
    path("knowledge/patterns/", knowledge.Patterns.as_view(), name="knowledge_patterns"),
    path("knowledge/<uuid:fix_id>/", knowledge.LearnedFixOne.as_view(), name="knowledge_one"),
    path("knowledge/restore/<uuid:event_id>/", knowledge.Restore.as_view(), name="knowledge_restore"),
    path("builds/", builds.Builds.as_view(), name="builds"),
    path("builds/<uuid:build_id>/", builds.BuildOne.as_view(), name="build"),
    path("builds/<uuid:build_id>/cancel/", builds.Cancel.as_view(), name="build_cancel"),
    path("builds/<uuid:build_id>/pause/", builds.Pause.as_view(), name="build_pause"),
    path("builds/<uuid:build_id>/resume/", builds.Resume.as_view(), name="build_resume"),
    path("builds/<uuid:build_id>/checkpoints/", again.Checkpoints.as_view(), name="build_checkpoints"),
    path("builds/<uuid:build_id>/rollback/", again.Rollback.as_view(), name="build_rollback"),
    path("builds/<uuid:build_id>/replay/", again.Replay.as_view(), name="build_replay"),
    path("builds/<uuid:build_id>/changes/", changes.Changes.as_view(), name="build_changes"),
    path("builds/<uuid:build_id>/change/", changes.Change.as_view(), name="build_change"),
    path("builds/<uuid:build_id>/merge/", changes.Merge.as_view(), name="build_merge"),
    path("builds/<uuid:build_id>/discard/", changes.Discard.as_view(), name="build_discard"),
    path("builds/<uuid:build_id>/undo/", changes.Undo.as_view(), name="build_undo"),
    path("imports/", changes.Imports.as_view(), name="imports"),
    path("builds/<uuid:build_id>/spec/", spec.SpecOne.as_view(), name="build_spec"),
    path("builds/<uuid:build_id>/spec/approve/", spec.Approve.as_view(), name="build_spec_approve"),
    path("builds/<uuid:build_id>/spec/revisions/", spec.Revisions.as_view(), name="build_spec_revisions"),
    path("builds/<uuid:build_id>/spec/revisions/<int:number>/", spec.RevisionOne.as_view(), name="build_spec_revision"),
    path(
        "builds/<uuid:build_id>/spec/revisions/<int:number>/restore/", spec.Restore.as_view(), name="build_spec_restore"
    ),
    path(
        "builds/<uuid:build_id>/tasks/<uuid:task_id>/transcript/",
        steering.Transcript.as_view(),
        name="build_transcript",
    ),
    path("builds/<uuid:build_id>/messages/", steering.Messages.as_view(), name="build_messages"),
    path(
        "builds/<uuid:build_id>/messages/<uuid:message_id>/withdraw/",
        steering.Withdraw.as_view(),
        name="build_message_withdraw",
    ),
    path("builds/<uuid:build_id>/questions/", steering.Questions.as_view(), name="build_questions"),
    path(
        "builds/<uuid:build_id>/questions/<uuid:question_id>/answer/",
        steering.Answer.as_view(),
        name="build_question_answer",
    ),
    path("builds/<uuid:build_id>/explanations/", explain.Explanations.as_view(), name="build_explanations"),
    path("builds/<uuid:build_id>/events/", results.Events.as_view(), name="build_events"),
    path("builds/<uuid:build_id>/files/", results.Files.as_view(), name="build_files"),
    path("builds/<uuid:build_id>/files/<path:path>", results.FileOne.as_view(), name="build_file"),
    path("builds/<uuid:build_id>/raw/<path:path>", results.FileRaw.as_view(), name="build_file_raw"),
    path("builds/<uuid:build_id>/diff/", results.Diff.as_view(), name="build_diff"),
    path("builds/<uuid:build_id>/zip/", results.Zip.as_view(), name="build_zip"),
    path("builds/<uuid:build_id>/evidence/", results.Evidence.as_view(), name="build_evidence"),
    path("builds/<uuid:build_id>/evidence.json", results.EvidenceFile.as_view(), name="build_evidence_file"),
    path("builds/<uuid:build_id>/findings/", results.Findings.as_view(), name="build_findings"),
]
