"""The forms that ask for a report, and for a table of indicators."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from analysis.frames.kinds import check_source
from analysis.frames.subjects import analysed, resolve_cohort
from analysis.models import IndicatorTable, Report
from analysis.published import PAPERS
from analysis.reports.options import REPLICATES, Options
from analysis.services.indicators import MOST_BYTES
from modeling.models import Run
from pact_site.base.errors import BadInput
from survey.models import Cohort, Participant, Study


class ReportForm(forms.Form):
    """Study, kind, whose answers, and how many replicates; all problems stand beside a field."""

    study = forms.ModelChoiceField(
        Study.objects.all(), to_field_name="slug", label=_("Study"), empty_label=None
    )
    kind = forms.ChoiceField(
        label=_("What the report is about"),
        choices=[
            (Report.Kind.ALIGNMENT, _("People and models: how close is each model?")),
            (Report.Kind.HUMAN, _("People only: what did they choose?")),
        ],
    )
    cohort = forms.ChoiceField(
        label=_("Whose answers"),
        required=False,
        choices=[
            ("", _("Real participants (simulated ones only where nobody is real)")),
            (Cohort.REAL, _("Real participants")),
            (Cohort.REHEARSAL, _("Simulated participants")),
        ],
    )
    published = forms.ChoiceField(
        label=_("Beside it"),
        required=False,
        choices=[("", _("Nothing else")), *PAPERS.items()],
        help_text=_(
            "Figures that a paper has printed, next to this report's own of the same name."
        ),
    )
    indicators = forms.ModelChoiceField(
        IndicatorTable.objects.all(),
        to_field_name="slug",
        label=_("Figures about countries"),
        required=False,
        empty_label=_("None"),
        help_text=_("A table that was uploaded: its columns stand beside the countries' rates."),
    )
    kinds_from = forms.CharField(
        label=_("Kinds of preference from"),
        required=False,
        help_text=_(
            "Empty: a rule of keywords. dataset: what the dataset states. VALIDATION:CRITERION, by "
            "slug and code: the labels that annotators gave."
        ),
    )
    reasons = forms.BooleanField(
        label=_("Show people's own reasons"),
        required=False,
        help_text=_(
            "Under pseudonyms, beside the items that lead a list. Leave it off for a report that "
            "is to be passed on."
        ),
    )
    replicates = forms.IntegerField(
        label=_("Bootstrap replicates"),
        initial=REPLICATES,
        help_text=_("More replicates make the ends of the intervals steadier, and take longer."),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse what could only fail later: nobody analysed, no model answers."""
        cleaned = super().clean() or {}
        study = cleaned.get("study")
        if study is None:
            return cleaned
        cohort = resolve_cohort(study, cleaned.get("cohort") or None)
        if not analysed(study, cohort).exists():
            self.add_error("cohort", _nobody(study, cohort))
        runs = Run.objects.filter(study_slug=study.slug, release=study.release)
        if cleaned.get("kind") == Report.Kind.ALIGNMENT and not runs.exists():
            self.add_error("kind", _("No model has been asked about this study yet."))
        return cleaned

    def clean_replicates(self) -> int:
        """Within what a report accepts."""
        value = int(self.cleaned_data["replicates"])
        try:
            Options("human", "", replicates=value)
        except BadInput as error:
            raise forms.ValidationError(f"{error.message} {error.expected}.") from error
        return value

    def clean_kinds_from(self) -> str:
        """A source that there is."""
        source = str(self.cleaned_data["kinds_from"]).strip()
        try:
            check_source(source or None)
        except BadInput as error:
            raise forms.ValidationError(str(error)) from error
        return source

    def options(self) -> Options:
        """The options of a valid form."""
        cleaned = self.cleaned_data
        return Options(
            kind=cleaned["kind"],
            study=cleaned["study"].slug,
            cohort=cleaned["cohort"] or None,
            replicates=cleaned["replicates"],
            published=cleaned["published"] or None,
            indicators=cleaned["indicators"].slug if cleaned["indicators"] else None,
            reasons=cleaned["reasons"],
            kinds_from=cleaned["kinds_from"] or None,
        )


class IndicatorForm(forms.Form):
    """A file of figures about countries, with whence they come and what may be done with them."""

    file = forms.FileField(
        label=_("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        help_text=_(
            "A column country (English name or ISO code such as NA for Namibia) and one column per "
            "indicator; an empty cell is a missing value."
        ),
    )
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("As reports show it."))
    slug = forms.SlugField(label=_("Short name"), help_text=_("For commands, such as gdp-2024."))
    source = forms.CharField(
        label=_("Source"),
        max_length=500,
        help_text=_("Who published the figures, where and when; printed with every result."),
    )
    licence = forms.CharField(
        label=_("Licence"), max_length=100, help_text=_("What may be done with them.")
    )

    def clean_file(self) -> UploadedFile[bytes]:
        """No larger than a table of countries can be."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 1 MB."))
        return file


def _nobody(study: Study, cohort: str) -> str:
    """Why there is nobody of a cohort to report on, and whom of the other there is."""
    people = Participant.objects.filter(study=study, cohort=cohort)
    if people.completed().exists():
        why = gettext("Everybody who completed the study is left out; its page Quality says why.")
    else:
        why = gettext("Nobody of this cohort has completed the study yet.")
    if cohort == Cohort.REAL:
        others, other = Cohort.REHEARSAL, gettext("%d simulated participants could be chosen.")
    else:
        others, other = Cohort.REAL, gettext("%d real participants could be chosen.")
    count = analysed(study, others).count()
    return f"{why} {other % count}" if count else why
