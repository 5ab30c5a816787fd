"""All URLs. Each app brings its own; participants' pages stand under /s/."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from pact_site import views
from pact_site.views import new_run, operations

# The admin's own form knows no second factor: send people through the site's sign-in instead.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

handler400 = "pact_site.views.failing.bad_request"
handler500 = "pact_site.views.failing.server_error"

urlpatterns = [
    path("", include("survey.urls")),  # first: most is asked for by participants
    path("", views.home, name="home"),
    path("style/", views.style, name="style"),
    path("health/", views.health, name="health"),
    path("ready/", views.ready, name="ready"),
    path("metrics/", operations.metrics, name="metrics"),
    path("operations/", operations.operations_page, name="operations"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("api/", include("pact_site.api")),
    path("datasets/<slug:slug>/", include("annotation.release_urls")),
    path("datasets/", include("annotation.urls")),
    path("schemes/", include("annotation.scheme_urls")),
    path("validations/", include("annotation.validation_urls")),
    path("runs/new/", new_run.run_new, name="run_new"),
    path("runs/new/size/", new_run.run_size, name="run_size"),
    path("runs/", include("modeling.urls")),
    path("", include("analysis.urls")),
]
