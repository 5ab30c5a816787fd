"""The reconciliation ledger, and the door for Prolific's webhooks: study_prolific."""

from django.urls import path

from survey.views import webhooks

urlpatterns = [
    path("prolific/webhook/", webhooks.webhook, name="prolific_webhook"),
]
