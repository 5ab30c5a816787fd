"""The bundled study loads once, whole, and the linter looks at it first."""

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Item, Release
from annotation.vocab.studies import FIRST_LIGHT
from pact_site.base.errors import BadInput
from survey.models import Study
from survey.services import linting
from survey.services.studies import add_instrument, load_study, standard_definition

pytestmark = pytest.mark.django_db


def copy_with(folder, keep):
    """The bundled study with only those scenario rows for which `keep(line)` holds."""
    folder.mkdir()
    (folder / "study.json").write_text((FIRST_LIGHT / "study.json").read_text("utf-8"), "utf-8")
    header, *lines = (FIRST_LIGHT / "scenarios.csv").read_text("utf-8").splitlines(keepends=True)
    text = header + "".join(line for line in lines if keep(line))
    (folder / "scenarios.csv").write_text(text, "utf-8")
    return folder


def test_the_bundled_study_is_open_with_all_items():
    loaded = load_study()

    study = loaded.study
    assert loaded.created
    assert (study.slug, study.state, study.scheme) == ("first-light", "open", "geo-v1")
    assert study.release.versions.count() == 63
    assert study.release.items.count() == 252
    assert len(set(study.release.items.values_list("scenario_item_id", flat=True))) == 252
    assert study.release.dataset.licence == "CC BY 4.0"
    assert study.instrument.definition["countries"] == ["BR", "GB", "IN", "US", "ZA"]


def test_loading_again_changes_nothing():
    first = load_study()

    again = load_study()

    assert not again.created
    assert again.study == first.study
    assert (Study.objects.count(), Release.objects.count(), Item.objects.count()) == (1, 1, 252)


def test_a_study_whose_mix_cannot_be_drawn_is_not_loaded(tmp_path):
    folder = copy_with(tmp_path / "few", keep=lambda line: not line.startswith("br-"))

    with pytest.raises(BadInput, match="Brazil: the mix asks for 3 same scenarios, there are 0"):
        load_study(folder)

    assert not Study.objects.exists()
    assert not Release.objects.exists()


def test_a_broken_file_is_named(tmp_path):
    folder = copy_with(tmp_path / "broken", keep=lambda line: True)
    (folder / "study.json").write_text("{", "utf-8")

    with pytest.raises(CommandError) as caught:
        call_command("load_study", folder)

    assert caught.value.returncode == 2
    assert "study.json" in str(caught.value)


def test_the_command_says_what_it_did(capsys):
    call_command("load_study")
    call_command("load_study")

    first, second = capsys.readouterr().out.splitlines()
    assert first == "study first-light: loaded, 252 items, open"
    assert "was there already" in second


def test_thin_coverage_is_a_remark_and_not_fatal(study):
    """200 people x 7 answers over 1,260 cells of item and country are 1.1 a cell."""
    finding = next(f for f in linting.lint(study) if "answers are expected" in f.text)

    assert "About 1.1 answers" in finding.text
    assert not finding.fatal


def test_more_people_end_the_remark(study):
    add_instrument(study=study, definition=standard_definition(planned_completes=1000))

    assert linting.lint(study) == []


def test_a_scenario_served_in_one_relation_only_is_fatal(study):
    """Where only scenarios from home are served, nobody abroad judges them."""
    add_instrument(study=study, definition=standard_definition(mix={"same": 7}))

    fatal = [finding.text for finding in linting.lint(study) if finding.fatal]

    assert any("served in one relation only" in text for text in fatal)
