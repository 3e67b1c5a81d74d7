"""Addresses of the endpoints."""

from __future__ import annotations

from django.urls import path

from projects.api.views import builds, lists, results

urlpatterns = [
    path("workspaces/", lists.Workspaces.as_view(), name="workspaces"),
    path("projects/", lists.Projects.as_view(), name="projects"),
    path("projects/<uuid:project_id>/", lists.ProjectDetail.as_view(), name="project"),
    path("builds/", builds.Builds.as_view(), name="builds"),
    path("builds/<uuid:build_id>/", builds.BuildOne.as_view(), name="build"),
    path("builds/<uuid:build_id>/cancel/", builds.Cancel.as_view(), name="build_cancel"),
    path("builds/<uuid:build_id>/pause/", builds.Pause.as_view(), name="build_pause"),
    path("builds/<uuid:build_id>/resume/", builds.Resume.as_view(), name="build_resume"),
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
