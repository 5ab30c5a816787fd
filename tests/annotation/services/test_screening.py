"""A screening from its flags to a release that nothing changes any more."""

import csv
import io

import pytest

from annotation.models import Item, Release, Review, ScenarioVersion, Screening
from annotation.services import releases
from annotation.services import screening_ledger as ledgers
from annotation.services.screening import (
    Checks,
    changed_since,
    checks_done,
    make_screening,
    next_to_check,
    review,
    shuffled_checks,
    with_outcome,
)
from annotation.services.screening_rules import by_nothing
from pact_site.base.errors import BadInput
from pact_site.base.models import AuditEvent
from tests.annotation.screenings import make_screened, row_of, versions_of
from tests.annotation.validating import make_scenarios

pytestmark = pytest.mark.django_db

AGAINST = (0, 3, 5, 8)


@pytest.fixture
def dataset():
    return make_scenarios(12)


@pytest.fixture
def screening(dataset):
    return make_screened(dataset, AGAINST)


def removed(screening):
    return list(
        with_outcome(screening)
        .filter(removed=True)
        .values_list("version__scenario__key", flat=True)
    )


def test_every_current_version_is_in_flagged_or_not(screening):
    assert screening.screened.count() == 12
    assert removed(screening) == [f"norms-{place:05d}" for place in AGAINST]
    assert (screening.simulated, screening.rule["kind"]) == (True, "judge")
    assert AuditEvent.objects.get(verb="screening.made").detail["flagged"] == 4


def test_checks_are_drawn_from_both_sides_by_the_seed(dataset, screening):
    drawn = screening.screened.filter(to_check=True)
    assert [drawn.filter(flagged=side).count() for side in (True, False)] == [2, 3]
    again = make_screened(dataset, AGAINST, name="again")
    other = make_screened(dataset, AGAINST, name="other", seed=2)
    keys = [
        set(made.screened.filter(to_check=True).values_list("version__scenario__key", flat=True))
        for made in (screening, again, other)
    ]
    assert keys[0] == keys[1] != keys[2]


def test_more_checks_than_there_are_means_all(dataset):
    screening = make_screened(dataset, AGAINST, checks=Checks(99, 0))
    assert screening.screened.filter(to_check=True).count() == 4


def test_checks_come_mixed_and_each_once(screening):
    seen = []
    while row := next_to_check(screening):
        seen.append(row.pk)
        review(screened=row, decision="remove" if row.flagged else "keep", reason="Unclear.")
    assert seen == shuffled_checks(screening)
    assert next_to_check(screening) is None
    assert checks_done(screening) == (5, 5)


def test_a_skipped_check_comes_again_at_the_end(screening):
    first, second, *_ = shuffled_checks(screening)
    assert next_to_check(screening).pk == first
    assert next_to_check(screening, after=first).pk == second
    last = shuffled_checks(screening)[-1]
    assert next_to_check(screening, after=last).pk == first


def test_the_newest_review_decides_and_none_is_lost(screening, researcher, administrator):
    row = row_of(screening, 0)
    review(screened=row, decision="keep", reason="Fine.", actor=researcher)
    assert "norms-00000" not in removed(screening)
    review(screened=row, decision="remove", reason="Unclear.", actor=administrator)
    assert "norms-00000" in removed(screening)
    assert Review.objects.filter(screened=row).count() == 2


def test_the_same_decision_sent_twice_counts_once(screening, researcher):
    row = row_of(screening, 0)
    one = review(screened=row, decision="remove", reason="Unclear.", actor=researcher)
    assert review(screened=row, decision="remove", reason="Unclear.", actor=researcher) == one
    assert AuditEvent.objects.filter(verb="screening.reviewed").count() == 1


@pytest.mark.parametrize("place", [0, 1])
def test_who_removes_says_why_whatever_the_rule_said(screening, place):
    """A reason asked of overrides alone would tell the reviewer what the rule had said."""
    row = row_of(screening, place)
    with pytest.raises(BadInput, match="says why"):
        review(screened=row, decision="remove", reason="  ")
    with pytest.raises(BadInput, match="keep or remove"):
        review(screened=row, decision="perhaps", reason="x")
    assert not Review.objects.exists()
    review(screened=row, decision="keep")
    assert Review.objects.count() == 1


def test_error_rates_are_those_of_the_drawn_checks_alone(screening):
    """Of two drawn flagged ones people keep one; of three drawn unflagged ones they remove none.
    An override outside the sample does not count: it was picked, not drawn."""
    drawn = {row.pk: row for row in screening.screened.filter(to_check=True)}
    on = [row for row in drawn.values() if row.flagged]
    review(screened=on[0], decision="keep", reason="Fine.")
    review(screened=on[1], decision="remove", reason="Unclear.")
    for row in drawn.values():
        if not row.flagged:
            review(screened=row, decision="keep")
    picked = screening.screened.filter(flagged=False, to_check=False).first()
    review(screened=picked, decision="remove", reason="A slip.")

    removal, missed, share, kept = ledgers.errors(screening)
    assert (removal.metric, removal.value, removal.n_sampled, removal.n_population) == (
        "false_removal_rate", 0.5, 2, 4,
    )  # fmt: skip
    assert (missed.value, missed.n_sampled, missed.n_population) == (0.0, 3, 8)
    assert share.value == 0.0
    assert removal.lower < 0.5 < removal.upper
    assert (kept.metric, kept.value, kept.n_sampled, kept.n_population) == (
        "dataset_pass_rate", 1.0, 3, 8,
    )  # fmt: skip
    assert kept.lower < 1


