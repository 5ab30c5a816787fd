"""The manifest's page, and the page that plans a run once more."""

import pytest
from django.urls import reverse

from modeling.models import Run
from modeling.services import foreground, repeating, runs
from tests.modeling.answered import make_answered
from tests.modeling.making import make_plan, make_release

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def done():
    run = make_plan(make_release(1), limit=8).run
    runs.start(run=run)
    return foreground.see_through(run, lambda tick: None)


@pytest.fixture
def reader(client, researcher):
    client.force_login(researcher)
    return client


def page(run, name):
    return reverse(f"modeling:{name}", args=[run.public_id])


def test_the_manifest_is_shown_entry_by_entry(reader, done):
    text = reader.get(page(done, "run_manifest_page")).content.decode()
    for words in ("release.hash", "hash of little", "prompts.survey_form", "counts.answered"):
        assert words in text


def test_the_repeat_page_asks_first_and_then_plans_without_starting(reader, done, researcher):
    text = reader.get(page(done, "run_repeat")).content.decode()
    assert "The same 8 cells" in text
    assert "Nothing that can be told before asking" in text
    assert Run.objects.count() == 1
    response = reader.post(page(done, "run_repeat"), {"endpoint": ""})
    again = Run.objects.get(repeat_of=done)
    assert response.headers["Location"] == page(again, "run_detail")
    assert (again.state, again.created_by) == (Run.State.PLANNED, researcher)


def test_both_runs_lead_to_each_other_and_to_their_comparison(reader, done):
    again = repeating.repeat(repeating.of_run(done))
    compare = reverse("modeling:run_compare", args=[done.public_id, again.public_id])
    for run in (done, again):
        assert compare in reader.get(page(run, "run_detail")).content.decode()
    text = reader.get(page(again, "run_manifest_page")).content.decode()
    assert "What was not as in the run it repeats" in text


def test_changed_prompts_need_a_tick(reader, done):
    done.manifest["prompts"] = {"survey_form": "an older file"}
    done.save()
    text = reader.get(page(done, "run_repeat")).content.decode()
    assert "an older file" in text
    assert "asks something else" in text
    refused = reader.post(page(done, "run_repeat"), {"endpoint": ""})
    assert refused.status_code == 422
    assert "not what they were" in refused.content.decode()
    assert Run.objects.count() == 1
    reader.post(page(done, "run_repeat"), {"endpoint": "", "anyway": "on"})
    assert Run.objects.count() == 2


def test_another_endpoint_can_be_chosen_and_an_unknown_one_cannot(reader, done):
    assert reader.post(page(done, "run_repeat"), {"endpoint": "nowhere"}).status_code == 422
    reader.post(page(done, "run_repeat"), {"endpoint": "baseline:uniform"})
    assert Run.objects.get(repeat_of=done).label == "baseline:uniform"


def test_imported_answers_offer_no_repeat(reader, done):
    run = make_answered(done.release, [{}], imported=True)
    run.manifest = {"import": {"parts": []}}
    run.save()
    assert page(run, "run_repeat") not in reader.get(page(run, "run_detail")).content.decode()
    refused = reader.get(page(run, "run_repeat"))
    assert (refused.status_code, "imported" in refused.content.decode()) == (422, True)
