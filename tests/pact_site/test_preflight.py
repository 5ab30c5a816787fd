"""The command that tries an endpoint, from outside."""

import pytest
from django.core.management import CommandError, call_command

from modeling.models import Run
from modeling.services import endpoint_rows
from modeling.stub import StubOptions, running_stub
from survey.models import Study
from tests.modeling.making import make_release

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stub():
    with running_stub() as running:
        endpoint_rows.add(name="stub", kind="lean", model="pact-stub-1", base_url=running.base_url,
                          prompt_price=1, completion_price=2)  # fmt: skip
        yield running


def test_an_endpoint_is_tried_by_itself(stub, capsys):
    call_command("preflight", endpoint="stub")
    said = capsys.readouterr().out
    assert said.startswith(f"Preflight of pact-stub-1 at {stub.base_url}: passed")
    assert "ok       order" in said
    assert stub.stats()["answers"] == 10


def test_or_with_the_prompts_of_a_study_whose_size_and_cost_are_told(stub, capsys):
    Study.objects.create(slug="little-study", name="Little", release=make_release())
    call_command("preflight", endpoint="stub", study="little-study")
    said = capsys.readouterr().out
    assert "The whole design: 1,008 cells in 1,008 prompts; about" in said
    assert "USD" in said
    assert not Run.objects.exists()


def test_a_failed_check_is_exit_1_and_an_endpoint_without_need_exit_2(capsys):
    with running_stub(StubOptions(faults={"unauthorized": 1.0})) as stub:
        endpoint_rows.add(name="stub", kind="openai", model="pact-stub-1", base_url=stub.base_url)
        with pytest.raises(CommandError, match="The preflight failed: key") as caught:
            call_command("preflight", endpoint="stub")
    assert caught.value.returncode == 1
    assert "FAILED   key         HTTP 401" in capsys.readouterr().out
    for name in ("baseline:noisy", "nowhere"):
        with pytest.raises(CommandError) as caught:
            call_command("preflight", endpoint=name)
        assert caught.value.returncode == 2
