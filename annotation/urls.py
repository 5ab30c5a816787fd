"""Pages of datasets and scenarios."""

from django.urls import path

from annotation.views import construction, datasets, editing, judges

app_name = "annotation"
urlpatterns = [
    path("", datasets.dataset_list, name="dataset_list"),
    path("import/", datasets.dataset_import, name="dataset_import"),
    path("<slug:slug>/", datasets.dataset_detail, name="dataset_detail"),
    path("<slug:slug>/scenarios.csv", datasets.dataset_csv, name="dataset_csv"),
    path("<slug:slug>/scenarios/<int:pk>/", datasets.scenario_detail, name="scenario_detail"),
    path("<slug:slug>/scenarios/<int:pk>/edit/", editing.scenario_edit, name="scenario_edit"),
    path(
        "<slug:slug>/scenarios/<int:pk>/history/", editing.scenario_history, name="scenario_history"
    ),
    path(
        "<slug:slug>/scenarios/<int:pk>/restore/<int:number>/",
        editing.scenario_restore,
        name="scenario_restore",
    ),
    path("<slug:slug>/construction/", construction.construction_list, name="construction_list"),
    path(
        "<slug:slug>/construction/<int:pk>/",
        construction.construction_detail,
        name="construction_detail",
    ),
    path(
        "<slug:slug>/construction/<int:pk>/rows/<int:row_pk>/",
        construction.construction_row,
        name="construction_row",
    ),
    path("<slug:slug>/judges/", judges.judge_list, name="judge_list"),
    path("<slug:slug>/judges/<int:pk>/", judges.judge_detail, name="judge_detail"),
    path("<slug:slug>/judges/<int:pk>/<int:other>/", judges.judge_beside, name="judge_beside"),
]
