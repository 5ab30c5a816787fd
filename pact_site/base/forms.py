"""Forms whose words stand for something that has to be found."""

from typing import Any, ClassVar

from django import forms

from .errors import BadInput


class ResolvingForm(forms.Form):
    """`resolves` names fields; `resolve_NAME` turns the words of each into what they stand for."""

    resolves: ClassVar[tuple[str, ...]] = ()

    def clean(self) -> dict[str, Any]:
        """Resolve each field in turn; what cannot be found stands beside its field."""
        given = super().clean() or {}
        for name in self.resolves:
            if name in given:
                try:
                    given[name] = getattr(self, f"resolve_{name}")(given[name])
                except BadInput as error:
                    self.add_error(name, str(error))
        return given
