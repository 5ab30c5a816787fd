"""Any cell's prompt as it is sent, by number, by fields, by the key of an answer."""

import html
import json
import re

import pytest

from annotation.services import judging
from modeling.backends import Decoding
from modeling.models import Run
from modeling.services import foreground, prompt_view, questions, runs
from modeling.services.endpoints import Endpoint, named
from modeling.services.judging import plan_judge
from modeling.stub import running_stub
from pact_site.base.errors import BadInput
from tests.annotation.validating import make_scenarios
from tests.modeling.making import make_plan, make_release, stored_rows

pytestmark = pytest.mark.django_db(transaction=True)

LOCAL = Endpoint("env", "openai", "m", "http://127.0.0.1:1/v1", {"constrain": True})


@pytest.fixture
def rita(client, researcher):
    client.force_login(researcher)
    return client


@pytest.mark.parametrize("mode", ["label", "paper"])
def test_what_is_shown_is_what_is_sent(mode):
    """The stub names each request by the hash of its body's question; ours must be among them."""
    from modeling.stub.chat import prompt_hash

    with running_stub() as stub:
        where = Endpoint("env", "lean", "pact-stub-1", stub.base_url)
        run = make_plan(make_release(1), endpoint=where, mode=mode, samples=2).run
        run.decoding = run.decoding | {"seed": 7, "temperature": 1.0}
        run.save()
        runs.start(run=run)
        run = foreground.see_through(run, lambda tick: None)
        asked = set(stub.stats()["asked"])
    shown = [prompt_view.at(run, number) for number in range(run.cells)]
    assert {prompt_hash(json.loads(one.request.body)) for one in shown} == asked
    stored = {row["cell_key"] for row in stored_rows(run)}
    assert {key for one in shown for key in one.keys} == stored


def test_the_body_holds_decoding_constraint_and_the_seed_of_the_sample():
    run = make_plan(make_release(1), endpoint=LOCAL, samples=2).run
    run.decoding = run.decoding | {"seed": 7, "temperature": 0.5}
    run.save()
    first, second = (json.loads(prompt_view.at(run, n).request.body) for n in (0, 1))
    assert first["messages"] == second["messages"]
    assert (first["seed"], second["seed"]) == (7, 8)
    assert first["structured_outputs"] == {"choice": ["A", "B"]}
    assert first["temperature"] == 0.5
    plain = Endpoint("env", "openai", "m", "http://127.0.0.1:1/v1", {"template": "plain"})
    shown = prompt_view.at(make_plan(make_release(1, slug="two"), endpoint=plain).run, 0).request
    assert shown.path == "POST http://127.0.0.1:1/v1/completions"
    assert "prompt" in json.loads(shown.body)


def test_a_cell_is_found_by_number_by_fields_and_by_key(rita):
    run = make_plan(make_release(1), endpoint="baseline:noisy").run
    runs.start(run=run)
    run = foreground.see_through(run, lambda tick: None)
    for row in stored_rows(run)[::17]:
        number = prompt_view.number_of(run, row["cell_key"])
        assert row["cell_key"] in prompt_view.at(run, number).keys
        assert prompt_view.number_at(run, prompt_view.fields_at(run, number)) == number
    by_key = rita.get(f"/runs/{run.public_id}/prompts/by-key/{row['cell_key']}/")
    assert by_key["Location"] == f"/runs/{run.public_id}/prompts/{number}/"
    text = html.unescape(rita.get(by_key["Location"]).content.decode())
    assert row["cell_key"] in text
    assert "Nothing is sent over a network" in text
    fields = prompt_view.fields_at(run, 5)
    assert rita.get(f"/runs/{run.public_id}/prompts/", fields)["Location"].endswith("/prompts/5/")
    typed = rita.get(f"/runs/{run.public_id}/prompts/", {"number": 3})
    assert typed["Location"].endswith("/prompts/2/")


def test_a_cell_that_nobody_has_answered_is_found_by_its_key_too():
    run = make_plan(make_release(1), endpoint=LOCAL).run
    asked = questions.of(run)
    key = asked.key(asked.design.cell(77))
    assert prompt_view.number_of(run, key) == 77


def test_the_page_leads_on_and_shows_system_user_and_body(rita):
    run = make_plan(make_release(1), endpoint=LOCAL).run
    text = html.unescape(rita.get(f"/runs/{run.public_id}/prompts/0/").content.decode())
    prompt = prompt_view.at(run, 0).prompt
    for message in prompt.messages:
        assert message["content"] in text
    assert "POST http://127.0.0.1:1/v1/chat/completions" in text
    assert f"/runs/{run.public_id}/prompts/1/" in text
    assert not re.search(r'rel="prev"', text)
    last = html.unescape(
        rita.get(f"/runs/{run.public_id}/prompts/{run.cells - 1}/").content.decode()
    )
    assert not re.search(r'rel="next"', last)


def test_prompts_of_other_kinds_are_shown_by_number_and_key(rita):
    make_scenarios(3)
    run = plan_judge(subject=judging.of_dataset("norms"), endpoint=named("baseline:noisy"),
                     decoding=Decoding()).run  # fmt: skip
    shown = prompt_view.at(run, 0)
    assert len(shown.keys) > 1
    assert prompt_view.number_of(run, shown.keys[1]) == 1
    assert rita.get(f"/runs/{run.public_id}/prompts/1/").status_code == 200
    assert prompt_view.choices(run) == prompt_view.fields_at(run, 0) == {}


def test_what_is_not_there_is_a_404_and_says_so(rita):
    run = make_plan(make_release(1), endpoint=LOCAL, limit=4).run
    for address in ("99/", "by-key/nothing/", "?number=0", "?number=x", "?style=fancy"):
        assert rita.get(f"/runs/{run.public_id}/prompts/{address}").status_code == 404
    beyond = prompt_view.fields_at(run, 0) | {"item": "3"}
    with pytest.raises(BadInput, match="beyond the limit"):
        prompt_view.number_at(run, beyond)
    Run.objects.update(imported=True)
    assert rita.get(f"/runs/{run.public_id}/prompts/0/").status_code == 404
