"""The page of traces: who may look, what filters do, what leaves as a file."""

import csv
import io

import pytest
from django.urls import reverse

from survey.models import Answer
from tests.analysis import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def study():
    made = cast.make_study(scenarios=6, per_country=3)
    cast.add_run(made, "calm", says="<b>It is polite.</b>")
    cast.add_run(made, "bold", seed=5)
    Answer.objects.update(reason="=1+1 I like <i>mine</i>")
    return made


@pytest.fixture
def desk(client, researcher):
    client.force_login(researcher)
    return client


def look(desk, study, **query):
    return desk.get(reverse("analysis:study_traces", args=[study.slug]), query)


def rows(desk, study, **query):
    response = desk.get(reverse("analysis:study_traces_csv", args=[study.slug]), query)
    return list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))


def test_only_researchers_see_them(client, study, annotator):
    for name in ("study_traces", "study_traces_csv"):
        url = reverse(f"analysis:{name}", args=[study.slug])
        assert client.get(url).status_code == 302
        client.force_login(annotator)
        assert client.get(url).status_code == 403
        client.logout()


def test_an_unknown_study_is_not_found(desk):
    assert desk.get("/studies/nowhere/traces/").status_code == 404


def test_words_of_people_and_models_stand_escaped_on_the_page(desk, study):
    page = look(desk, study).content.decode()
    assert "I like &lt;i&gt;mine&lt;/i&gt;" in page
    assert "&lt;b&gt;It is polite.&lt;/b&gt;" in page
    assert "BR-0" not in page


def test_filters_narrow_what_is_listed(desk, study):
    everything = rows(desk, study)
    assert len(everything) == 24  # 6 scenarios, 2 receivers, 2 questions
    food = rows(desk, study, theme="food", frame="norm")
    assert {(row["theme"], row["frame"]) for row in food} == {("food", "norm")}
    assert len(food) == 6
    near = rows(desk, study, relation="same")
    assert {row["scenario"] for row in near} < {row["scenario"] for row in everything}
    brazil = rows(desk, study, people_from="BR")
    assert sum(int(row["people"]) for row in brazil) == 3 * 6 * 2  # three people, both questions
    assert rows(desk, study, q="no such words") == []


def test_lists_and_orders(desk, study):
    parted = rows(desk, study, show="models")
    assert [float(row["bound"]) for row in parted] == sorted(
        (float(row["bound"]) for row in parted), reverse=True
    )
    assert all(int(row["models"]) == 2 for row in parted)
    above = [
        float(row["models_rate"]) - float(row["people_rate"])
        for row in rows(desk, study, show="apart", sort="gap")
    ]
    assert above == sorted(above, reverse=True)
    one = rows(desk, study, show="apart", model="calm")
    assert all(row["by_model"].startswith("calm") for row in one)


def test_personas_are_counted_apart_from_models_themselves(desk, study):
    alone = rows(desk, study, show="models")[0]["by_model"]
    personas = rows(desk, study, show="models", setting="persona")[0]["by_model"]
    assert alone.split(";")[0].endswith("of 1")
    assert not personas.split(";")[0].endswith("of 1")


def test_nonsense_in_the_address_is_ignored_or_told(desk, study):
    assert look(desk, study, show="x", sort="y", page="z", frame="q").status_code == 200
    refused = look(desk, study, kinds_from="nobody:kind")
    assert refused.status_code == 422
    assert "no such validation" in refused.content.decode()


def test_pages_hold_ten_items(desk, study):
    first, last = (look(desk, study, page=number).content.decode() for number in (1, 3))
    assert first.count('<article class="trace">') == 10
    assert last.count('<article class="trace">') == 4


def test_the_file_holds_counts_and_nobody_s_words(desk, study):
    found = rows(desk, study)
    assert all("I like" not in "".join(row.values()) for row in found)
    assert {row["reasons"] for row in found} != {"0"}


def test_a_study_without_answers_says_so(desk):
    empty = cast.make_study("quiet", per_country=0, scenarios=2)
    assert "Nothing matches" in look(desk, empty).content.decode()
