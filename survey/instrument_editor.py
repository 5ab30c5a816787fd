"""The instrument editor: every form of one definition together, and back again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotation.vocab.terms import DRAWN_RELATIONS
from survey.instrument_forms import (
    CheckRowForm,
    CodesForm,
    DesignForm,
    PageForm,
    QuestionForm,
    RulesForm,
    SectionForm,
    WordingForm,
)
from survey.services.instruments import CLOSED, parse


class _Rows(forms.BaseFormSet[Any]):
    """Rows that can be marked for removal; one empty row is there to be filled in."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """As usual, with words that say when a row goes."""
        super().add_fields(form, index)
        form.fields["ORDER"].label = _("Place")
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove this when saving")


def _rows(form: type[forms.Form]) -> Any:
    return forms.formset_factory(
        form,
        formset=_Rows,
        extra=1,
        can_order=True,
        can_delete=True,
        can_delete_extra=False,
        max_num=40,
    )


ROWS = {
    "consent": _rows(SectionForm),
    "instructions": _rows(SectionForm),
    "comprehension": _rows(QuestionForm),
    "checks": _rows(CheckRowForm),
}
FORMS: dict[str, type[forms.Form]] = {
    "design": DesignForm,
    "page": PageForm,
    "rules": RulesForm,
    "codes": CodesForm,
    "wording": WordingForm,
}


class Editor:
    """All forms of one instrument together; `definition` is the version they start from."""

    def __init__(self, definition: Mapping[str, Any], data: Any = None) -> None:
        self.start = definition
        initial = _initial(definition)
        self.forms = {
            name: form(data, prefix=name, initial=dict(initial[name]))
            for name, form in FORMS.items()
        }
        self.rows = {
            name: made(
                data,
                prefix=name,
                initial=[made.form.typed(part) for part in definition.get(name, [])],
            )
            for name, made in ROWS.items()
        }

    def is_valid(self) -> bool:
        """Whether every field of every part can be read."""
        return all([part.is_valid() for part in (*self.forms.values(), *self.rows.values())])

    def definition(self) -> dict[str, Any]:
        """The typed definition; what no form shows (translations) is kept."""
        data = {name: form.cleaned_data for name, form in self.forms.items()}
        design = dict(data["design"])
        mix = {str(name): design.pop(f"mix_{name}") for name in DRAWN_RELATIONS}
        codes = dict(self.start.get("codes", {}))
        codes.pop(CLOSED, None)  # it may be taken away
        return {
            **self.start,
            **design,
            **data["page"],
            **data["rules"],
            "mix": {name: count for name, count in mix.items() if count},
            "codes": codes | data["codes"],
            "wording": data["wording"],
            **{name: _parts(formset) for name, formset in self.rows.items()},
        }

    def refuse(self, path: str, text: str) -> None:
        """Show an error beside the field of this path, or above all where there is none."""
        form, name = self._row(path) or self._field(path)
        form.add_error(name if name in form.fields else None, text)

    def _row(self, path: str) -> tuple[forms.Form, str] | None:
        found = re.match(r"(\w+)\[(\d+)\]\.?(\w*)", path)
        if not found or found[1] not in self.rows:
            return None
        field = "options" if found[3] == "passes" else found[3]
        return _kept(self.rows[found[1]])[int(found[2])], field

    def _field(self, path: str) -> tuple[forms.Form, str]:
        top, __, rest = path.partition(".")
        if top in ("codes", "wording"):
            return self.forms[top], rest
        name = "mix_same" if top == "mix" else top
        holders = (form for form in self.forms.values() if name in form.fields)
        return next(holders, self.forms["design"]), name

    @property
    def errors(self) -> list[tuple[str, str, str]]:
        """(id of the field, its label, what is wrong) for a summary above the form."""
        every = [*self.forms.values(), *(form for rows in self.rows.values() for form in rows)]
        return [
            (form[name].auto_id if name in form.fields else "", str(_label(form, name)), error)
            for form in every
            for name, errors in form.errors.items()
            for error in errors
        ]


def _label(form: forms.Form, name: str) -> Any:
    return form.fields[name].label if name in form.fields else ""


def _parts(formset: Any) -> list[dict[str, Any]]:
    return [form.part() for form in _kept(formset)]


def _kept(formset: Any) -> list[Any]:
    """The rows that are filled in and not to be removed, by their places."""
    return list(formset.ordered_forms)


def _initial(definition: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What each form shows: the definition with every default written out."""
    full = {name: _plain(value) for name, value in vars(parse(definition)).items()}
    flat = full | {f"mix_{name}": full["mix"].get(name, 0) for name in DRAWN_RELATIONS}
    wording = vars(full["wording"])
    return {"design": flat, "page": flat, "rules": flat, "codes": full["codes"], "wording": wording}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
