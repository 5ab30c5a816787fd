"""Pages of model runs."""

from django.urls import path

from modeling.views import construction, judges, runs

app_name = "modeling"
urlpatterns = [
    path("", runs.run_list, name="run_list"),
    path("construct/<slug:slug>/", construction.construct, name="construct"),
    path("judge/<slug:slug>/", judges.judge, name="judge"),
    path("<slug:public_id>/", runs.run_detail, name="run_detail"),
    path("<slug:public_id>/replies/<slug:cell_key>/", construction.raw_reply, name="raw_reply"),
    path("<slug:public_id>/progress/", runs.run_progress, name="run_progress"),
    path("<slug:public_id>/manifest.json", runs.run_manifest, name="run_manifest"),
    path("<slug:public_id>/stop/", runs.run_stop, name="run_stop"),
    path("<slug:public_id>/resume/", runs.run_resume, name="run_resume"),
]
