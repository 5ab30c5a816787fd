"""Exports, withdrawals, keys: study_data and what belongs to it."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
