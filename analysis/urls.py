"""Pages of reports and definitions."""

from django.urls import path

from analysis.views import (
    behaviour,
    definitions,
    exports,
    indicators,
    reports,
    results,
    results_public,
    traces,
    validations,
)

app_name = "analysis"
urlpatterns = [
    path("reports/", reports.report_list, name="report_list"),
    path("reports/new/", reports.report_new, name="report_new"),
    path("reports/<uuid:public_id>/", reports.report_detail, name="report_detail"),
    path("reports/<uuid:public_id>/progress/", reports.report_progress, name="report_progress"),
    path("reports/<uuid:public_id>/retry/", reports.report_retry, name="report_retry"),
    path("reports/<uuid:public_id>/download/", reports.report_download, name="report_download"),
    path("reports/<uuid:public_id>/files/<path:name>", reports.report_file, name="report_file"),
    path("studies/<slug:slug>/traces/", traces.study_traces, name="study_traces"),
    path("studies/<slug:slug>/traces.csv", traces.study_traces_csv, name="study_traces_csv"),
    path(
        "studies/<slug:slug>/data/export/<slug:kind>.<slug:ending>",
        exports.study_export,
        name="study_export",
    ),
    path(
        "validations/<slug:slug>/export/labels.<slug:ending>",
        validations.validation_labels,
        name="validation_labels",
    ),
    path(
        "validations/<slug:slug>/report/", validations.validation_report, name="validation_report"
    ),
    path(
        "datasets/<slug:slug>/behavior/report/", behaviour.behaviour_report, name="behaviour_report"
    ),
    path("results/", results_public.results_list, name="results_list"),
    path("results/<slug:slug>/", results_public.results_page, name="results_page"),
    path("results/<slug:slug>/<path:name>", results_public.results_file, name="results_file"),
    path("robots.txt", results_public.robots, name="robots"),
    path("studies/<slug:slug>/results/", results.results_edit, name="results_edit"),
    path("studies/<slug:slug>/results/preview/", results.results_preview, name="results_preview"),
    path(
        "studies/<slug:slug>/results/preview/<path:name>",
        results.results_preview_file,
        name="results_preview_file",
    ),
    path("studies/<slug:slug>/results/publish/", results.results_publish, name="results_publish"),
    path(
        "studies/<slug:slug>/results/unpublish/",
        results.results_unpublish,
        name="results_unpublish",
    ),
    path(
        "studies/<slug:slug>/results/download/", results.results_download, name="results_download"
    ),
    path("indicators/", indicators.indicator_list, name="indicator_list"),
    path("indicators/new/", indicators.indicator_new, name="indicator_new"),
    path("indicators/<slug:slug>/delete/", indicators.indicator_delete, name="indicator_delete"),
    path("definitions/", definitions.definitions, name="definitions"),
]
