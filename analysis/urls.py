"""Pages of reports and definitions."""

from django.urls import path

from analysis.views import behaviour, definitions, exports, reports, validations

app_name = "analysis"
urlpatterns = [
    path("reports/", reports.report_list, name="report_list"),
    path("reports/new/", reports.report_new, name="report_new"),
    path("reports/<uuid:public_id>/", reports.report_detail, name="report_detail"),
    path("reports/<uuid:public_id>/progress/", reports.report_progress, name="report_progress"),
    path("reports/<uuid:public_id>/retry/", reports.report_retry, name="report_retry"),
    path("reports/<uuid:public_id>/download/", reports.report_download, name="report_download"),
    path("reports/<uuid:public_id>/files/<path:name>", reports.report_file, name="report_file"),
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
    path("definitions/", definitions.definitions, name="definitions"),
]
