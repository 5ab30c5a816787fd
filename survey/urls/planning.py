"""Power and promises before the data."""

from django.urls import path

from survey.views import planning

urlpatterns = [
    path("studies/<slug:slug>/planning/", planning.planning, name="study_planning"),
    path("studies/<slug:slug>/planning/freeze/", planning.freeze, name="study_freeze"),
    path("studies/<slug:slug>/planning/<int:number>.json", planning.promise, name="study_promise"),
]
