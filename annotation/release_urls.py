"""Pages of a dataset's screenings and releases, below the dataset's own address."""

from django.urls import path

from annotation.views import releases, screening

app_name = "release"
urlpatterns = [
    path("screenings/", screening.screening_list, name="screening_list"),
    path("screenings/new/", screening.screening_new, name="screening_new"),
    path("screenings/<int:pk>/", screening.screening_detail, name="screening_detail"),
    path("screenings/<int:pk>/check/", screening.check_next, name="check_next"),
    path("screenings/<int:pk>/check/<int:row>/", screening.check_one, name="check_one"),
    path("screenings/<int:pk>/rows/<int:row>/", screening.row_detail, name="row_detail"),
    path("screenings/<int:pk>/ledger.csv", screening.ledger_csv, name="ledger_csv"),
    path("screenings/<int:pk>/release/", screening.release_make, name="release_make"),
    path("releases/", releases.release_list, name="release_list"),
    path("releases/new/", releases.release_new, name="release_new"),
    path("releases/<int:number>/", releases.release_detail, name="release_detail"),
    path("releases/<int:number>/release.zip", releases.release_zip, name="release_zip"),
]
