"""The commands that set up and list endpoints."""

import pytest
from django.core.management import CommandError, call_command

from modeling.models import ModelEndpoint

pytestmark = pytest.mark.django_db

NEW = ("qwen", "--kind", "openai", "--model", "qwen-3", "--base-url", "http://127.0.0.1:8001/v1")


def say(capsys, *args):
    call_command(*args)
    return capsys.readouterr().out


def test_an_endpoint_is_set_up_changed_archived_and_restored(capsys):
    out = say(capsys, "set_endpoint", *NEW, "--options", '{"constrain": true}', "--prompt-price",
              "0.15", "--completion-price", "0.6", "--key-variable", "PACT_KEY_QWEN")  # fmt: skip
    assert out == "endpoint: qwen\n"
    listed = say(capsys, "endpoints")
    assert "qwen  openai  qwen-3  http://127.0.0.1:8001/v1  PACT_KEY_QWEN NOT SET" in listed
    assert "0.15/0.6 USD a million tokens" in listed
    assert "baseline:noisy" in listed
    say(capsys, "set_endpoint", "qwen", "--model", "qwen-4", "--prompt-price", "-")
    row = ModelEndpoint.objects.get()
    assert (row.model, row.options, row.prompt_price) == ("qwen-4", {"constrain": True}, None)
    assert "price unknown" in say(capsys, "endpoints")
    say(capsys, "set_endpoint", "qwen", "--archive")
    assert "qwen" not in say(capsys, "endpoints")
    assert "archived" in say(capsys, "endpoints", "--all")
    say(capsys, "set_endpoint", "qwen", "--restore")
    assert "qwen" in say(capsys, "endpoints")


def test_the_environments_endpoint_is_listed_without_its_key(capsys, settings):
    settings.PACT_BASE_URL, settings.PACT_MODEL = "http://127.0.0.1:1/v1", "m"
    settings.OPENAI_API_KEY = "sk-hidden"
    listed = say(capsys, "endpoints")
    assert "env  openai  m  http://127.0.0.1:1/v1  OPENAI_API_KEY set" in listed
    assert "sk-hidden" not in listed


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("qwen",), "Unknown kind"),
        ((*NEW, "--options", "{"), "no JSON"),
        ((*NEW, "--options", "[]"), "no JSON object"),
        ((*NEW, "--prompt-price", "cheap"), "no price"),
        ((*NEW, "--key-variable", "DATABASE_URL"), "may not hold"),
    ],
)
def test_bad_input_is_exit_2_and_stores_nothing(args, words):
    with pytest.raises(CommandError, match=words) as caught:
        call_command("set_endpoint", *args)
    assert caught.value.returncode == 2
    assert not ModelEndpoint.objects.exists()
