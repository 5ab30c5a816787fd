"""The form that sets up an endpoint."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.services.datasets import BadArgument
from modeling.backends import defaults_of
from modeling.models import ModelEndpoint
from modeling.services import endpoint_rows
from modeling.services.addresses import KEY_NAMES
from pact_site.base.errors import BadInput
from pact_site.base.models import User

KINDS = {
    "openai": _("openai: a hosted API, or any OpenAI-compatible server"),
    "lean": _("lean: bulk work on an OpenAI-compatible server, such as vLLM"),
    "openai_batch": _("openai_batch: the Batch API, within a day at half price"),
    "vllm": _("vllm: an engine in the worker, on a machine with a GPU"),
    "files": _("files: prompts out, answers in, asked wherever you like"),
}


class EndpointForm(forms.Form):
    """What an endpoint is; its name is given once."""

    name = forms.SlugField(
        label=_("Name"), max_length=60,
        help_text=_("How runs name it: small letters, digits and hyphens. It stays."),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Kind"))
    model = forms.CharField(
        label=_("Model"), max_length=200,
        help_text=_("The name it has on its server, or the folder of its weights."),
    )  # fmt: skip
    base_url = forms.CharField(
        label=_("Address"), max_length=300, required=False,
        help_text=_("Of the API, such as https://api.openai.com/v1 or http://127.0.0.1:8001/v1."),
    )  # fmt: skip
    key_variable = forms.CharField(
        label=_("Variable that holds the key"), max_length=80, required=False,
        help_text=_(
            "The key itself stays in the environment of web server and workers; it is never stored. "
            "Name the variable: %s."
        ) % KEY_NAMES,
    )  # fmt: skip
    options = forms.JSONField(
        label=_("Options"), required=False, initial=dict, widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    prompt_price = forms.DecimalField(
        label=_("Price of a million tokens sent"), required=False, min_value=0,
        max_digits=12, decimal_places=6, help_text=_("Empty where you do not know it."),
    )  # fmt: skip
    completion_price = forms.DecimalField(
        label=_("Price of a million tokens written"), required=False, min_value=0,
        max_digits=12, decimal_places=6,
    )  # fmt: skip
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3, initial="USD")

    def __init__(self, *args: Any, row: ModelEndpoint | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.row = row
        kinds = endpoint_rows.kinds()
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(name, KINDS.get(name, name)) for name in kinds]
        self.fields["options"].help_text = _known_options(kinds)
        if row is not None:
            del self.fields["name"]
            self.initial = {
                **{name: getattr(row, name) for name in endpoint_rows.FIELDS},
                **self.initial,
            }

    def clean_options(self) -> dict[str, Any]:
        """No options at all are an empty object."""
        return self.cleaned_data["options"] or {}

    def save(self, actor: User) -> ModelEndpoint | None:
        """Add or change the endpoint; None with the form saying why not."""
        given = dict(self.cleaned_data)
        try:
            if self.row is None:
                return endpoint_rows.add(actor=actor, **given)
            return endpoint_rows.change(row=self.row, actor=actor, **given)
        except BadInput as error:
            argument = error.argument if isinstance(error, BadArgument) else ""
            self.add_error(argument if argument in self.fields else None, str(error))
            return None


def _known_options(kinds: list[str]) -> SafeString:
    """An example, and folded away the options of each kind with their defaults."""
    example = format_html("<code>{}</code>", '{"constrain": true}')
    lead = format_html(
        gettext("A JSON object, such as {}; mostly there is nothing to say here."), example
    )
    lines = format_html_join(
        "", "<li><code>{}</code>: {}</li>", ((kind, _listed(kind)) for kind in kinds)
    )
    folded = gettext("All options, and what holds where one is left out")
    return format_html("{}<details><summary>{}</summary><ul>{}</ul></details>", lead, folded, lines)


def _listed(kind: str) -> str:
    known = defaults_of(kind)
    return ", ".join(f"{name} {json.dumps(value)}" for name, value in known.items()) or gettext(
        "none"
    )
