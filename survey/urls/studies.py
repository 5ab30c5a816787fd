"""The list of studies, and one study."""

from django.urls import path

from survey.views import instruments, studies

urlpatterns = [
    path("studies/", studies.study_list, name="study_list"),
    path("studies/new/", instruments.study_new, name="study_new"),
    path("studies/<slug:slug>/", studies.study_detail, name="study_detail"),
]
