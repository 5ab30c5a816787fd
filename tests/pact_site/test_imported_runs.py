"""What was answered elsewhere has the same pages as what was asked here."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from modeling.models import Run
from tests.modeling.decision_files import decision, write
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def imported(tmp_path):
    """Two models' decisions about the same dyads: one choice and one readable answer differ."""
    make_release()
    rows = [decision(), decision(actor_age="older"), decision(receiver_gender="female")]
    other = [
        rows[0] | {"eval_decision": "ALLOW_PREFERENCE"},
        rows[1] | {"eval_decision": "UNKNOWN"},
        rows[2],
    ]
    for name, said in (("Llama", rows), ("Qwen", other)):
        path = write(tmp_path / f"{name}.csv", [row | {"eval_model": name} for row in said])
        call_command("import_decisions", path, "--dataset", "little")
    return [Run.objects.get(label=name) for name in ("Llama", "Qwen")]


@pytest.fixture
def read(client, researcher, imported):
    client.force_login(researcher)

    def get(name, *runs, **query):
        address = reverse(f"modeling:{name}", args=[run.public_id for run in runs])
        response = client.get(address, query)
        assert response.status_code == 200
        return response.content.decode()

    return get


def test_decisions_stand_in_the_list_marked_as_imported(read, imported):
    text = read("run_list", imported="true")
    assert text.count('<span class="badge">imported</span>') == 2


def test_every_page_of_an_import_opens(read, imported):
    one, two = imported
    assert '<span class="badge">imported</span>' in read("run_detail", one)
    assert "Llama.csv" in read("run_manifest_page", one)
    assert "nothing to audit" in read("run_audit", one)
    assert "UNKNOWN" in read("run_invalid", two)
    assert "older" in read("run_flips", one, by="actor_age")


def test_two_imports_of_one_dataset_are_compared(read, imported):
    one, two = imported
    assert two.label in read("run_compare_with", one)
    text = read("run_compare", one, two)
    assert "2 cells in which both chose one label" in text
    assert "50.0 %" in text
