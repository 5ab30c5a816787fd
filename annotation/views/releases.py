"""Pages of releases: what each holds, before and after, and everything about it to download."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from annotation.access import access_dataset, access_release, refuse_unfinished
from annotation.screening_forms import ReleaseForm
from annotation.services.imports import scratch_folder
from annotation.services.release_card import screening_of
from annotation.services.release_files import name_of, zip_release
from annotation.services.releases import is_intact
from annotation.services.screening_ledger import outcome, release_dataset
from pact_site.base.access import researcher_only
from pact_site.base.aside import scratch
from pact_site.base.errors import BadInput
from pact_site.base.models import User


@require_safe
@researcher_only
def release_list(request: HttpRequest, slug: str) -> HttpResponse:
    """The dataset's releases, the newest first."""
    dataset = access_dataset(request.user, slug)
    releases = dataset.releases.select_related("screening").order_by("-number")
    context = {"dataset": dataset, "releases": releases}
    return render(request, "annotation/release_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@researcher_only
def release_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Freeze the dataset as it stands, without a screening."""
    dataset = access_dataset(request.user, slug)
    form = ReleaseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = release_dataset(
                dataset=dataset, note=form.cleaned_data["note"], actor=cast(User, request.user)
            )
        except BadInput as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Release %(number)s is made.") % {"number": made.number})
            return redirect("release:release_detail", slug, made.number)
    context = {"dataset": dataset, "form": form, "scenarios": dataset.scenarios.count()}
    status = 422 if form.errors else 200
    return render(request, "annotation/release_new.html", context, status=status)


@require_safe
@researcher_only
def release_detail(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A release with its counts, where it came from, and who uses it."""
    release = access_release(request.user, slug, number)
    screening = screening_of(release)
    context = {
        "dataset": release.dataset,
        "release": release,
        "screening": screening,
        "outcome": outcome(screening) if screening else None,
        "intact": is_intact(release),
        "scenarios": release.versions.count(),
        "items": release.items.count(),
    }
    return render(request, "annotation/release_detail.html", context)


@require_safe
@researcher_only
def release_zip(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """Every file of the release in one zip."""
    release = access_release(request.user, slug, number)
    if screening_of(release):
        refuse_unfinished(request.user, release.dataset)  # the ledger tells what the judge said
    url = request.build_absolute_uri(reverse("release:release_detail", args=[slug, number]))
    with scratch(scratch_folder() / "upload") as folder:
        path = folder / "release.zip"
        try:
            zip_release(release, path, url=url)
        except BadInput as error:
            messages.error(request, str(error))
            return redirect("release:release_detail", slug, number)
        stream = path.open("rb")  # stays readable once the folder is gone
    return FileResponse(stream, as_attachment=True, filename=f"{name_of(release)}.zip")
