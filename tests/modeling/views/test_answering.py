"""Pages of what a run answered: invalid answers, audits, flips and comparisons."""

import csv
import io
from pathlib import Path

import pytest
from django.urls import reverse

from modeling import shards
from modeling.views import answering
from pact_site.base.csvsafe import restore_cell
from tests.modeling.answered import invalid, make_answered
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert('a')</script>"


@pytest.fixture
def release():
    return make_release(1)


@pytest.fixture
def reader(client, researcher):
    client.force_login(researcher)
    return client


def read(reader, name, *runs, expect=200, **query):
    response = reader.get(reverse(f"modeling:{name}", args=[r.public_id for r in runs]), query)
    assert response.status_code == expect
    return response.content.decode() if not response.streaming else response


@pytest.fixture
def refused(release):
    """Thirty refusals under one frame, an empty answer under the other, one valid answer."""
    rows = [invalid("refusal", text=f"{SCRIPT} {n}", persona_country="NA",
                    persona_demo="older_male", sample_index=n) for n in range(30)]  # fmt: skip
    return make_answered(release, [*rows, invalid("empty", frame="personal", text=""), {}])


def test_invalid_answers_are_shown_whole_escaped_and_in_words(reader, refused):
    text = read(reader, "run_invalid", refused)
    assert SCRIPT not in text
    assert text.count("&lt;script&gt;alert") == 25, "a page"
    for words in ("The model declined to answer", "93.8 %", "Namibia, older male", "1 to 25 of 31"):
        assert words in text
    assert "There is no text." in read(reader, "run_invalid", refused, page=2)


def test_a_long_answer_is_not_cut(reader, release):
    run = make_answered(release, [invalid(text="word " * 3000 + "the end")])
    assert "the end" in read(reader, "run_invalid", run)


def test_filters_narrow_the_page_and_the_file(reader, refused):
    text = read(reader, "run_invalid", refused, frame="personal")
    assert "1 to 1 of 1" in text
    response = read(reader, "run_invalid_csv", refused, reason="empty", page="3")
    [row] = csv.DictReader(io.StringIO(b"".join(response).decode()))
    assert (row["invalid_reason"], row["frame"], row["text"]) == ("empty", "personal", "")
    assert "attachment" in response.headers["Content-Disposition"]


def test_the_file_has_every_answer_and_no_formula(reader, release):
    run = make_answered(release, [invalid(text="=HYPERLINK(1)")] * 2, [invalid(text="-no")])
    response = read(reader, "run_invalid_csv", run)
    rows = list(csv.DictReader(io.StringIO(b"".join(response).decode())))
    assert [row["text"] for row in rows] == ["'=HYPERLINK(1)", "'=HYPERLINK(1)", "'-no"]
    assert restore_cell(rows[2]["text"]) == "-no"


def test_an_unknown_filter_is_said_and_not_ignored(reader, refused):
    assert "Expected: frame, persona" in read(
        reader, "run_invalid", refused, weather="rain", expect=422
    )
    assert reader.get(
        reverse("modeling:run_invalid_csv", args=[refused.public_id]), {"weather": "rain"}
    ).status_code == 422  # fmt: skip


def test_a_run_read_without_fault_says_so(reader, release):
    text = read(reader, "run_invalid", make_answered(release, [{}]))
    assert "Every answer so far could be read." in text


def test_the_audit_shows_agreement_and_where_texts_part(reader, release):
    told = {"written": "culture", "invalid_mass": 0.0}
    run = make_answered(release, [told, told | {"choice": "preference", "text": f"B? {SCRIPT}"}])
    text = read(reader, "run_audit", run)
    assert "50.0 %" in text
    assert "B? &lt;script" in text


def test_the_audit_of_texts_alone_says_that_there_is_none(reader, release):
    assert "nothing to audit" in read(reader, "run_audit", make_answered(release, [{}]))


def test_the_audit_takes_other_runs_of_the_release_in(reader, release):
    told = {"written": "culture", "invalid_mass": 0.0}
    one, other = make_answered(release, [told]), make_answered(release, [told], label="beside")
    assert "beside" not in read(reader, "run_audit", one)
    assert "beside" in read(reader, "run_audit", one, all=1)
    assert other.label == "beside"


