"""Addresses of builds."""

from __future__ import annotations

from django.urls import path

from projects.views import (
    actions,
    build,
    changes,
    explain,
    files,
    imports,
    knowledge,
    new_build,
    spec,
    steering,
    transcript,
    workspace,
)

app_name = "projects"
urlpatterns = [
    path("w/<slug:slug>/", workspace.home, name="workspace"),
    path("w/<slug:slug>/new/", new_build.new_build, name="new_build"),
    path("w/<slug:slug>/import/", imports.import_repository, name="import"),
    path("w/<slug:slug>/activity/", workspace.activity, name="activity"),
    path("w/<slug:slug>/knowledge/", knowledge.knowledge, name="knowledge"),
    path("w/<slug:slug>/knowledge/<uuid:fix_id>/switch/", knowledge.switch, name="knowledge_switch"),
    path("w/<slug:slug>/knowledge/<uuid:fix_id>/delete/", knowledge.delete, name="knowledge_delete"),
    path("w/<slug:slug>/knowledge/restore/<uuid:event_id>/", knowledge.restore, name="knowledge_restore"),
    path("builds/<uuid:build_id>/", build.overview, name="build"),
    path("builds/<uuid:build_id>/output/", build.output, name="output"),
    path("builds/<uuid:build_id>/steps/", build.steps, name="steps"),
    path("builds/<uuid:build_id>/tasks/<uuid:task_id>/", build.task, name="task"),
    path("builds/<uuid:build_id>/tasks/<uuid:task_id>/transcript/", transcript.transcript, name="transcript"),
    path("builds/<uuid:build_id>/requirements/", build.requirements, name="requirements"),
    path("builds/<uuid:build_id>/findings/", build.findings, name="findings"),
    path("builds/<uuid:build_id>/spec/", spec.spec, name="spec"),
    path("builds/<uuid:build_id>/spec/edit/", spec.spec_edit, name="spec_edit"),
    path("builds/<uuid:build_id>/spec/approve/", spec.spec_approve, name="spec_approve"),
    path("builds/<uuid:build_id>/spec/restore/<int:number>/", spec.spec_restore, name="spec_restore"),
    path("builds/<uuid:build_id>/files/", files.files, name="files"),
    path("builds/<uuid:build_id>/files/<path:path>", files.files, name="file"),
    path("builds/<uuid:build_id>/diff/", files.diff, name="diff"),
    path("builds/<uuid:build_id>/download/", files.download, name="download"),
    path("builds/<uuid:build_id>/evidence.json", files.evidence, name="evidence"),
    path("builds/<uuid:build_id>/change/", changes.change, name="change"),
    path("builds/<uuid:build_id>/review/", changes.review, name="review"),
    path("builds/<uuid:build_id>/merge/", changes.merge, name="merge"),
    path("builds/<uuid:build_id>/discard/", changes.discard, name="discard"),
    path("builds/<uuid:build_id>/undo/", changes.undo, name="undo"),
    path("builds/<uuid:build_id>/cancel/", actions.cancel, name="cancel"),
    path("builds/<uuid:build_id>/pause/", actions.pause, name="pause"),
    path("builds/<uuid:build_id>/resume/", actions.resume, name="resume"),
    path("builds/<uuid:build_id>/rollback/<uuid:step_id>/", actions.rollback, name="rollback"),
    path("builds/<uuid:build_id>/replay/", actions.replay, name="replay"),
    path("builds/<uuid:build_id>/explained/", explain.explained, name="explained"),
    path("builds/<uuid:build_id>/ask/", explain.ask, name="ask"),
    path("builds/<uuid:build_id>/messages/", steering.say, name="say"),
    path("builds/<uuid:build_id>/messages/<uuid:message_id>/withdraw/", steering.withdraw, name="withdraw"),
    path("builds/<uuid:build_id>/questions/<uuid:question_id>/answer/", steering.answer, name="answer"),
]
