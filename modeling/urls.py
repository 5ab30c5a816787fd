"""Pages of model runs."""

from django.urls import path

from modeling.views import answering, construction, judges, manifests, runs

app_name = "modeling"
urlpatterns = [
    path("", runs.run_list, name="run_list"),
    path("runs.csv", runs.run_list_csv, name="run_list_csv"),
    path("construct/<slug:slug>/", construction.construct, name="construct"),
    path("judge/<slug:slug>/", judges.judge, name="judge"),
    path("<slug:public_id>/", runs.run_detail, name="run_detail"),
    path("<slug:public_id>/replies/<slug:cell_key>/", construction.raw_reply, name="raw_reply"),
    path("<slug:public_id>/progress/", runs.run_progress, name="run_progress"),
    path("<slug:public_id>/invalid/", answering.run_invalid, name="run_invalid"),
    path("<slug:public_id>/invalid.csv", answering.run_invalid_csv, name="run_invalid_csv"),
    path("<slug:public_id>/audit/", answering.run_audit, name="run_audit"),
    path("<slug:public_id>/flips/", answering.run_flips, name="run_flips"),
    path("<slug:public_id>/compare/", answering.run_compare_with, name="run_compare_with"),
    path("<slug:public_id>/compare/<slug:other_id>/", answering.run_compare, name="run_compare"),
    path("<slug:public_id>/manifest/", manifests.run_manifest_page, name="run_manifest_page"),
    path("<slug:public_id>/manifest.json", manifests.run_manifest, name="run_manifest"),
    path("<slug:public_id>/repeat/", manifests.run_repeat, name="run_repeat"),
    path("<slug:public_id>/retry/", runs.run_retry, name="run_retry"),
    path("<slug:public_id>/stop/", runs.run_stop, name="run_stop"),
    path("<slug:public_id>/resume/", runs.run_resume, name="run_resume"),
]
