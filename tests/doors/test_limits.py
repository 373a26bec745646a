"""What a client may send: bad requests with their statuses, slow ones, too many, and what they leave behind."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from rag.config import Config
from rag.ui.desk import ASKING_THREADS
from rag.ui.limits import MAX_BODY, client_of
from rag.ui.log import logging_to_stderr, noting
from tests.doors.conftest import BOTH, PATIENCE, QUESTION, Held, Opener, Served, running, site_of
from tests.ui.fake import FakeAssistant

ASK = "POST /api/ask HTTP/1.1"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, documents: object) -> Iterator[str]:
    """A server that gives a request one second to arrive."""
    data = tmp_path_factory.mktemp("limits")
    with site_of(FakeAssistant(documents), request_seconds=1, data=data) as address:  # type: ignore[arg-type]
        yield address


def connected(address: str) -> socket.socket:
    url = httpx.URL(address)
    return socket.create_connection((url.host, url.port or 80), timeout=PATIENCE)


def said(address: str, request: bytes) -> bytes:
    """What a server says to raw bytes, until it closes or has said all of its head."""
    with connected(address) as wire, contextlib.suppress(ConnectionError):
        wire.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer and (piece := wire.recv(65536)):
            answer += piece
        return answer
    return b""


def raw(line: str, *headers: str, body: bytes = b"") -> bytes:
    head = "\r\n".join((line, "Host: 127.0.0.1", *headers))
    return head.encode("latin-1") + b"\r\n\r\n" + body


BAD = [
    (raw("GET /api/../../etc/passwd HTTP/1.1"), 404),
    (raw("GET //etc/passwd HTTP/1.1"), 404),
    (raw("GET /static/../../../../etc/passwd HTTP/1.1"), 403),
    (raw("GET /static/..%2f..%2f..%2fetc/passwd HTTP/1.1"), 403),
    (raw("GET /gradio_api/file=/etc/passwd HTTP/1.1"), 404),
    (raw("POST /gradio_api/upload HTTP/1.1", "Content-Length: 1", body=b"x"), 404),
    (raw("GET / HTTP/1.1", "Host: evil.example"), 400),
    (raw("NONSENSE"), 400),
    (raw(f"GET /{'x' * 600_000} HTTP/1.1"), 400),
    (raw("GET / HTTP/1.1", f"X: {'x' * 600_000}"), 400),
    (raw("BREW /api/ask HTTP/1.1"), 405),
    (raw(ASK), 415),
    (raw(ASK, "Content-Type: text/plain", "Content-Length: 2", body=b"{}"), 415),
    (raw(ASK, "Content-Type: application/x-www-form-urlencoded", "Content-Length: 3", body=b"a=b"), 415),
    (raw(ASK, "Content-Type: application/json", "Content-Length: 1", body=b"{"), 400),
    (raw(ASK, "Content-Type: application/json", "Content-Length: 2", body=b"[]"), 422),
    (raw(ASK, "Content-Type: application/json", "Content-Length: 4", body=b"\xff\xfe{}"), 400),
    (raw(ASK, "Content-Type: application/json", "Content-Length: 90000", body=b"[" * 90_000), 400),
    (raw(ASK, "Content-Type: application/json", "Content-Length: -1"), 400),
    (raw(ASK, "Content-Type: application/json", "Content-Length: 99999999999"), 413),
    (
        raw(ASK, "Content-Type: application/json", "Transfer-Encoding: chunked", body=b"zz\r\n"),
        400,
    ),
    (raw(ASK, "Content-Type: application/json", "Origin: http://evil.example", "Content-Length: 2", body=b"{}"), 403),
    (raw(ASK, "Content-Type: application/json", "Origin: null", "Content-Length: 2", body=b"{}"), 403),
]


@pytest.mark.parametrize(("request_", "status"), BAD, ids=range(len(BAD)))
def test_a_bad_request_gets_its_status_and_nothing_else_suffers(site: str, request_: bytes, status: int) -> None:
    answer = said(site, request_)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer[:200]
    assert httpx.get(f"{site}/api/documents").status_code == 200


WRONG = [
    ({"question": 7}, 422),
    ({"question": None}, 422),
    ({"question": ["x"]}, 422),
    ({"question": QUESTION, "history": "x"}, 422),
    ({"question": QUESTION, "history": [{"question": 1}]}, 422),
    ({"question": QUESTION, "scope": {"documents": "ferries.md"}}, 422),
    ({"question": QUESTION, "scope": {"documents": ["x"] * 101}}, 422),
    ({"question": QUESTION, "scope": {"documents": ["*" * 1001]}}, 422),
    ({"question": QUESTION, "scope": {"after": "2017-13-99T00:00"}}, 400),
    ({"question": QUESTION, "trace": "often"}, 422),
    ({"question": QUESTION, "k": 5}, 422),
    ({"question": "\u0000 \n"}, 200),
    ({"question": "x" * 2001}, 413),
    ({"question": "x" * (MAX_BODY + 1)}, 413),
]


@pytest.mark.parametrize(("body", "status"), WRONG, ids=range(len(WRONG)))
def test_a_question_of_a_wrong_form_is_refused(site: str, body: dict[str, object], status: int) -> None:
    assert httpx.post(f"{site}/api/ask", json=body).status_code == status


def test_who_sends_far_too_much_still_hears_of_it(site: str) -> None:
    pieces = (b"x" * 65536 for _ in range(100))
    response = httpx.post(f"{site}/api/ask", content=pieces, headers=JSON, timeout=PATIENCE)
    assert (response.status_code, response.json()["error"]["type"]) == (413, "too_long")


def test_a_body_that_does_not_come_is_not_waited_for(site: str) -> None:
    began = time.monotonic()
    answer = said(site, raw(ASK, "Content-Type: application/json", "Content-Length: 9", body=b"{"))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 0.9 < time.monotonic() - began < PATIENCE / 2


def test_a_body_that_comes_byte_by_byte_is_not_waited_for_either(site: str) -> None:
    with connected(site) as wire:
        wire.sendall(raw(ASK, "Content-Type: application/json", "Content-Length: 999"))
        wire.settimeout(0.2)
        answer = b""
        while not answer:
            with contextlib.suppress(TimeoutError):
                wire.sendall(b" ")
                answer = wire.recv(100)
        assert answer.startswith(b"HTTP/1.1 408 ")


BEGINNINGS = [b"", b"GET / HTTP/1.1\r\nHost: 127", raw("GET /healthz HTTP/1.1")]


@pytest.mark.parametrize("head", BEGINNINGS, ids=range(len(BEGINNINGS)))
def test_a_connection_on_which_no_request_comes_is_closed(site: str, head: bytes) -> None:
    with connected(site) as wire:
        wire.sendall(head)
        if head.endswith(b"\r\n\r\n"):
            assert wire.recv(65536)
            wire.sendall(b"GET")
        while wire.recv(65536):
            pass


def test_a_client_that_asks_faster_than_its_rate_waits(assistant: FakeAssistant, open_site: Opener) -> None:
    address = open_site(assistant, rate=3)
    answers = [httpx.post(f"{address}/api/ask", json={"question": QUESTION}) for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 21
    assert answers[-1].json()["error"]["type"] == "too_many_requests"
    for method, path in (("POST", "/v1/chat/completions"), ("GET", "/api/search"), ("POST", "/mcp")):
        assert httpx.request(method, address + path).status_code == 429
    assert httpx.get(f"{address}/api/documents").status_code == 200


def test_nobody_is_held_back_where_only_this_machine_is_served() -> None:
    assert Config().rate is None
    assert not Config().serves_others
    assert Config(host="0.0.0.0").serves_others
    assert Config(tokens="x" * 16).serves_others


def test_a_network_of_ipv6_is_one_client() -> None:
    first, second, other = (
        client_of({"type": "http", "client": (host, 1)}) for host in ("2001:db8::1", "2001:db8::2:3", "2001:db8:1::1")
    )
    assert first == second != other
    assert client_of({"type": "http", "client": ("192.0.2.1", 1)}) == "192.0.2.1"
    assert client_of({"type": "http"}) == "unknown"


def test_a_line_is_written_for_each_request_and_no_question_is_in_it(
    assistant: FakeAssistant, open_site: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    address = open_site(assistant)
    with caplog.at_level(logging.INFO, "sumber.requests"):
        httpx.get(f"{address}/api/search", params={"question": QUESTION})
        httpx.get(f"{address}/api/no%0Aline")
        while len(caplog.records) < 2:  # written once the response is out
            time.sleep(0.01)
    written = [record.getMessage() for record in caplog.records if record.name == "sumber.requests"]
    assert re.fullmatch(r"GET /api/search 200 \d+ms 127\.0\.0\.1", written[-2])
    assert re.fullmatch(r"GET /api/no\?line 404 \d+ms 127\.0\.0\.1", written[-1])
    assert "ferry" not in caplog.text


@pytest.mark.parametrize(
    ("settings", "level"),
    [({}, logging.ERROR), ({"host": "0.0.0.0"}, logging.INFO), ({"log": "requests"}, logging.INFO)],
)
def test_requests_are_written_down_where_others_are_served(
    settings: dict[str, str], level: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with logging_to_stderr(Config(**settings)):
        logging.getLogger("sumber.requests").info("GET / 200 1ms 127.0.0.1")
        logging.getLogger("sumber.faults").error("fault 0123")
    written = [line.partition(" ")[2] for line in capsys.readouterr().err.splitlines()]
    assert written == ["GET / 200 1ms 127.0.0.1", "fault 0123"][level == logging.ERROR :]


def test_questions_are_written_down_where_that_is_asked_for(
    assistant: FakeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "sumber.questions"):
        door = noting(assistant)
        assert door.ask("Who\nasks?").question == "Who\nasks?"
        door.retrieve(QUESTION, 3)
        assert door.corpus == assistant.corpus
    assert [record.getMessage() for record in caplog.records] == ["asked: Who?asks?", f"searched: {QUESTION}"]


def test_abuse_leaves_neither_memory_nor_open_files_behind(served: Served) -> None:
    def abuse() -> None:
        asked = json.dumps({"question": QUESTION}).encode()
        for _ in range(15):
            httpx.post(f"{served.address}/api/ask", content=b"x" * (MAX_BODY + 1), headers=JSON)
            httpx.post(f"{served.address}/api/ask", content=b"[" * 100_000, headers=JSON)
            httpx.post(f"{served.address}/mcp", content=b"x" * 500_000, headers=JSON)
            length = f"Content-Length: {len(asked)}"
            for path in ("/api/ask/stream", "/api/ask", "/v1/chat/completions", "/mcp"):
                with connected(served.address) as wire:  # and leaves without listening
                    wire.sendall(raw(f"POST {path} HTTP/1.1", "Content-Type: application/json", length, body=asked))
            with connected(served.address) as wire:
                wire.sendall(b"POST /api/ask HTTP/1.1\r\nHost: 127")

    def set_every_thread_to_work() -> None:
        """So that each has its connection to the ledger, which are two files, before any are counted."""
        with httpx.Client(base_url=served.address, timeout=PATIENCE) as client:
            questions = [{"question": f"What does ticket {n} for the ferry cost?"} for n in range(4 * ASKING_THREADS)]
            with ThreadPoolExecutor(len(questions)) as askers:
                answers = list(askers.map(lambda one: client.post("/api/ask", json=one).status_code, questions))
        assert set(answers) == {200}

    def at_rest() -> int:
        """How many files are open when the answers that nobody waits for have ended."""
        counts = [served.open_files]
        while len(counts) < 5 or len(set(counts[-5:])) > 1:
            time.sleep(0.1)
            counts.append(served.open_files)
        return counts[-1]

    set_every_thread_to_work()
    abuse()
    files, megabytes = at_rest(), served.megabytes
    for _ in range(2):
        abuse()
    assert at_rest() <= files
    assert served.megabytes < megabytes + 30
    assert httpx.post(f"{served.address}/api/ask", json={"question": QUESTION}).json()["status"] == "answered"


def test_a_stop_lets_an_answer_end_and_ends_a_stream_with_a_word(held: Held) -> None:
    with running(held) as (address, server), httpx.Client(base_url=address, timeout=PATIENCE) as client:
        with client.stream("POST", "/api/ask/stream", json={"question": BOTH}) as response:
            lines = response.iter_lines()
            assert next(lines) == "event: sentence"
            server.should_exit = True
            rest = "".join(lines)
        held.go_on.set()
    assert '"type": "stopping"' in rest
    assert held.left.wait(PATIENCE), "the answering has ended too"


def test_a_stop_lets_an_answer_that_is_nearly_done_be_told(held: Held) -> None:
    question = {"question": BOTH}
    with (
        running(held) as (address, server),
        httpx.stream("POST", f"{address}/api/ask/stream", json=question, timeout=PATIENCE) as response,
    ):
        lines = response.iter_lines()
        assert next(lines) == "event: sentence"
        server.should_exit = True
        while not server._desk._stopping.is_set():
            time.sleep(0.01)
        held.go_on.set()
        rest = list(lines)
    assert "event: answer" in rest
