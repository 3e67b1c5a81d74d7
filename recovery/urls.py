"""Addresses of the pages about recovery."""

from __future__ import annotations

from django.urls import path

from recovery.views import acts, dead, overview, requests, timeline

app_name = "recovery"
urlpatterns = [
    path("w/<slug:slug>/recovery/", overview.overview, name="overview"),
    path("w/<slug:slug>/recovery/state/", overview.state, name="state"),
    path("w/<slug:slug>/recovery/timeline/", timeline.timeline, name="timeline"),
    path("w/<slug:slug>/recovery/fixes/", timeline.fixes, name="fixes"),
    path("w/<slug:slug>/recovery/tasks/<uuid:task_id>/", timeline.task, name="task"),
    path("w/<slug:slug>/recovery/tasks/<uuid:task_id>/retry/", acts.retry, name="retry"),
    path("w/<slug:slug>/recovery/tasks/<uuid:task_id>/strategy/", acts.strategy, name="strategy"),
    path("w/<slug:slug>/recovery/tasks/<uuid:task_id>/give-up/", acts.give_up, name="give_up"),
    path("w/<slug:slug>/recovery/tasks/<uuid:task_id>/accept/", acts.accept, name="accept"),
    path("w/<slug:slug>/recovery/dead-letters/", dead.dead_letters, name="dead_letters"),
    path("w/<slug:slug>/recovery/dead-letters/<uuid:task_id>/", dead.one, name="dead_letter"),
    path("w/<slug:slug>/recovery/dead-letters/<uuid:task_id>/replay/", dead.replay, name="replay"),
    path("w/<slug:slug>/recovery/questions/", requests.requests, name="requests"),
    path("w/<slug:slug>/recovery/questions/<uuid:request_id>/", requests.one, name="request"),
    path("w/<slug:slug>/recovery/questions/<uuid:request_id>/answer/", requests.answer, name="answer"),
]
