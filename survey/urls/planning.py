"""Power and promises before the data: study_planning and what belongs to it."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
