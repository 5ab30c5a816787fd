"""Exports, withdrawals, keys: study_data and what belongs to it."""

from django.urls import path

from survey.views import data

urlpatterns = [
    path("studies/<slug:slug>/data/", data.data, name="study_data"),
    path("studies/<slug:slug>/data/keep/", data.keep, name="study_keep"),
    path("studies/<slug:slug>/data/withdraw/", data.withdraw, name="study_withdraw"),
    path("studies/<slug:slug>/data/destroy-key/", data.destroy, name="study_destroy_key"),
    path(
        "studies/<slug:slug>/data/withdrawals/<int:pk>/", data.withdrawal, name="study_withdrawal"
    ),
]
