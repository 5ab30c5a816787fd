"""Two runs, paired by what was asked."""

import pytest

from modeling.models import Chunk, Run
from modeling.services import comparing
from modeling.services.comparing import compare, why_not
from pact_site.base.errors import BadInput
from tests.modeling.answered import invalid, make_answered
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def release():
    return make_release(1)


def item(number, scenario="s", **differs):
    return {"item_id": number, "scenario": scenario, "cell_key": f"{number:032x}"} | differs


def test_flips_and_changes_are_counted_over_cells_of_both(release):
    one = make_answered(
        release,
        [item(1, "a", q=0.9), item(2, "a", q=0.8), item(3, "b", q=0.6), item(9, "b", q=0.7)],
    )
    two = make_answered(
        release,
        [item(3, "b", choice="preference", q=0.4), item(1, "a", q=0.9)],
        [item(2, "a", choice="preference", q=0.2), item(8, "b")],
    )
    found = compare(one, two)
    coverage = found.coverage
    assert (coverage.one, coverage.two, coverage.both, coverage.decided) == (4, 4, 3, 3)
    assert (coverage.only_one, coverage.only_two, coverage.same_prompt) == (1, 1, 3)
    assert found.overall.flips.value == pytest.approx(2 / 3)
    assert (found.overall.gained, found.overall.lost) == (0, 2)
    assert found.overall.choice.value == pytest.approx(-2 / 3)
    assert found.overall.q.value == pytest.approx((0.0 - 0.6 - 0.2) / 3)
    assert found.choices == [
        {"one": "culture", "two": "culture", "n": 1},
        {"one": "culture", "two": "preference", "n": 2},
    ]


def test_the_other_way_round_the_changes_have_the_other_sign(release):
    cells = [item(n, f"s{n}", q=0.9) for n in range(4)]
    one = make_answered(release, cells)
    two = make_answered(
        release, [c | {"choice": "preference", "q": 0.1} for c in cells[:1]] + cells[1:]
    )
    there, back = compare(one, two).overall, compare(two, one).overall
    assert there.flips == back.flips
    assert (there.gained, there.lost) == (back.lost, back.gained)
    assert there.q.value == pytest.approx(-back.q.value)
    assert there.choice.lower == pytest.approx(-back.choice.upper)


def test_the_flipped_cells_come_in_order_with_both_texts(release):
    one = make_answered(release, [item(1), item(2, text="(A) wait")], [item(3, text="A!")])
    two = make_answered(
        release,
        [item(3, choice="preference", text="b3"), item(2, choice="preference", text="b2"), item(1)],
    )
    pairs = compare(one, two).flipped
    assert len(pairs) == 2
    assert [(a["text"], b["text"]) for a, b in pairs[:50]] == [("(A) wait", "b2"), ("A!", "b3")]
    assert pairs[1][0]["item_id"] == pairs[1][1]["item_id"] == 3


def test_ties_and_invalid_answers_are_covered_but_cannot_flip(release):
    one = make_answered(release, [item(1), item(2), item(3, choice="tie", q=0.5)])
    two = make_answered(release, [item(1, choice="preference"), item(2, **invalid()), item(3)])
    found = compare(one, two)
    assert (found.coverage.both, found.coverage.decided) == (3, 1)
    assert found.overall.flips.n == 1


def test_cells_asked_in_other_words_are_paired_and_counted_apart(release):
    one = make_answered(release, [item(1), item(2)])
    two = make_answered(release, [item(1), item(2, cell_key="f" * 32)])
    coverage = compare(one, two).coverage
    assert (coverage.both, coverage.same_prompt, coverage.other_prompt) == (2, 1, 1)


def test_cells_that_differ_in_anything_are_other_cells(release):
    one = make_answered(release, [item(1)])
    for differs in (
        {"frame": "personal"}, {"prompt_style": "minimal_direct"}, {"sample_index": 1},
        {"option_order": "preference_first"}, {"persona_country": "BR", "persona_demo": "older_male"},
    ):  # fmt: skip
        assert compare(one, make_answered(release, [item(1, **differs)])).coverage.both == 0


def test_a_table_for_each_thing_that_varies(release):
    cells = [item(n, f"s{n}", frame=frame) for n in range(3) for frame in ("norm", "personal")]
    one = make_answered(release, cells)
    two = make_answered(
        release,
        [c | ({"choice": "preference"} if c["frame"] == "personal" else {}) for c in cells],
    )
    [(attribute, rows)] = compare(one, two).by
    assert attribute.name == "frame"
    assert [(row.words, row.flips.value, row.lost) for row in rows] == [
        ("personal", 1.0, 3),
        ("norm", 0.0, 0),
    ]


def test_runs_without_a_common_cell_have_no_figures(release):
    found = compare(make_answered(release, [item(1)]), make_answered(release, [item(2)]))
    assert found.overall is None
    assert (found.coverage.both, len(found.flipped)) == (0, 0)


def test_runs_that_cannot_be_paired_say_why(release):
    one = make_answered(release, [item(1)])
    elsewhere = make_answered(make_release(1, slug="other"), [item(1)])
    other_kind = make_answered(release, [item(1)], kind="judge")
    other_labels = make_answered(release, [item(1)], design={"labels": ["yes", "no"]})
    for two, words in (
        (one, "same run"), (elsewhere, "different releases"), (other_kind, "different things"),
        (other_labels, "different labels"),
    ):  # fmt: skip
        assert words in why_not(one, two)
        with pytest.raises(BadInput, match=words):
            compare(one, two)
    judges = [make_answered(release, [item(1)], kind="judge") for _ in range(2)]
    assert "Judges" in why_not(*judges)


def test_only_runs_with_answers_to_the_same_release_are_offered(release):
    one, two = make_answered(release, [item(1)]), make_answered(release, [item(1)])
    make_answered(release)
    make_answered(make_release(1, slug="other"), [item(1)])
    make_answered(release, [item(1)], kind="judge")
    assert list(comparing.comparable(one)) == [two]


def test_files_in_an_object_store_are_paired_like_those_of_a_folder(release, settings):
    settings.PACT_SHARDS = "memory://pairs"
    cells = [item(n, f"s{n % 3}", text=f"t{n}") for n in range(20)]
    one = make_answered(release, cells[:7], cells[7:])
    other = [c | {"choice": ("culture", "preference")[c["item_id"] % 2]} for c in cells]
    found = compare(one, make_answered(release, other[::-1]))
    assert (found.coverage.both, len(found.flipped)) == (20, 10)
    assert [a["text"] for a, b in found.flipped[3:6]] == ["t7", "t9", "t11"]
    assert all(a["text"] == b["text"] for a, b in found.flipped[:20])


def test_runs_over_a_table_are_paired_where_it_is_the_same_one(release):
    runs = [
        make_answered(release, kind="questions", design={"labels": ["yes", "no"],
                      "inputs": {"sha256": table}})
        for table in ("a", "a", "b")
    ]  # fmt: skip
    Run.objects.update(release=None)
    one, same, other = (Run.objects.get(pk=run.pk) for run in runs)
    assert why_not(one, same) == ""
    assert "different tables" in why_not(one, other)
    Chunk.objects.bulk_create(
        Chunk(run=run, number=0, start=0, stop=1, shard="x/1.parquet") for run in runs
    )
    assert list(comparing.comparable(one)) == [same]
