"""Who came, live, and who is left out: study_monitor, study_quality."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
