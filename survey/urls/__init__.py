"""Participants' pages under /s/, researchers' study pages under /studies/, Prolific's webhooks.

Each part of the researchers' side brings its own list, in the order of the tabs on a study's page.
"""

from survey.urls import instruments, participants, planning, privacy, prolific, quality, studies

app_name = "survey"

urlpatterns = [
    *participants.urlpatterns,
    *studies.urlpatterns,
    *instruments.urlpatterns,
    *quality.urlpatterns,
    *prolific.urlpatterns,
    *planning.urlpatterns,
    *privacy.urlpatterns,
]
