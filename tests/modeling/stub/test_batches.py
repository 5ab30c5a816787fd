"""Files and batches, through the official client."""

import json
import time

import openai
import pytest

from modeling.stub import StubOptions, running_stub

MODEL = "pact-stub-1"


def line(number: int, model: str = MODEL) -> dict:
    content = f"Shoes {number}?\nA: off\nB: on\nAnswer:"
    body = {"model": model, "messages": [{"role": "user", "content": content}]}
    return {
        "custom_id": f"cell-{number}",
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": body,
    }


def jsonl(lines) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in lines).encode()


def run_batch(client, content: bytes):
    """Upload, create, and poll until it is over."""
    uploaded = client.files.create(file=("in.jsonl", content), purpose="batch")
    assert uploaded.bytes == len(content)
    batch = client.batches.create(
        input_file_id=uploaded.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    assert batch.status in {"validating", "in_progress", "completed", "failed"}
    for _ in range(1000):
        batch = client.batches.retrieve(batch.id)
        if batch.status not in {"validating", "in_progress"}:
            return batch
        time.sleep(0.005)
    raise AssertionError("the batch never ended")


def create(client, uploaded, **more):
    return client.batches.create(
        input_file_id=uploaded.id,
        endpoint="/v1/chat/completions",
        completion_window="24h",
        **more,
    )


@pytest.fixture
def client():
    with running_stub() as stub, openai_client(stub) as client:
        yield client


def openai_client(stub) -> openai.OpenAI:
    return openai.OpenAI(api_key="any", base_url=stub.base_url, max_retries=0)


def results(client, file_id):
    if file_id is None:
        return {}
    text = client.files.content(file_id).text
    rows = [json.loads(row) for row in text.splitlines()]
    return {row["custom_id"]: row["response"] for row in rows}


def test_every_line_comes_back_once_in_another_order(client):
    batch = run_batch(client, jsonl(line(i) for i in range(30)))
    assert (batch.status, batch.request_counts.completed) == ("completed", 30)
    answers = results(client, batch.output_file_id)
    assert set(answers) == {f"cell-{i}" for i in range(30)}
    assert list(answers) != [f"cell-{i}" for i in range(30)]
    direct = client.chat.completions.create(**line(3)["body"])
    assert answers["cell-3"]["body"]["choices"][0]["message"]["content"] == (
        direct.choices[0].message.content
    )
    assert batch.error_file_id is None
    assert [listed.id for listed in client.batches.list()] == [batch.id]


def test_failed_lines_are_in_the_error_file():
    with (
        running_stub(StubOptions(faults={"server_error": 0.4})) as stub,
        openai_client(stub) as client,
    ):
        batch = run_batch(client, jsonl(line(i) for i in range(30)))
        good, bad = (results(client, f) for f in (batch.output_file_id, batch.error_file_id))
    assert set(good) | set(bad) == {f"cell-{i}" for i in range(30)}
    assert not set(good) & set(bad)
    assert {answer["status_code"] for answer in bad.values()} == {500}
    assert batch.request_counts.failed == len(bad) > 1


def test_an_unknown_model_fails_every_line(client):
    batch = run_batch(client, jsonl(line(i, "gpt-0") for i in range(3)))
    bad = results(client, batch.error_file_id)
    assert {answer["status_code"] for answer in bad.values()} == {404}
    assert (len(bad), batch.output_file_id) == (3, None)


def openai_client_of(fault, **options):
    return running_stub(StubOptions(faults={fault: 1.0}, **options))


def test_a_limit_on_waiting_tokens_fails_late():
    with openai_client_of("batch_limit") as stub, openai_client(stub) as client:
        batch = run_batch(client, jsonl([line(1)]))
    assert (batch.status, batch.errors.data[0].code) == ("failed", "token_limit_exceeded")


def test_an_expired_batch_keeps_what_it_answered_and_names_the_rest():
    with openai_client_of("batch_expired") as stub, openai_client(stub) as client:
        batch = run_batch(client, jsonl(line(i) for i in range(10)))
        good = results(client, batch.output_file_id)
        rest = [
            json.loads(row) for row in client.files.content(batch.error_file_id).text.splitlines()
        ]
    assert batch.status == "expired"
    assert {one["error"]["code"] for one in rest} == {"batch_expired"}
    assert sorted([*good, *(one["custom_id"] for one in rest)]) == [f"cell-{i}" for i in range(10)]


def test_a_batch_can_leave_lines_out_of_both_files():
    with openai_client_of("batch_lacks_lines") as stub, openai_client(stub) as client:
        batch = run_batch(client, jsonl(line(i) for i in range(9)))
        assert len(results(client, batch.output_file_id)) == 6
    assert batch.error_file_id is None


def test_a_batch_shows_its_end_only_after_so_many_looks():
    with running_stub(StubOptions(batch_polls=3)) as stub, openai_client(stub) as client:
        made = create(
            client, client.files.create(file=("in.jsonl", jsonl([line(1)])), purpose="batch")
        )
        seen = [client.batches.retrieve(made.id).status for _ in range(3)]
        assert seen == ["in_progress"] * 3
        assert client.batches.retrieve(made.id).status in {"in_progress", "completed"}


def test_a_batch_may_be_made_although_nobody_answers():
    with openai_client_of("batch_unanswered") as stub, openai_client(stub) as client:
        uploaded = client.files.create(file=("in.jsonl", jsonl([line(1)])), purpose="batch")
        with pytest.raises(openai.APITimeoutError):
            create(client.with_options(timeout=0.2), uploaded, metadata={"who": "me"})
        assert [one.metadata for one in client.batches.list()] == [{"who": "me"}]


def test_batches_are_listed_newest_first_a_page_at_a_time(client):
    uploaded = client.files.create(file=("in.jsonl", jsonl([line(1)])), purpose="batch")
    made = [create(client, uploaded).id for _ in range(25)]
    first = client.batches.list(limit=10)
    assert ([one.id for one in first.data], first.has_next_page()) == (made[:-11:-1], True)
    assert [one.id for one in client.batches.list(limit=10)] == made[::-1]


def test_a_deleted_file_is_gone(client):
    uploaded = client.files.create(file=("in.jsonl", jsonl([line(1)])), purpose="batch")
    assert client.files.delete(uploaded.id).deleted
    for again in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError):
            again(uploaded.id)
    another = client.files.create(file=("in.jsonl", jsonl([line(1)])), purpose="batch")
    assert another.id != uploaded.id


