"""The way of a file over the pages: download, upload, a job that reads it, what it found."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from modeling.models import Run
from modeling.views import prompt_files as views
from pact_site.base.models import Job, State
from tests.modeling.making import make_plan, make_release
from tests.modeling.services.test_prompt_files import MODEL, answer, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run():
    return make_plan(make_release(1), endpoint=f"files:{MODEL}").run


@pytest.fixture
def reader(client, researcher):
    client.force_login(researcher)
    return client


def at(run, name):
    return reverse(f"modeling:{name}", args=[run.public_id])


def download(reader, run, tmp_path):
    response = reader.get(at(run, "run_prompts"))
    assert (
        response["Content-Disposition"] == f'attachment; filename="prompts-{run.public_id}.jsonl"'
    )
    path = tmp_path / "prompts.jsonl"
    path.write_bytes(b"".join(response.streaming_content))
    return path


def upload(reader, run, content, **fields):
    file = SimpleUploadedFile("answers.jsonl", content)
    return reader.post(at(run, "run_answers"), {"file": file} | fields)


def page(reader, run):
    return reader.get(at(run, "run_detail")).content.decode()


@pytest.fixture
def content(reader, run, tmp_path):
    """A file with an answer to every prompt but four."""
    lines = answer(download(reader, run, tmp_path))
    return write(tmp_path / "answers.jsonl", lines[4:]).read_bytes()


def test_from_the_download_to_what_the_import_found(reader, run, content, settings):
    assert upload(reader, run, content).url == at(run, "run_detail")
    assert "Waiting for a worker" in page(reader, run)
    assert "HX-Refresh" not in reader.get(at(run, "run_answers_state"))
    call_command("worker", until_idle=True)
    assert reader.get(at(run, "run_answers_state"))["HX-Refresh"] == "true"
    assert "140 prompts answered, 0 answered before, 4 without an answer still" in page(reader, run)
    run.refresh_from_db()
    assert run.manifest["backend"]["files"][0]["name"] == "answers.jsonl"
    assert not list((settings.PACT_HOME / "uploads" / "answers").iterdir())


def test_what_is_wrong_with_a_file_stands_on_the_page(reader, run, content, settings):
    upload(reader, run, content[:-20])
    call_command("worker", until_idle=True)
    shown = page(reader, run)
    assert "Nothing of the file was stored" in shown
    assert "answers.jsonl, row 140: The last line is cut off" in shown
    assert not list((settings.PACT_HOME / "uploads" / "answers").iterdir())
    assert Run.objects.get().state == Run.State.PLANNED


def test_the_models_other_name_is_handed_on(reader, run, content):
    other = content.replace(f'"model": "{MODEL}"'.encode(), b'"model": "elsewhere"')
    upload(reader, run, other, model="elsewhere")
    call_command("worker", until_idle=True)
    assert Job.objects.get(kind="modeling.import_answers").state == State.DONE


def test_an_import_that_died_is_read_again(reader, run, content):
    upload(reader, run, content)
    job = Job.objects.get(kind="modeling.import_answers").pk
    Job.objects.filter(pk=job).update(state=State.RUNNING, lease_expires=run.created_at)
    call_command("worker", until_idle=True)
    assert "140 prompts answered" in page(reader, run)


def test_a_worker_without_the_file_says_so(reader, run, content, settings):
    upload(reader, run, content)
    for path in (settings.PACT_HOME / "uploads" / "answers").iterdir():
        path.unlink()
    call_command("worker", until_idle=True)
    assert "The uploaded file is not on this machine" in page(reader, run)


def test_no_file_and_a_large_one_are_refused_on_the_form(reader, run, monkeypatch):
    assert reader.post(at(run, "run_answers")).status_code == 422
    monkeypatch.setattr("modeling.answer_forms.MOST_BYTES", 5)
    response = upload(reader, run, b"123456")
    assert response.status_code == 422
    assert "at most 5" in response.content.decode()
    assert not Job.objects.exists()


def test_a_run_too_large_for_a_page_names_the_command(reader, run, monkeypatch):
    monkeypatch.setattr(views, "MOST_CELLS", 10)
    response = reader.get(at(run, "run_prompts"))
    assert response.status_code == 413
    assert f"export_prompts {run.public_id}" in response.content.decode()
    assert f"export_prompts {run.public_id}" in page(reader, run)


def test_runs_that_are_asked_here_have_no_such_pages(reader):
    other = make_plan(make_release(1, slug="other"), endpoint="baseline:noisy").run
    for name in ("run_prompts", "run_answers", "run_answers_state"):
        assert reader.get(at(other, name)).status_code == 404
    assert "Asked elsewhere" not in page(reader, other)