def test_flips_show_both_answers_side_by_side(reader, release):
    rows = [{"text": "A one"}, {"option_order": "preference_first", "choice": "preference",
            "text": "B two", "rationale": "because of it"}]  # fmt: skip
    text = read(reader, "run_flips", make_answered(release, rows))
    assert text.index("A one") < text.index("because of it") < text.index("B two")
    assert "preference first" in text
    assert "100.0 %" in text


def test_the_values_of_another_attribute_are_not_kept(reader, release):
    rows = [{}, {"frame": "personal"}, {"option_order": "preference_first"}]
    run = make_answered(release, rows)
    text = read(reader, "run_flips", run, by="order", was="frame", base="norm", other="personal")
    assert "No such change flips a choice." in text
    read(reader, "run_flips", run, by="order", was="order", base="norm", expect=422)


def test_a_run_that_varies_nothing_says_so(reader, release):
    assert "nothing varies" in read(reader, "run_flips", make_answered(release, [{}]))


def test_a_comparison_shows_coverage_flips_and_both_texts(reader, release):
    cells = [{"item_id": n, "scenario": f"s{n}"} for n in range(3)]
    one = make_answered(release, cells, label="first")
    two = make_answered(
        release, [cells[0] | {"choice": "preference", "text": "now B", "q": 0.1}, *cells[1:]]
    )
    text = read(reader, "run_compare", one, two)
    for words in ("33.3 %", "−33.3", "3 cells in which both chose one label", "now B"):
        assert words in text
    assert reverse("modeling:run_compare", args=[two.public_id, one.public_id]) in text


def test_very_large_runs_are_compared_only_when_told(reader, release, monkeypatch):
    monkeypatch.setattr(answering, "ASKS_FIRST", 2)
    one, two = make_answered(release, [{}]), make_answered(release, [{}])
    assert "Who chose what" in read(reader, "run_compare", one, two)
    large = make_answered(release, [{}], [{"frame": "personal"}])
    text = read(reader, "run_compare", one, large)
    assert "hold 3 answers" in text
    assert "Who chose what" not in text
    assert "Who chose what" in read(reader, "run_compare", one, large, anyway=1)


def test_runs_that_cannot_be_paired_say_why(reader, release):
    one, other = make_answered(release, [{}]), make_answered(make_release(1, slug="o"), [{}])
    assert "different releases" in read(reader, "run_compare", one, other, expect=422)
    assert "same run" in read(reader, "run_compare", one, one, expect=422)


def test_the_other_run_is_chosen_from_those_that_fit(reader, release):
    one, two = make_answered(release, [{}]), make_answered(release, [{}])
    make_answered(make_release(1, slug="o"), [{}], label="elsewhere")
    text = read(reader, "run_compare_with", one)
    assert two.label in text
    assert "elsewhere" not in text
    chosen = reader.get(
        reverse("modeling:run_compare_with", args=[one.public_id]), {"with": two.public_id}
    )
    assert chosen.headers["Location"].endswith(f"/{one.public_id}/compare/{two.public_id}/")


def test_simulated_answers_are_marked_on_every_page(reader, release):
    rows = [{}, {"frame": "personal"}]
    one = make_answered(release, rows)
    run = make_answered(release, rows, simulated=True)
    for name in ("run_invalid", "run_audit", "run_flips", "run_compare_with", "run_manifest_page"):
        assert "SIMULATED" in read(reader, name, run)
        assert "SIMULATED" not in read(reader, name, one)
    assert "SIMULATED" in read(reader, "run_compare", one, run)


@pytest.mark.parametrize(
    "damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"x")]
)
def test_a_damaged_file_is_named_on_every_page(reader, release, damage):
    run, other = (make_answered(release, [{}, {"frame": "personal"}]) for _ in range(2))
    damage(Path(shards.locate(run.chunks.get().shard)))
    for name in ("run_invalid", "run_audit", "run_flips"):
        assert "verify_shards" in read(reader, name, run, expect=422)
    assert run.public_id in read(reader, "run_compare", other, run, expect=422)
    assert "verify_shards" in read(reader, "run_invalid_csv", run, expect=422)
    assert "verify_shards" in str(reader.get(f"/api/runs/{run.public_id}/invalid/").json())
    assert reader.get(f"/api/runs/{other.public_id}/compare/{run.public_id}/").status_code == 400
