"""A study in two languages: its texts, its scenarios, and what people see of it."""

import csv
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation

from pact_site.base.errors import BadInput
from survey.models import Participant, ScenarioText
from survey.services.instruments import definition_of, parse
from survey.services.linting import lint
from survey.services.localising import languages_open, localise, missing_texts
from survey.services.presenting import in_sentence
from survey.services.scenario_texts import COLUMNS, import_texts, template
from tests.survey.walking import Walker

TAG = "pt-br"
PARTS = ("consent", "instructions", "comprehension", "checks", "wording", "contact")


def told(value, name="text"):
    """The same shape with every text marked; keys and codes as they are."""
    if isinstance(value, dict):
        return {key: told(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [told(one, name) for one in value]
    marked = isinstance(value, str) and name not in ("key", "code", "kind", "answer", "passes")
    return f"[pt] {value}" if marked else value


def bilingual(study):
    """The study's instrument with every text in Portuguese, too."""
    raw = study.instrument.definition
    texts = {part: told(raw[part]) for part in PARTS}
    texts["wording"].setdefault("perceived", "De 100 pessoas, quantas? “{action}”")
    return {**raw, "languages": [raw["language"], TAG], "translations": {TAG: texts}}


@pytest.fixture
def both(study, tmp_path):
    """The bundled study, open in English and Portuguese."""
    made = bilingual(study)
    study.instrument.__class__.objects.filter(pk=study.instrument.pk).update(
        definition=made, content_hash="two languages"
    )
    study.refresh_from_db()
    import_texts(path=filled(study, tmp_path), study=study)
    return study


def filled(study, folder, **changes):
    """A file of all texts, marked."""
    path = folder / "texts.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        for row in template(study, [TAG]):
            marked = {k: f"[pt] {v}" for k, v in row.items() if k not in ("language", "scenario")}
            writer.writerow(row | marked | changes)
    return path


def test_only_texts_change(study):
    definition = parse(bilingual(study))
    made = localise(definition, TAG)
    assert made.consent[0].heading == f"[pt] {definition.consent[0].heading}"
    assert made.checks[0].text == f"[pt] {definition.checks[0].text}"
    for ours, theirs in zip(definition.checks, made.checks, strict=True):
        assert (ours.key, ours.passes, ours.after) == (theirs.key, theirs.passes, theirs.after)
        assert [o.code for o in ours.options] == [o.code for o in theirs.options]
    assert made.comprehension[0].answer == definition.comprehension[0].answer
    assert made.codes == definition.codes


def test_missing_texts_are_named_and_fall_back(study):
    raw = bilingual(study)
    texts = raw["translations"][TAG]
    key = texts["checks"][0]["key"]
    texts["checks"][0]["text"] = " "
    texts["wording"]["norm"] = "sem lugar"
    definition = parse(raw)
    assert missing_texts(definition, TAG) == [f"checks.{key}.text", "wording.norm"]
    assert localise(definition, TAG).wording.norm == definition.wording.norm
    assert missing_texts(definition, "en") == []


def test_the_linter_names_a_language_that_is_half_there(study):
    raw = bilingual(study)
    del raw["translations"][TAG]["consent"]
    found = [one for one in lint(study, parse(raw)) if one.code == "language.part"]
    assert [one.path for one in found] == [f"translations.{TAG}"]


def test_the_linter_names_a_language_without_scenarios_until_they_are_there(study, tmp_path):
    definition = parse(bilingual(study))
    (found,) = [one for one in lint(study, definition) if one.path == f"translations.{TAG}"]
    assert (found.code, found.fatal) == ("language.scenarios", False)
    assert "63 scenarios are missing" in found.text

    import_texts(path=filled(study, tmp_path), study=study)
    assert "language.scenarios" not in {one.code for one in lint(study, definition)}


def test_options_are_matched_by_code_not_by_place(study):
    raw = bilingual(study)
    raw["translations"][TAG]["checks"][0]["options"].reverse()
    ours = [o.text for o in localise(parse(raw), TAG).checks[0].options]
    assert ours == [o.text for o in localise(parse(bilingual(study)), TAG).checks[0].options]


def test_a_language_opens_only_when_everything_is_there(both):
    definition = definition_of(both.instrument)
    assert languages_open(both, definition) == ["en", TAG]
    ScenarioText.objects.first().delete()
    assert languages_open(both, definition) == ["en"]


def test_a_participant_chooses_and_reads_portuguese(both):
    walker = Walker(both).enter()
    assert "Português (Brasil)" in walker.text
    walker.get(walker.path, {"lang": TAG})
    assert '<html lang="pt-br"' in walker.text
    assert "Você quer participar?" in walker.text
    walker.send(agree="1", language=TAG)
    assert Participant.objects.get().language == TAG
    walker.about().send(norm="others")
    assert walker.step.startswith("situation")
    assert "A outra pessoa" in walker.text
    situation = re.search(r'situation__text">(.*?)</p>', walker.text, re.DOTALL)
    assert "[pt]" in situation[1]
    assert "{receiver}" not in walker.text
    walker.finish()
    assert "Seu código de conclusão" in walker.text


def test_an_unknown_language_gets_the_instruments_own(both):
    walker = Walker(both).enter()
    walker.get(walker.path, {"lang": "xx"})
    assert '<html lang="en"' in walker.text
    walker.send(agree="1", language="xx")
    assert Participant.objects.get().language == "en"


def test_one_language_shows_no_choice(study):
    assert "hreflang" not in Walker(study).enter().text


def test_importing_again_replaces(both, tmp_path):
    before = ScenarioText.objects.count()
    import_texts(path=filled(both, tmp_path, setting="outra"), study=both)
    assert ScenarioText.objects.count() == before
    assert set(ScenarioText.objects.values_list("setting", flat=True)) == {"outra"}


def test_texts_that_people_have_answered_stay_as_they_read_them(both, tmp_path, client, researcher):
    walker = Walker(both).enter()
    walker.send(agree="1", language=TAG)
    walker.about().send(norm="others")
    walker.finish()
    with pytest.raises(BadInput, match="People have answered in this language") as error:
        import_texts(path=filled(both, tmp_path, setting="outra"), study=both)
    assert error.value.found == TAG
    assert not ScenarioText.objects.filter(setting="outra").exists()

    text = ScenarioText.objects.select_related("version").first()
    client.force_login(researcher)
    url = reverse("survey:scenario_translation", args=[both.slug, TAG, text.version_id])
    form = client.get(url).context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    response = client.post(url, sent)
    assert response.status_code == 422
    assert "stay as they read them" in response.content.decode()


@pytest.mark.parametrize(
    ("column", "value"), [("scenario", "none"), ("situation", ""), ("language", "x" * 11)]
)
def test_a_bad_cell_is_named_and_nothing_is_stored(study, tmp_path, column, value):
    path = filled(study, tmp_path, **{column: value})
    with pytest.raises(BadInput) as error:
        import_texts(path=path, study=study)
    assert (error.value.row, error.value.column) == (2, column)
    assert not ScenarioText.objects.exists()


def test_the_command_prints_a_template_and_takes_it_in(both, tmp_path):
    out = StringIO()
    call_command("import_texts", "--study", both.slug, "--template", stdout=out)
    path = tmp_path / "template.csv"
    path.write_text(out.getvalue(), encoding="utf-8")
    said = StringIO()
    call_command("import_texts", str(path), "--study", both.slug, stdout=said)
    assert "open in en, pt-br" in said.getvalue()


def test_there_is_no_template_without_another_language(study):
    with pytest.raises(CommandError, match=r"no other language.*Languages"):
        call_command("import_texts", "--study", study.slug, "--template")


def test_only_english_puts_an_article_before_a_country():
    with translation.override("en"):
        assert in_sentence("United States") == "the United States"
    with translation.override("pt-br"):
        assert in_sentence("United States") == "United States"


def test_who_declines_in_portuguese_is_thanked_in_portuguese(both):
    walker = Walker(both).enter()
    walker.get(walker.path, {"lang": TAG}).send(decline="1", language=TAG)
    assert walker.step == "no-thanks"
    assert '<html lang="pt-br"' in walker.text
    assert f"consent/?lang={TAG}" in walker.text


def test_pages_of_nobody_are_in_the_instruments_language(study):
    raw = {**study.instrument.definition, "language": TAG, "languages": [TAG]}
    study.instrument.__class__.objects.filter(pk=study.instrument.pk).update(
        definition=raw, content_hash="portuguese"
    )
    for path, status in (("id/", 200), ("no-thanks/", 200), ("consent/?c=1", 403)):
        response = Walker(study).client.get(f"/s/{study.slug}/{path}")
        assert response.status_code == status
        assert '<html lang="pt-br"' in response.content.decode()
    study.state = "closed"
    study.save()
    assert '<html lang="pt-br"' in Walker(study).enter().text
