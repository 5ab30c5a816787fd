"""The way of a participant."""

from django.urls import path

from survey.views import answering, entry

urlpatterns = [
    path("s/<slug:slug>/", entry.entry, name="entry"),
    path("s/<slug:slug>/id/", entry.identify, name="identify"),
    path("s/<slug:slug>/consent/", entry.consent, name="consent"),
    path("s/<slug:slug>/no-thanks/", entry.declined, name="declined"),
    path("s/<slug:slug>/continue/", entry.start, name="start"),
    path("s/<slug:slug>/about-you/", answering.about, name="about"),
    path("s/<slug:slug>/instructions/", answering.instructions, name="instructions"),
    path("s/<slug:slug>/situation/<int:key>/", answering.scenario, name="scenario"),
    path("s/<slug:slug>/situation/<int:key>/second/", answering.second, name="second"),
    path("s/<slug:slug>/question/<slug:key>/", answering.check, name="check"),
    path("s/<slug:slug>/feedback/", answering.feedback, name="feedback"),
    path("s/<slug:slug>/done/", answering.done, name="done"),
    path("s/<slug:slug>/withdraw/", answering.withdraw, name="withdraw"),
    path("s/<slug:slug>/end/", answering.ended, name="ended"),
]
