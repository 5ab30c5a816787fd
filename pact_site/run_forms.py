"""The forms of a new run: counterparts of a study's participants, or the benchmark's dyads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.models import Dataset
from annotation.vocab.distance import DEFAULT_SCHEME
from annotation.vocab.terms import (
    DRAWN_RELATIONS,
    BalancePrompt,
    DemographicCondition,
    Frame,
    OptionOrder,
    PromptStyle,
)
from modeling.backends import Decoding
from modeling.services import designs, endpoints
from modeling.services.benchmark_design import STAGES
from modeling.services.questions import BENCHMARK, COUNTERPARTS
from pact_site.base.errors import BadInput
from pact_site.services.proposals import Proposal, benchmark_proposal, counterpart_proposal
from survey.models import Study

STUDY: Final = "study"
DATASET: Final = "dataset"


def several(label: Any, values: Any, **options: Any) -> forms.MultipleChoiceField:
    """Boxes to tick, all of them ticked unless told otherwise."""
    choices = [(str(value), str(value)) for value in values]
    options.setdefault("initial", [value for value, _label in choices])
    return forms.MultipleChoiceField(
        label=label, choices=choices, widget=forms.CheckboxSelectMultiple, **options
    )


class RunForm(forms.Form):
    """What both designs share; `proposal` makes of it what can be sized and planned."""

    about = forms.ChoiceField(label=_("About"))
    endpoint = forms.ChoiceField(label=_("Endpoint"))
    samples = forms.IntegerField(
        label=_("Answers a cell"), min_value=1, max_value=designs.MAX_SAMPLES, initial=1,
        help_text=_("More than one makes sense at a temperature, or without log-probabilities."),
    )  # fmt: skip
    temperature = forms.FloatField(label=_("Temperature"), min_value=0, max_value=2, initial=0)
    top_p = forms.FloatField(label=_("Top-p"), min_value=0, max_value=1, initial=1)
    seed = forms.IntegerField(label=_("Seed"), min_value=0, required=False)
    rationale_share = forms.FloatField(
        label=_("Share of cells asked for a short reason"), min_value=0, max_value=1, initial=0,
        help_text=_("0 asks for none, 1 for a reason with every answer."),
    )  # fmt: skip
    limit = forms.IntegerField(
        label=_("At most so many cells"), min_value=1, required=False,
        help_text=_("Look at the first few before you ask the rest: the same run goes on then."),
    )  # fmt: skip
    budget = forms.DecimalField(
        label=_("Budget"), min_value=0, max_digits=12, decimal_places=2, required=False,
        help_text=_("The run stops before it costs more, in the currency of the endpoint's prices."),
    )  # fmt: skip
    new = forms.BooleanField(
        label=_("Another run, even if the same was asked before"), required=False
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, choices in (("about", subjects()), ("endpoint", endpoints.choices())):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def proposal(self) -> Proposal:
        """The run as wished; BadInput says what cannot be."""
        raise NotImplementedError

    def shared(self) -> dict[str, Any]:
        """The arguments that both kinds of proposals take."""
        given = self.cleaned_data
        kind, _slash, slug = given["about"].partition("/")
        return {
            kind: slug,
            "endpoint": given["endpoint"],
            "decoding": Decoding(
                temperature=given["temperature"], top_p=given["top_p"], seed=given["seed"]
            ),
            "samples": given["samples"],
            "limit": given["limit"],
            "rationale_share": given["rationale_share"],
            "rationale_seed": given["seed"] or 0,
        }


class CounterpartForm(RunForm):
    """Every item, asked as nobody in particular and as each persona."""

    personas = forms.CharField(
        label=_("Personas"), initial="all", max_length=500,
        help_text=_("all, none, persona (every one), a country, or country:younger_female; several with commas."),
    )  # fmt: skip
    styles = several(_("Prompt styles"), PromptStyle, initial=[designs.DEFAULT_STYLE])
    frames = several(_("Questions"), Frame)
    orders = several(_("Option orders"), OptionOrder)
    mode = forms.ChoiceField(
        label=_("Answer mode"),
        choices=[("label", _("label: one question, one letter")), ("paper", _("paper: both questions, a JSON reply"))],
    )  # fmt: skip

    field_order = ["about", "endpoint", "personas", "styles", "frames", "orders", "mode"]

    def proposal(self) -> Proposal:
        """Counterparts of the study's participants, or of the published study's."""
        given = self.cleaned_data
        names = ("styles", "frames", "orders")
        return counterpart_proposal(
            personas=_words(given["personas"]),
            mode=given["mode"],
            **{name: given[name] for name in names},
            **self.shared(),
        )


class BenchmarkForm(RunForm):
    """Every dyad of a release."""

    relations = several(_("Relations"), DRAWN_RELATIONS)
    roles = several(_("Roles"), ("C1", "C2", "C3"))
    conditions = several(
        _("Who the people are said to be"), DemographicCondition, initial=["full_demo"]
    )
    balances = several(_("System message"), BalancePrompt)
    order = forms.ChoiceField(
        label=_("Which option stands first"),
        choices=[
            ("all", _("a coin for each instance")),
            ("scenario", _("a coin for each scenario")),
            *((order.value, order.value) for order in OptionOrder),
        ],
    )
    family = forms.CharField(label=_("Family of the model"), max_length=60, required=False)
    stage = forms.ChoiceField(
        label=_("Stage of the model"), required=False,
        choices=[(stage, stage or _("not said")) for stage in STAGES],
    )  # fmt: skip

    field_order = ["about", "endpoint", "relations", "roles", "conditions", "balances", "order"]

    def proposal(self) -> Proposal:
        """The dyads of the release."""
        given = self.cleaned_data
        names = ("relations", "roles", "conditions", "balances", "order", "family", "stage")
        return benchmark_proposal(
            scheme=DEFAULT_SCHEME, **{name: given[name] for name in names}, **self.shared()
        )


FORMS: Final[Mapping[str, type[RunForm]]] = {
    COUNTERPARTS: CounterpartForm,
    BENCHMARK: BenchmarkForm,
}
"""Design -> its form."""


def subjects() -> list[tuple[str, str]]:
    """What can be asked about: studies, and datasets with a release."""
    studies = Study.objects.select_related("release").order_by("name")
    datasets = Dataset.objects.filter(releases__isnull=False).distinct().order_by("name")
    return [
        *((f"{STUDY}/{study.slug}", f"{study.name} (study)") for study in studies),
        *((f"{DATASET}/{one.slug}", f"{one.name} (dataset)") for one in datasets),
    ]


def size_of(form: RunForm) -> tuple[Any, str]:
    """The estimate of a form that is being filled in, or why there is none yet."""
    if not form.is_valid():
        wrong = [
            f"{form[name].label}: {errors[0]}"
            for name, errors in form.errors.items()
            if name in form.fields
        ]
        return None, " ".join(wrong)
    try:
        return form.proposal().estimate(), ""
    except BadInput as error:
        return None, str(error)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
