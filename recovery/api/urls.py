"""Addresses of the endpoints."""

from __future__ import annotations

from django.urls import path

from recovery.api.views import acts, dead, metrics, reads, requests, tasks

urlpatterns = [
    path("recovery/state/", reads.State.as_view(), name="recovery_state"),
    path("recovery/metrics/", metrics.Metrics.as_view(), name="recovery_metrics"),
    path("recovery/attempts/", reads.Decisions.as_view(), name="recovery_attempts"),
    path("recovery/attempts/<uuid:attempt_id>/", reads.DecisionOne.as_view(), name="recovery_attempt"),
    path("recovery/fixes/", reads.Fixes.as_view(), name="recovery_fixes"),
    path("recovery/tasks/<uuid:task_id>/", tasks.TaskOne.as_view(), name="recovery_task"),
    path("recovery/tasks/<uuid:task_id>/strategies/", tasks.Strategies.as_view(), name="recovery_strategies"),
    path("recovery/tasks/<uuid:task_id>/retry/", acts.Retry.as_view(), name="recovery_retry"),
    path("recovery/tasks/<uuid:task_id>/strategy/", acts.Choose.as_view(), name="recovery_strategy"),
    path("recovery/tasks/<uuid:task_id>/give-up/", acts.GiveUp.as_view(), name="recovery_give_up"),
    path("recovery/tasks/<uuid:task_id>/accept/", acts.Accept.as_view(), name="recovery_accept"),
    path("recovery/dead-letters/", dead.DeadLetters.as_view(), name="dead_letters"),
    path("recovery/dead-letters/<uuid:task_id>/", dead.DeadLetterOne.as_view(), name="dead_letter"),
    path("recovery/dead-letters/<uuid:task_id>/replay/", dead.Replay.as_view(), name="dead_letter_replay"),
    path("recovery/requests/", requests.Requests.as_view(), name="recovery_requests"),
    path("recovery/requests/<uuid:request_id>/", requests.RequestOne.as_view(), name="recovery_request"),
    path("recovery/requests/<uuid:request_id>/answer/", requests.Answer.as_view(), name="recovery_answer"),
]
