"""What a validation found, on its page: the paper's figures, undefined ones explained, independence,
filters, settling, and labels as files that read back."""

import csv
import io

import pytest
from django.urls import reverse

from annotation.models import Adjudication, Annotator, Label, SampledItem, Validation
from annotation.services.labels.importing import import_labels
from annotation.services.validation import freezing, people
from pact_site.base.models import AuditEvent, Role, User
from tests.annotation.labelling import label_row, load_labels, paper_rows
from tests.annotation.rated import make_rated, make_verdicts
from tests.annotation.validating import make_validation, rate, rate_all, seats

pytestmark = pytest.mark.django_db


def page(client, name="results", slug="paper", **query):
    """The page's text; every result page must answer with 200."""
    args = [slug, query.pop("pk")] if "pk" in query else [slug]
    answer = client.get(reverse(f"validation:{name}", args=args), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.fixture
def rita(client, researcher):
    client.force_login(researcher)
    return client


@pytest.fixture
def paper(tmp_path):
    load_labels(tmp_path)


@pytest.mark.parametrize(
    ("coefficient", "value", "ends"),
    [
        ("percent", "0.963", "0.878 to 1.000"),
        ("pabak", "0.926", "0.755 to 1.000"),
        ("ac1", "0.962", "0.870 to 1.000"),
        ("positive", "0.981", "0.937 to 1.000"),
    ],
)
def test_the_papers_27_pairs(rita, paper, coefficient, value, ends):
    """Appendix A.4 prints .963, .926, .962 and .981; the ends are held in the metrics' own tests."""
    text = page(rita, coefficient=coefficient)
    pooled = text[text.index("lead-table__pooled") :]
    pooled = pooled[: pooled.index("</tr>")]
    assert f">{value}<" in pooled
    assert f'aria-label="{value}, interval {ends}"' in pooled
    assert "yes 53" in pooled
    assert "no 1" in pooled


def test_cohens_kappa_is_zero_and_undefined_ones_say_why(rita, paper):
    text = page(rita, coefficient="cohen")
    assert ">0.000<" in text
    assert "– every rating is &#x27;yes&#x27;" in text
    assert "NaN" not in text
    assert "None" not in text


def test_no_verbal_grade_stands_anywhere(rita, paper):
    text = page(rita).lower()
    for grade in ("substantial", "almost perfect", "excellent", "moderate", "poor", "fair "):
        assert grade not in text


def test_items_with_one_rating_under_both_rules(rita, tmp_path):
    rows = paper_rows() + [label_row("single", criterion=name, value="no")
                           for name in ("plausible", "distinct", "clear")]  # fmt: skip
    load_labels(tmp_path, rows)
    counted, left_out = page(rita), page(rita, single="exclude")
    pooled = [text[text.index("lead-table__pooled") :][:3000] for text in (counted, left_out)]
    assert ">0.962<" in pooled[1]
    assert ">0.962<" not in pooled[0].split("</strong>")[0]
    assert "items with a single rating are left out" in left_out
    assert "items with a single rating count" in counted


def test_coefficients_use_items_that_only_some_rated(rita):
    """Two of four annotators for each shared item: no item was rated by all, and none is lost."""
    make_rated("pilot", repeats=0)
    text = page(rita, slug="pilot", coefficient="percent")
    assert "On the diagonal" in text
    pooled = text[text.index("lead-table__pooled") :][:3000]
    assert '<td class="num">36</td>' in pooled  # 12 shared items x 3 questions


def test_the_matrix_says_how_many_items_a_pair_shares(rita, tmp_path):
    rows = [label_row(item, who) for item, who in
            (("a", "A1"), ("a", "A2"), ("b", "A1"), ("b", "A2"), ("c", "A3"))]  # fmt: skip
    load_labels(tmp_path, rows)
    text = page(rita)
    assert "2 items" in text
    assert "the two rated no item in common" in text


def test_an_annotator_who_left_still_counts(rita):
    validation = make_validation("pilot")
    first, second, _ = seats(validation)
    rate_all(first)
    rate_all(second)
    before = page(rita, slug="pilot")
    people.deactivate(seat=second)
    second.user.delete()
    after = page(rita, slug="pilot")
    cut = slice(before.index('id="agreement"'), before.index('id="passing"'))
    assert before[cut] in after


def test_repeats_are_no_second_opinion(rita):
    make_rated("pilot", repeats=2)
    text = page(rita, slug="pilot")
    assert "The same annotator, a second time" in text
    assert Label.objects.filter(task__repeat=1).count() == 4 * 2 * 3


def test_the_judge_stands_beside_people_on_identical_items(rita):
    validation = make_rated("pilot", repeats=0)
    make_verdicts(validation)
    text = page(rita, slug="pilot")
    assert "People beside judge-a" in text
    assert "Flips between the judge" in text
    part = text[text.index("People beside judge-a") :]
    assert part.count("interval-plot--judge") >= 4
    passing = text[text.index('id="passing"') : text.index("People beside judge-a")]
    assert passing.count("% to") == 2  # people alone, and with the judge


def test_a_judge_that_did_not_judge_everything_gives_no_rate(rita):
    validation = make_rated("pilot", repeats=0)
    make_verdicts(validation, every=False)
    assert "the judge has no verdict on 1 of 48 items" in page(rita, slug="pilot")


def test_scenarios_that_changed_since_leave_the_judge_without_a_rate(rita):
    validation = make_rated("pilot", repeats=0)
    make_verdicts(validation)
    version = validation.dataset.scenarios.last().versions.get()
    version.pk, version.number, version.content_hash = None, 2, "f" * 64
    version.save()
    assert "the scenarios have changed since the sample was drawn" in page(rita, slug="pilot")


def test_nothing_is_claimed_before_anybody_has_answered(rita):
    make_validation("pilot")
    text = page(rita, slug="pilot")
    assert "Nobody has rated an item yet" in text
    assert "Build the report" not in text


@pytest.fixture
def member(client):
    """A researcher with a seat of their own in an open validation where others have answered."""
    validation = make_validation("pilot")
    first, second, third = seats(validation)
    rate_all(first)
    rate(second, "no")
    user = User.objects.create_user("rosa", role=Role.RESEARCHER)
    Annotator.objects.filter(pk=third.pk).update(user=user)
    client.force_login(user)
    return validation


def sensitive(validation):
    """Every address that shows what was answered."""
    slug, item = validation.slug, validation.items.first().pk
    return [
        reverse("validation:results", args=[slug]),
        reverse("validation:result_items", args=[slug]),
        reverse("validation:result_item", args=[slug, item]),
        *(reverse("analysis:validation_labels", args=[slug, end]) for end in ("csv", "jsonl")),
    ]


def test_who_has_yet_to_answer_sees_nothing_of_others(client, member):
    for address in sensitive(member):
        assert client.get(address).status_code == 403, address
    report = reverse("analysis:validation_report", args=[member.slug])
    assert client.post(report).status_code == 403
    assert client.get(reverse("validation:result_progress", args=[member.slug])).status_code == 200
    freezing.close(validation=member)
    for address in sensitive(member):
        assert client.get(address).status_code == 200, address


def test_nor_what_others_said_in_another_validation_of_the_same_scenarios(client, member, tmp_path):
    key = member.items.first().key
    load_labels(tmp_path, [label_row(key)], slug="before", dataset_slug=member.dataset.slug)
    load_labels(tmp_path, slug="elsewhere")
    assert client.get(reverse("validation:results", args=["before"])).status_code == 403
    assert client.get(reverse("validation:results", args=["elsewhere"])).status_code == 200


def test_annotators_see_no_results(client, annotator, paper):
    client.force_login(annotator)
    assert client.get(reverse("validation:results", args=["paper"])).status_code == 403


class TestItems:
    """Items by disagreement, filtered, and settled."""

    def keys(self, client, **query):
        text = page(client, "result_items", "paper", **query)
        return [part.split("<")[0] for part in text.split('/">')[1:] if part.startswith("i")]

    def test_the_most_disputed_comes_first(self, rita, paper):
        text = page(rita, "result_items")
        assert text.index(">i4<") < text.index(">i0<")
        assert "“Both actions are one.”" in text

    @pytest.mark.parametrize(
        ("query", "shown"),
        [
            ({"show": "differ"}, ["i4"]),
            ({"show": "open"}, ["i4"]),
            ({"show": "negative"}, ["i4"]),
            ({"show": "differ", "criterion": "clear"}, []),
            ({"show": "settled"}, []),
            ({"show": "single"}, []),
            ({"show": "proposed"}, []),
            ({"q": "I7"}, ["i7"]),
        ],
    )
    def test_filters(self, rita, paper, query, shown):
        assert self.keys(rita, **query) == shown

    def test_what_the_removal_rule_proposes(self, rita, paper):
        Validation.objects.filter(slug="paper").update(removal_rule={"by": "any"})
        assert self.keys(rita, show="proposed") == ["i4"]

    def test_an_unknown_filter_shows_everything(self, rita, paper):
        assert len(self.keys(rita, show="nonsense", criterion="nobody")) == 9

    def test_settling_records_outcome_reasons_and_who(self, rita, paper, researcher):
        item = SampledItem.objects.get(key="i4")
        address = reverse("validation:result_item", args=["paper", item.pk])
        form = {
            "criterion": "distinct",
            "distinct-value": "yes",
            "distinct-rationale": "They are two.",
        }
        assert rita.post(address, form).status_code == 302
        made = Adjudication.objects.get()
        assert (made.value, made.decided_by) == ("yes", researcher)
        assert Label.objects.filter(value="no").count() == 1
        assert "“They are two.”" in page(rita, "result_item", pk=item.pk)
        assert self.keys(rita, show="settled") == ["i4"]
        assert self.keys(rita, show="open") == []
        assert AuditEvent.objects.filter(verb="label.adjudicated", actor=researcher).exists()

    def test_without_reasons_nothing_is_settled_and_the_text_stays(self, rita, paper):
        item = SampledItem.objects.get(key="i4")
        address = reverse("validation:result_item", args=["paper", item.pk])
        answer = rita.post(address, {"criterion": "distinct", "distinct-value": "no"})
        assert answer.status_code == 422
        assert not Adjudication.objects.exists()
        assert 'value="no"' in answer.content.decode()

    def test_an_item_of_another_validation_is_not_there(self, rita, paper, tmp_path):
        load_labels(tmp_path, slug="other")
        foreign = SampledItem.objects.filter(validation__slug="other").first()
        address = reverse("validation:result_item", args=["paper", foreign.pk])
        assert rita.get(address).status_code == 404


class TestLabelsAsFiles:
    """Exports hold everybody, are safe in a spreadsheet, and read back."""

    def rows(self, client, slug):
        answer = client.get(reverse("analysis:validation_labels", args=[slug, "csv"]))
        assert answer.status_code == 200
        return list(csv.DictReader(io.StringIO(answer.content.decode())))

    def test_everybody_is_in_it_after_accounts_are_gone(self, rita):
        validation = make_rated("pilot")
        seat = seats(validation)[0]
        seat.user.delete()
        Annotator.objects.filter(pk=seat.pk).update(active=False)
        rows = self.rows(rita, "pilot")
        assert {row["annotator"] for row in rows} == {"A01", "A02", "A03", "A04"}
        assert {row["active"] for row in rows if row["annotator"] == "A01"} == {"False"}
        assert {row["repeat"] for row in rows} == {"0", "1"}
        assert {row["licence"] for row in rows} == {"CC0"}

    def test_reasons_that_look_like_formulas_are_made_safe(self, rita):
        make_rated("pilot")
        reasons = {row["reason"] for row in self.rows(rita, "pilot")}
        assert "'=nobody would want this" in reasons
        assert not any(reason.startswith("=") for reason in reasons)

    def test_an_export_reads_back_as_it_was(self, rita, tmp_path):
        make_rated("pilot")
        answer = rita.get(reverse("analysis:validation_labels", args=["pilot", "csv"]))
        path = tmp_path / "labels.csv"
        path.write_bytes(answer.content)
        import_labels(path=path, slug="again", dataset_slug="pilot-norms")
        assert import_labels(path=path, slug="pilot").stored.added == 0
        told = ("item", "annotator", "criterion", "value", "reason", "note", "repeat", "revision",
                "flagged", "seconds", "submitted_at", "scenario", "version")  # fmt: skip
        before, after = (
            [{name: row[name] for name in told} for row in self.rows(rita, slug)]
            for slug in ("pilot", "again")
        )
        key = lambda row: (row["item"], row["annotator"], row["repeat"], row["criterion"])  # noqa: E731
        assert sorted(before, key=key) == sorted(after, key=key)

    def test_a_simulated_one_says_so_in_its_name(self, rita):
        make_rated("pilot", simulated=True)
        answer = rita.get(reverse("analysis:validation_labels", args=["pilot", "jsonl"]))
        assert "pilot-labels-SIMULATED.jsonl" in answer["Content-Disposition"]

    def test_nothing_to_export_is_said(self, rita):
        make_validation("pilot")
        answer = rita.get(reverse("analysis:validation_labels", args=["pilot", "csv"]))
        assert (answer.status_code, "no labels yet" in answer.content.decode()) == (404, True)
