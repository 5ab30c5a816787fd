"""The list of studies, and one study."""

from django.urls import path

from survey.views import studies

urlpatterns = [
    path("studies/", studies.study_list, name="study_list"),
    path("studies/<slug:slug>/", studies.study_detail, name="study_detail"),
]