def test_files_and_batches_can_fail_while_the_model_answers():
    with openai_client_of("batch_api_error") as stub, openai_client(stub) as client:
        with pytest.raises(openai.InternalServerError):
            client.batches.list()
        assert client.chat.completions.create(**line(1)["body"]).choices


@pytest.mark.parametrize(
    ("content", "code", "number"),
    [
        (b"\n", "invalid_line", 1),
        (jsonl([line(1), line(1)]), "invalid_line", 2),
        (jsonl([line(1)]) + b"{", "invalid_line", 2),
        (jsonl([line(1), line(2, "gpt-0")]), "mismatched_model", 2),
        (jsonl([line(1) | {"url": "/v1/embeddings"}]), "mismatched_url", 1),
        (b"{}\n" * 50_001, "too_many_tasks", None),
    ],
)
def test_broken_files_are_accepted_and_fail_late(client, content, code, number):
    batch = run_batch(client, content)
    assert batch.status == "failed"
    assert (batch.errors.data[0].code, batch.errors.data[0].line) == (code, number)
    assert batch.output_file_id is None


def test_a_batch_can_be_cancelled():
    with running_stub(StubOptions(latency_ms=60_000)) as stub, openai_client(stub) as client:
        uploaded = client.files.create(file=("in.jsonl", jsonl([line(1)])), purpose="batch")
        batch = client.batches.create(
            input_file_id=uploaded.id, endpoint="/v1/chat/completions", completion_window="24h"
        )
        assert client.batches.cancel(batch.id).status == "cancelled"
        assert client.batches.retrieve(batch.id).status == "cancelled"


def test_unknown_things_are_404_and_wrong_batches_400(client):
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve("file-99")
    with pytest.raises(openai.NotFoundError):
        client.files.content("file-99")
    with pytest.raises(openai.NotFoundError):
        client.batches.cancel("batch-99")
    with pytest.raises(openai.BadRequestError):
        client.batches.create(
            input_file_id="file-99", endpoint="/v1/chat/completions", completion_window="24h"
        )