def test_without_checks_the_rates_are_undefined_and_say_why(screening):
    rates = ledgers.errors(screening)
    assert [rate.value for rate in rates] == [None] * 4
    assert "no flagged item was checked by people" in rates[0].note


def test_the_outcome_adds_up(screening):
    review(screened=row_of(screening, 0), decision="keep", reason="Fine.")
    review(screened=row_of(screening, 1), decision="remove", reason="A slip.")
    found = ledgers.outcome(screening)
    assert (found.before, found.removed, found.after) == (12, 4, 8)
    assert (found.flagged.removed, found.flagged.kept, found.flagged.overridden) == (3, 1, 1)
    assert (found.unflagged.removed, found.unflagged.overridden) == (1, 1)
    assert found.not_judged == 0


def test_a_release_holds_what_is_kept_with_counts_before_and_after(dataset, screening, researcher):
    review(screened=row_of(screening, 0), decision="keep", reason="Fine.")
    release = ledgers.release_screening(screening=screening, note="First", actor=researcher)
    assert release.versions.count() == 9
    assert release.counts["before"] == 12
    assert release.counts["screening"] == "first pass"
    assert release.counts["by_country"] == {
        "Brazil": [3, 2],
        "India": [3, 2],
        "Namibia": [3, 3],
        "United Kingdom": [3, 2],
    }
    assert release.counts["by_source"] == {"norms": [12, 9]}
    assert Item.objects.filter(release=release).count() == 9 * 4
    assert Screening.objects.get().release == release
    assert releases.is_intact(release)


def test_a_screening_is_closed_once_released(screening):
    ledgers.release_screening(screening=screening)
    with pytest.raises(BadInput, match="ledger is closed"):
        review(screened=row_of(screening, 0), decision="keep", reason="Late.")
    with pytest.raises(BadInput, match="has its release"):
        ledgers.release_screening(screening=screening)
    assert Release.objects.count() == 1


def test_nothing_later_changes_a_release(dataset, screening):
    release = ledgers.release_screening(screening=screening)
    before = list(release.versions.order_by("pk").values())
    old = versions_of(dataset)[1]
    ScenarioVersion.objects.create(
        scenario=old.scenario,
        number=2,
        country="NA",
        situation="Something else altogether.",
        content_hash="f" * 64,
    )
    assert changed_since(screening) == 1
    assert list(release.versions.order_by("pk").values()) == before
    assert releases.is_intact(release)
    second = ledgers.release_dataset(dataset=dataset)
    assert (second.number, second.versions.count()) == (2, 12)
    assert second.content_hash != release.content_hash
    assert list(release.versions.order_by("pk").values()) == before


def test_a_changed_row_would_be_noticed(screening):
    release = ledgers.release_screening(screening=screening)
    release.versions.filter(pk=release.versions.first().pk).update(content_hash="e" * 64)
    assert not releases.is_intact(release)


def test_a_release_without_a_screening_says_so(dataset):
    release = ledgers.release_dataset(dataset=dataset, note="As it is")
    assert (release.counts["screening"], release.counts["removed"]) == ("", 0)


def test_a_screening_that_keeps_nothing_releases_nothing(dataset):
    screening = make_screened(dataset, range(12))
    with pytest.raises(BadInput, match="Nothing is left"):
        ledgers.release_screening(screening=screening)
    assert not Release.objects.exists()


def test_a_screening_without_a_rule_is_checks_alone(dataset):
    def flag(versions):
        return by_nothing()

    screening = make_screening(dataset=dataset, name="by hand", flag=flag, checks=Checks(5, 5))
    assert screening.screened.filter(to_check=True).count() == 5
    with pytest.raises(BadInput, match="name of its own"):
        make_screening(dataset=dataset, name="by hand", flag=flag)


def test_the_ledger_is_a_row_a_version_under_reviewers_numbers(screening, researcher):
    review(screened=row_of(screening, 0), decision="keep", reason="=Fine.", actor=researcher)
    stream = io.StringIO()
    assert ledgers.write_ledger(stream, screening) == 12
    first, second, *_ = csv.DictReader(io.StringIO(stream.getvalue()))
    assert set(first) == set(ledgers.LEDGER_COLUMNS)
    assert (first["key"], first["flagged"], first["criteria"]) == (
        "norms-00000",
        "yes",
        "plausible",
    )
    assert (first["decision"], first["reviewer"], first["outcome"]) == ("keep", "1", "kept")
    assert first["decision_reason"] == "'=Fine."
    assert second["outcome"] == "kept"
    assert "rita" not in stream.getvalue()
    namibia = next(
        row for row in csv.DictReader(io.StringIO(stream.getvalue())) if row["key"] == "norms-00002"
    )
    assert namibia["country"] == "Namibia"
