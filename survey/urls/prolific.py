"""The reconciliation ledger, and the door for Prolific's webhooks: study_prolific."""

from django.urls import path

from survey.views import prolific, recruiting, webhooks

PAGE = "studies/<slug:slug>/prolific/"

urlpatterns = [
    path("prolific/webhook/", webhooks.webhook, name="prolific_webhook"),
    path(PAGE, prolific.page, name="study_prolific"),
    path(f"{PAGE}study/", recruiting.study_page, name="prolific_study"),
    path(f"{PAGE}study/<slug:action>/", recruiting.study_request, name="prolific_study_request"),
    path(f"{PAGE}link/", prolific.link, name="prolific_link"),
    path(f"{PAGE}export/", prolific.upload, name="prolific_upload"),
    path(f"{PAGE}poll/", prolific.poll_now, name="prolific_poll"),
    path(f"{PAGE}poll/progress/", prolific.poll_progress, name="prolific_poll_progress"),
    path(f"{PAGE}ledger.csv", prolific.ledger_csv, name="prolific_ledger"),
    path(f"{PAGE}approve/", prolific.approve_all, name="prolific_approve_all"),
    path(f"{PAGE}confirm/", prolific.confirm, name="prolific_confirm"),
    path(f"{PAGE}drafts/<int:pk>/discard/", prolific.discard, name="prolific_discard"),
    path(f"{PAGE}submissions/<int:pk>/", prolific.submission, name="prolific_submission"),
]
