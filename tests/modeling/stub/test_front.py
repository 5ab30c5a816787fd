"""The stub's front door, byte by byte: whatever way requests arrive, each gets its answer."""

import json
import socket

import pytest

from modeling.stub import StubOptions, running_stub

BODY = json.dumps(
    {
        "model": "pact-stub-1",
        "messages": [{"role": "user", "content": "Shoes?\nA: off\nB: on\nAnswer:"}],
    }
).encode()


def request(body=BODY, path="/v1/chat/completions", **headers):
    lines = [f"POST {path} HTTP/1.1", "Host: stub", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


GET_MODELS = b"GET /v1/models HTTP/1.1\r\nHost: stub\r\n\r\n"


class Connection:
    """One socket; `answer` reads one response whole: status and JSON."""

    def __init__(self, stub):
        self.socket = socket.create_connection(("127.0.0.1", stub.port), timeout=20)
        self.stream = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        status = int(self.stream.readline().split()[1])
        length = 0
        while (line := self.stream.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return status, json.loads(self.stream.read(length))


@pytest.fixture
def stub():
    with running_stub() as stub:
        yield stub


@pytest.fixture
def connection(stub):
    return Connection(stub)


def text_of(answer):
    status, body = answer
    assert status == 200
    return body["choices"][0]["message"]["content"]


def test_a_request_in_single_bytes_is_a_request(connection):
    for byte in request():
        connection.send(bytes([byte]))
    assert text_of(connection.answer()) in "AB"


def test_two_requests_in_one_packet_are_answered_one_after_the_other(stub, connection):
    other = BODY.replace(b"Shoes", b"Hats")
    connection.send(request() + request(other))
    first, second = connection.answer(), connection.answer()
    assert first[1]["id"] != second[1]["id"]
    assert stub.stats()["answers"] == 2


def test_one_connection_serves_completions_and_all_else(connection):
    """As clients with a pool do; once handed over, completions are answered there too."""
    connection.send(request())
    before = connection.answer()
    connection.send(GET_MODELS)
    status, models = connection.answer()
    assert (status, models["data"][0]["id"]) == (200, "pact-stub-1")
    connection.send(request())
    assert connection.answer() == before


@pytest.mark.parametrize(
    "headers", [{"Connection": "close"}, {"Expect": "100-continue"}, {"authorization": "Bearer x"}]
)
def test_both_ways_in_give_the_same_answer(connection, stub, headers):
    connection.send(request())
    plain = connection.answer()
    other = Connection(stub)
    other.send(request(**headers))
    if "Expect" in headers:
        assert other.stream.readline() == b"HTTP/1.1 100 Continue\r\n"
        other.stream.readline()
    assert other.answer() == plain


def test_a_body_in_chunks_is_read_as_well(connection):
    chunked = (
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: stub\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    connection.send(chunked + f"{len(BODY):x}\r\n".encode() + BODY + b"\r\n0\r\n\r\n")
    assert text_of(connection.answer()) in "AB"


def test_what_the_stub_itself_gets_wrong_is_a_500_and_not_a_silence(connection):
    strange = BODY.replace(b'"messages"', b'"top_logprobs": "many", "messages"')
    connection.send(request(strange))
    status, body = connection.answer()
    assert status == 500
    assert "the stub itself failed" in body["error"]["message"]


def test_who_hangs_up_is_not_answered():
    with running_stub(StubOptions(hold_after=0)) as stub:
        connection = Connection(stub)
        connection.send(request())
        while not stub.stats()["in_flight"]:
            pass
        connection.stream.close()
        connection.socket.close()
        while stub.stats()["in_flight"]:
            pass
        assert stub.stats()["answers"] == 0


def test_a_stub_that_stops_drops_whom_it_has_not_answered():
    with running_stub(StubOptions(hold_after=0)) as stub:
        connection = Connection(stub)
        connection.send(request())
        while not stub.stats()["in_flight"]:
            pass
    with pytest.raises((ConnectionError, IndexError)):
        connection.answer()
