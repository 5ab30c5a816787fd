"""Pages of model runs."""

from django.urls import path

from modeling.views import (
    answering,
    cards,
    construction,
    endpoints,
    judges,
    manifests,
    prompt_files,
    prompts,
    runs,
    starting,
)

app_name = "modeling"
urlpatterns = [
    path("", runs.run_list, name="run_list"),
    path("runs.csv", runs.run_list_csv, name="run_list_csv"),
    path("construct/<slug:slug>/", construction.construct, name="construct"),
    path("judge/<slug:slug>/", judges.judge, name="judge"),
    path("cards/", cards.card_list, name="card_list"),
    path("cards/edit/", cards.card_edit, name="card_edit"),
    path("endpoints/", endpoints.endpoint_list, name="endpoint_list"),
    path("endpoints/new/", endpoints.endpoint_new, name="endpoint_new"),
    path("endpoints/<slug:name>/", endpoints.endpoint_detail, name="endpoint_detail"),
    path("endpoints/<slug:name>/edit/", endpoints.endpoint_edit, name="endpoint_edit"),
    path("endpoints/<slug:name>/archive/", endpoints.endpoint_archive, name="endpoint_archive"),
    path("endpoints/<slug:name>/try/", endpoints.endpoint_try, name="endpoint_try"),
    path("endpoints/<slug:name>/tried/", endpoints.endpoint_tried, name="endpoint_tried"),
    path("<slug:public_id>/", runs.run_detail, name="run_detail"),
    path("<slug:public_id>/start/", starting.run_start, name="run_start"),
    path("<slug:public_id>/start/state/", starting.run_start_state, name="run_start_state"),
    path("<slug:public_id>/preflight/", starting.run_preflight, name="run_preflight"),
    path("<slug:public_id>/prompts/", prompts.cell_find, name="cell_find"),
    path("<slug:public_id>/prompts/<int:number>/", prompts.cell_number, name="cell_number"),
    path(
        "<slug:public_id>/prompts/by-key/<slug:cell_key>/", prompts.cell_prompt, name="cell_prompt"
    ),
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
    path("<slug:public_id>/prompts.jsonl", prompt_files.run_prompts, name="run_prompts"),
    path("<slug:public_id>/answers/", prompt_files.run_answers, name="run_answers"),
    path(
        "<slug:public_id>/answers/state/", prompt_files.run_answers_state, name="run_answers_state"
    ),
    path("<slug:public_id>/stop/", runs.run_stop, name="run_stop"),
    path("<slug:public_id>/resume/", runs.run_resume, name="run_resume"),
]
