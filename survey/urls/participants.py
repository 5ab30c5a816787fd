"""The way of a participant."""

from django.urls import include, path

from survey.views import answering, entry, scenarios

_pages = [
    path("", entry.entry, name="entry"),
    path("id/", entry.identify, name="identify"),
    path("consent/", entry.consent, name="consent"),
    path("no-thanks/", entry.declined, name="declined"),
    path("continue/", entry.start, name="start"),
    path("about-you/", answering.about, name="about"),
    path("instructions/", answering.instructions, name="instructions"),
    path("situation/<int:position>/", scenarios.scenario, name="scenario"),
    path("situation/<int:position>/second/", scenarios.second, name="second"),
    path("question/<slug:key>/", answering.check, name="check"),
    path("feedback/", answering.feedback, name="feedback"),
    path("done/", answering.done, name="done"),
    path("withdraw/", answering.withdraw, name="withdraw"),
    path("end/", answering.ended, name="ended"),
]

urlpatterns = [path("s/<slug:slug>/", include(_pages))]
