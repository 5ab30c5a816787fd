"""The bundled study loads once, whole, and the linter looks at it first."""

import re

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Item, Release
from annotation.vocab.studies import FIRST_LIGHT
from pact_site.base.errors import BadInput
from survey.models import Study
from survey.services import linting
from survey.services.studies import (
    add_instrument,
    load_study,
    new_study,
    save_instrument,
    standard_definition,
)

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

    with pytest.raises(
        BadInput, match=r"3 same scenarios a person, and there are fewer for Brazil \(0\)"
    ):
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

    fatal = linting.fatal(linting.lint(study))

    served = r"\d+ scenarios \(of Brazil, .*\) are served in one relation only"
    assert any(re.match(served, text) for text in fatal)


def test_a_release_that_is_small_gets_one_finding_a_relation_with_what_to_do(study):
    wanted = standard_definition(countries=["BR", "KE"], mix={"same": 3, "far": 4})
    add_instrument(study=study, definition=wanted)

    few = [finding.text for finding in linting.lint(study) if finding.code == "coverage.few"]

    assert few == [
        "The mix asks for 3 same scenarios a person, and there are fewer for Kenya (0). Ask for 0 "
        "at most, leave these countries out, or add scenarios."
    ]


def test_a_new_study_is_a_draft_with_codes_of_its_own(study, researcher):
    wanted = {"name": "N", "release": study.release, "scheme": "geo-v1", "actor": researcher}
    one, two = (new_study(slug=slug, **wanted) for slug in ("one", "two"))

    assert (one.state, one.instrument.created_by) == ("draft", researcher)
    codes = [
        *one.instrument.definition["codes"].values(),
        *two.instrument.definition["codes"].values(),
    ]
    assert len(set(codes)) == 12
    assert not [finding for finding in linting.lint(one) if finding.fatal]


@pytest.mark.parametrize("slug", ["first-light", "new"])
def test_a_short_name_is_used_once(study, slug):
    with pytest.raises(BadInput, match="taken"):
        new_study(slug=slug, name="N", release=study.release, scheme="geo-v1")


def test_saving_what_is_the_same_makes_no_version(study):
    spelled_out = study.instrument.definition | {"points": 7, "pages": 1, "paradata": False}

    assert save_instrument(study=study, definition=spelled_out) is None
    assert study.instruments.count() == 1


def test_a_changed_definition_is_the_next_version_with_who_and_why(study, researcher):
    made = save_instrument(
        study=study, definition=standard_definition(points=5), note="Shorter", actor=researcher
    )

    assert (made.number, made.note, made.created_by) == (2, "Shorter", researcher)


def test_an_open_study_takes_no_version_that_could_not_be_opened(study):
    with pytest.raises(BadInput, match="cannot be open like this"):
        save_instrument(study=study, definition=standard_definition(planned_completes=5))

    assert study.instruments.count() == 1


def test_numbers_that_are_none_are_refused_by_their_path(study):
    with pytest.raises(BadInput, match=r"mix\.same"):
        save_instrument(study=study, definition=standard_definition(mix={"same": "three"}))
