"""What participants see, and its versions: study_instrument and what belongs to it."""

from django.urls import path

from survey.views import instruments, translations

urlpatterns = [
    path("studies/<slug:slug>/instrument/", instruments.study_instrument, name="study_instrument"),
    path("studies/<slug:slug>/instrument/upload/", instruments.upload, name="instrument_upload"),
    path("studies/<slug:slug>/instrument/compare/", instruments.compare, name="instrument_compare"),
    path(
        "studies/<slug:slug>/instrument/<int:number>.json",
        instruments.download,
        name="instrument_download",
    ),
    path(
        "studies/<slug:slug>/instrument/<int:number>/restore/",
        instruments.restore,
        name="instrument_restore",
    ),
    path(
        "studies/<slug:slug>/instrument/languages/",
        translations.translations,
        name="study_translations",
    ),
    path(
        "studies/<slug:slug>/instrument/languages/<slug:language>/",
        translations.translation,
        name="study_translation",
    ),
    path(
        "studies/<slug:slug>/instrument/languages/<slug:language>/scenarios/<int:pk>/",
        translations.scenario_text,
        name="scenario_translation",
    ),
    path("studies/<slug:slug>/state/<slug:change>/", instruments.study_state, name="study_state"),
]
