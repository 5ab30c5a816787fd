"""A study's data: what can be taken out, what was, and what is removed."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from pact_site.base.access import administrator_only, researcher_only
from pact_site.base.errors import BadInput
from pact_site.base.models import User
from survey import access
from survey.models import Participant, Study, Withdrawal
from survey.services import export_records, keys, retention, withdrawals
from survey.views.quality import cohort_of
from survey.views.tabs import tabs

HERE = "survey:study_data"

KINDS = (
    ("human", _("Answers, PACT release format"), _("one row a participant and item; who is excluded is not in it")),
    ("long", _("Answers, everything"), _("one row a participant, item and question; excluded people are marked")),
    ("quality", _("Quality sheet"), _("one row a participant, with flags and exclusions")),
    ("flow", _("Flow of participants"), _("how many reached each step")),
    ("demographics", _("Recruiter's demographics"), _("by pseudonym; special categories of personal data: take them out only if you need them")),
)  # fmt: skip
ENDINGS = ("csv", "parquet", "jsonl")


class RetentionForm(forms.Form):
    """Days after closing; empty keeps."""

    identity_days = forms.IntegerField(
        label=_("Recruiters' ids, days after closing"), required=False, min_value=0, max_value=3650
    )
    text_days = forms.IntegerField(
        label=_("Free text, days after closing"), required=False, min_value=0, max_value=3650
    )


def _render(request: HttpRequest, study: Study, **more: object) -> HttpResponse:
    initial = {"identity_days": study.identity_days, "text_days": study.text_days}
    cohort = cohort_of(request, study)
    context = {
        "study": study,
        "tabs": tabs(study, HERE),
        "cohort": cohort,
        "cohorts": Participant._meta.get_field("cohort").choices,
        "simulated": cohort == "rehearsal",
        "downloads": [
            (kind, title, note, _links(study, kind, cohort)) for kind, title, note in KINDS
        ],
        "codebook": [(end, _address(study, "codebook", end, cohort)) for end in ("json", "md")],
        "exports": export_records.exports_of(study)[:50],
        "withdrawals": Withdrawal.objects.filter(
            study=study, participant__cohort=cohort
        ).select_related("participant", "actor"),
        "retention_form": RetentionForm(initial=initial),
        "at_stake": keys.at_stake(study),
    } | more
    return render(request, "survey/data.html", context, status=422 if more.get("error") else 200)


def _links(study: Study, kind: str, cohort: str) -> list[tuple[str, str]]:
    return [(ending, _address(study, kind, ending, cohort)) for ending in ENDINGS]


def _address(study: Study, kind: str, ending: str, cohort: str) -> str:
    """The download's address; exports belong to another app, known here by name alone."""
    try:
        path = reverse("analysis:study_export", args=[study.slug, kind, ending])
    except NoReverseMatch:
        return ""
    return f"{path}?cohort={cohort}"


@researcher_only
@require_safe
def data(request: HttpRequest, slug: str) -> HttpResponse:
    """Downloads, earlier exports, withdrawals, retention, the key."""
    return _render(request, access.access_study(slug))


@researcher_only
@require_POST
def keep(request: HttpRequest, slug: str) -> HttpResponse:
    """Set how long things are kept."""
    study = access.access_study(slug)
    form = RetentionForm(request.POST)
    if not form.is_valid():
        return _render(request, study, retention_form=form, error=_("Please check the days."))
    retention.set_retention(study=study, **form.cleaned_data, actor=_actor(request))
    return redirect(HERE, slug)


@researcher_only
@require_POST
def withdraw(request: HttpRequest, slug: str) -> HttpResponse:
    """Remove what one participant said, asked by them; the pseudonym is typed and ticked."""
    study = access.access_study(slug)
    typed = request.POST.get("pseudonym", "").strip()
    people = Participant.objects.filter(study=study, cohort=request.POST.get("cohort", "real"))
    who = people.filter(pseudonym=typed).first()
    if who is None or "sure" not in request.POST:
        error = (
            _("There is no participant of that name.")
            if who is None
            else _("Please tick that you are sure.")
        )
        return _render(request, study, error=error, typed=typed)
    withdrawals.withdraw(participant=who, asked_by=Withdrawal.Asked.STAFF, actor=_actor(request))
    return redirect(f"{reverse(HERE, args=[slug])}?cohort={who.cohort}#withdrawals")


@administrator_only
@require_POST
def destroy(request: HttpRequest, slug: str) -> HttpResponse:
    """Destroy the key of a closed study; the slug is typed."""
    study = access.access_study(slug)
    try:
        keys.destroy_key(study=study, typed=request.POST.get("typed", ""), actor=_actor(request))
    except BadInput as error:
        return _render(request, study, error=str(error))
    return redirect(HERE, slug)


@researcher_only
@require_safe
def withdrawal(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One withdrawal: what it removed, and which exports held the row."""
    study = access.access_study(slug)
    row = get_object_or_404(Withdrawal.objects.select_related("participant"), pk=pk, study=study)
    context = {"study": study, "tabs": tabs(study, HERE), "row": row}
    return render(request, "survey/data_withdrawal.html", context)


def _actor(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
