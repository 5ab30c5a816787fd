"""The reconciliation ledger, and the door for Prolific's webhooks: study_prolific."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
