"""What participants see, and its versions: study_instrument and what belongs to it."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
