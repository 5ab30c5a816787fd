"""Pages of datasets and scenarios."""

from django.urls import path

from annotation.views import datasets

app_name = "annotation"
urlpatterns = [
    path("", datasets.dataset_list, name="dataset_list"),
    path("import/", datasets.dataset_import, name="dataset_import"),
    path("<slug:slug>/", datasets.dataset_detail, name="dataset_detail"),
    path("<slug:slug>/scenarios.csv", datasets.dataset_csv, name="dataset_csv"),
    path("<slug:slug>/scenarios/<int:pk>/", datasets.scenario_detail, name="scenario_detail"),
]
