"""The participants' pages speak every language that the settings name."""

import gettext
import re
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import translation
from django.utils.translation import gettext as text_of
from django.utils.translation import ngettext

from pact_site.services import catalogues

OTHERS = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def placeholders(text):
    return set(re.findall(r"%\(\w+\)s", text))


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_has_a_translation_with_the_same_placeholders(language):
    catalogue = catalogues.updated(language)
    assert len(catalogue) > 100
    assert catalogues.untranslated(catalogue) == []
    for message in catalogue:
        source = message.id if isinstance(message.id, str) else message.id[1]
        for form in catalogues.forms(message) if source else ():
            assert placeholders(form) == placeholders(source), source


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogue_is_up_to_date_and_compiled(language):
    stored = catalogues.stored(language)
    assert {m.id for m in stored} == {m.id for m in catalogues.gathered(language)}
    with (catalogues.folder(language) / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in stored:
        if isinstance(message.id, str) and message.id:
            assert compiled.gettext(message.id) == message.string
        elif message.id:
            found = tuple(compiled.ngettext(*message.id, n) for n in (1, 2))
            assert found == message.string


def test_plurals_follow_the_language():
    forms = ("%(n)s saved", "%(n)s saved")
    with translation.override("pt-br"):
        assert [ngettext(*forms, n) % {"n": n} for n in (1, 2)] == ["1 salva", "2 salvas"]
    with translation.override("hi"):
        assert ngettext(*forms, 2) % {"n": 2} == "2 सहेजे गए"


def test_a_language_without_a_catalogue_starts_empty_and_is_written(settings, tmp_path):
    settings.LOCALE_PATHS = [tmp_path]
    made = catalogues.updated("fr")
    assert len(catalogues.untranslated(made)) == len(made)
    made["Continue"].string = "Continuer"
    catalogues.write(made, "fr")
    assert catalogues.updated("fr")["Continue"].string == "Continuer"


def test_the_command_counts_and_check_writes_nothing(settings, tmp_path):
    place = tmp_path / "locale"
    settings.LOCALE_PATHS = [place]
    out = StringIO()
    call_command("messages", "--check", stdout=out)
    assert [line.split(":")[0] for line in out.getvalue().splitlines()] == OTHERS
    assert not place.exists()


def test_gathering_again_changes_nothing(settings, tmp_path):
    before = [(catalogues.folder(code) / "django.po").read_bytes() for code in OTHERS]
    made = {code: catalogues.updated(code) for code in OTHERS}
    settings.LOCALE_PATHS = [tmp_path]
    for code, catalogue in made.items():
        catalogues.write(catalogue, code)
    assert [(catalogues.folder(code) / "django.po").read_bytes() for code in OTHERS] == before


def test_english_pages_stay_english():
    with translation.override("en"):
        assert text_of("Continue") == "Continue"
