"""Model-card notes: what runs know, what people write, and that nothing is made up."""

import pytest
from django.urls import reverse

from analysis.reports.model_cards import cards_section
from annotation.services.datasets import BadArgument
from modeling.models import ModelCard, Run
from modeling.services import cards
from pact_site.base.models import AuditEvent

pytestmark = pytest.mark.django_db


def make_run(label, **fields):
    endpoint = {"name": "lab", "kind": "openai", "model": f"org/{label}", "options": {}}
    given = {"kind": "benchmark", "dataset_slug": "little", "design": {}, "endpoint": endpoint}
    return Run.objects.create(label=label, plan_hash=label, **{**given, **fields})


@pytest.fixture
def desk(client, researcher):
    client.force_login(researcher)
    return client


def test_runs_of_a_family_stand_together_with_what_they_know():
    make_run("calm base", design={"family": "Calm"})
    make_run("calm chat", design={"family": "Calm"}, manifest={"backend": {"revision": "abc123"}})
    make_run("bold")
    rows = cards.noted(Run.objects.order_by("pk"))
    assert [row.name for row in rows] == ["Calm", "bold"]
    assert rows[0].known.served == ("org/calm base", "org/calm chat")
    assert rows[0].known.details == ("revision abc123",)
    assert rows[1].known.details == ()
    assert rows[0].card is None


def test_a_report_says_not_stated_where_nobody_noted_anything():
    make_run("bold")
    cards.write(name="bold", developer="Somebody & Sons", training="a\x1bb\n\nc")
    table = cards_section(cards.noted(Run.objects.all())).tables[0]
    row = dict(zip([column.key for column in table.columns], table.rows[0], strict=True))
    assert row["developer"] == "Somebody & Sons"
    assert row["training"] == "a\ufffdb c"
    assert row["size"] == row["licence"] == row["source"] == "not stated"
    assert cards_section([]) is None


def test_made_up_models_are_marked():
    make_run("noise", endpoint={"name": "baseline:noisy", "kind": "baseline", "model": "noisy"})
    table = cards_section(cards.noted(Run.objects.all())).tables[0]
    assert table.rows[0][1].startswith("SIMULATED")


def test_notes_are_written_once_and_every_change_is_kept(researcher):
    card = cards.write(name="bold", size="8 B", actor=researcher)
    again = cards.write(name="bold", size="8 B", actor=researcher)
    cards.write(name="bold", size="9 B")
    assert card.pk == again.pk
    events = AuditEvent.objects.filter(verb="card.written").order_by("pk")
    assert [event.detail["changed"]["size"]["is"] for event in events] == ["8 B", "9 B"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("source", "javascript:alert(1)"),
        ("source", "not an address"),
        ("size", "x" * 101),
        ("training", "x" * 4001),
        ("developer", "a\x00b"),
    ],
)
def test_a_bad_note_is_refused_with_its_field(field, value):
    with pytest.raises(BadArgument) as told:
        cards.write(name="bold", **{field: value})
    assert told.value.argument == field
    assert not ModelCard.objects.exists()


def test_pages_are_for_researchers(client, annotator):
    client.force_login(annotator)
    for name in ("card_list", "card_edit"):
        assert client.get(reverse(f"modeling:{name}")).status_code == 403


def test_a_note_is_written_on_its_page(desk):
    make_run("Bold <8b> & co")
    page = desk.get(reverse("modeling:card_list")).content.decode()
    assert "Bold &lt;8b&gt; &amp; co" in page
    assert "nothing noted yet" in page
    url = reverse("modeling:card_edit") + "?name=Bold%20%3C8b%3E%20%26%20co"
    assert "org/Bold" in desk.get(url).content.decode()
    kept = desk.post(url, {"developer": "Bold Inc.", "source": "https://example.org/card"})
    assert kept.status_code == 302
    assert "Bold Inc." in desk.get(reverse("modeling:card_list")).content.decode()
    refused = desk.post(url, {"source": "ftp://example.org"})
    assert refused.status_code == 422
    assert desk.get(reverse("modeling:card_edit") + "?name=nobody").status_code == 404


def test_rest_reads_writes_and_refuses(desk):
    url = "/api/model-cards/"
    made = desk.post(url, {"name": "bold", "size": "8 B"}, content_type="application/json")
    assert made.status_code == 201
    one = f"{url}{made.json()['id']}/"
    changed = desk.patch(one, {"licence": "MIT"}, content_type="application/json")
    assert changed.json()["licence"] == "MIT"
    assert changed.json()["size"] == "8 B"
    renamed = desk.patch(one, {"name": "other"}, content_type="application/json")
    assert renamed.status_code == 400
    bad = desk.patch(one, {"source": "javascript:x"}, content_type="application/json")
    assert bad.status_code == 400
    assert "source" in bad.json()
