"""Who came, live, and who is left out: study_monitor, study_quality."""

from django.urls import path

from survey.views import quality

urlpatterns = [
    path("studies/<slug:slug>/recruitment/", quality.recruitment, name="study_monitor"),
    path("studies/<slug:slug>/quality/", quality.quality_page, name="study_quality"),
    path("studies/<slug:slug>/quality/apply/", quality.apply_rules, name="quality_apply"),
    path("studies/<slug:slug>/quality/sheet.csv", quality.quality_sheet, name="quality_sheet"),
    path("studies/<slug:slug>/people/<str:pseudonym>/", quality.person, name="study_person"),
    path(
        "studies/<slug:slug>/people/<str:pseudonym>/exclude/",
        quality.exclude,
        name="person_exclude",
    ),
    path(
        "studies/<slug:slug>/people/<str:pseudonym>/take-in/<int:pk>/",
        quality.take_in,
        name="person_take_in",
    ),
]
