"""Pages of countries, distance schemes and region schemes."""

from django.urls import path

from annotation.views import schemes

app_name = "scheme"
urlpatterns = [
    path("", schemes.scheme_list, name="scheme_list"),
    path("pair/", schemes.pair, name="pair"),
    path("<slug:kind>/<str:name>/", schemes.scheme_detail, name="scheme_detail"),
    path("<slug:kind>/<str:name>/copy/", schemes.scheme_copy, name="scheme_copy"),
    path("<slug:kind>/<str:name>/edit/", schemes.scheme_edit, name="scheme_edit"),
    path("<slug:kind>/<str:name>/changes/", schemes.scheme_changes, name="scheme_changes"),
    path("<slug:kind>/<str:name>/scheme.json", schemes.scheme_json, name="scheme_json"),
]
