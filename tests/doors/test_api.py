"""The HTTP API on a real library: what each route gives, and that the description of it is true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import httpx
import pytest

from rag.types import Answer
from rag.ui import shapes
from tests.conftest import FERRY
from tests.doors.conftest import BOTH, PATIENCE, QUESTION, UNANSWERED, Held, Opener, Served
from tests.ui.fake import FakeAssistant, document


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.address, timeout=PATIENCE) as client:
        yield client


def events(response: httpx.Response) -> list[tuple[str, Any]]:
    """The server-sent events of a response, by name."""
    parts = [part.split("\n") for part in response.text.split("\n\n") if part and not part.startswith(":")]
    return [(lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))) for lines in parts]


def test_an_answer_is_described_as_it_is(client: httpx.Client) -> None:
    answer = client.post("/api/ask", json={"question": QUESTION}).json()
    names = {one.name for one in fields(Answer)} - {"trace"}
    assert set(answer) == names == set(shapes.Answer.model_fields) - {"trace"}
    assert shapes.Answer.model_validate(answer).model_dump(exclude={"trace"}, mode="json") == answer


def test_how_an_answer_came_about_is_told_where_that_is_asked_for(client: httpx.Client) -> None:
    answer = client.post("/api/ask", json={"question": QUESTION, "trace": True}).json()
    trace = answer["trace"]
    assert shapes.Answer.model_validate(answer)
    assert trace["found"][0] == answer["passages"][0]["id"]
    assert {one["verdict"] for one in trace["judged"]} <= {"verbatim", "supported", "partly", "unsupported"}
    assert set(trace["found"]) & set(next(iter(trace["steps"].values())))
    assert "trace" in client.post("/api/ask", json={"question": UNANSWERED, "trace": True}).json()


def test_a_stream_tells_each_sentence_with_its_new_citations_and_ends_with_the_answer(client: httpx.Client) -> None:
    response = client.post("/api/ask/stream", json={"question": QUESTION, "trace": True})
    told = events(response)
    plain = client.post("/api/ask", json={"question": QUESTION}).json()
    assert response.headers["content-type"].startswith("text/event-stream")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert [name for name, _ in told] == ["sentence"] * len(plain["sentences"]) + ["answer"]
    assert [row["sentence"] for name, row in told if name == "sentence"] == plain["sentences"]
    assert [one for name, row in told if name == "sentence" for one in row["citations"]] == plain["citations"]
    assert told[-1][1]["trace"]
    assert {name: told[-1][1][name] for name in plain if name != "timings"} == {
        name: value for name, value in plain.items() if name != "timings"
    }


def test_a_stream_of_what_is_not_found_is_the_answer_alone(client: httpx.Client) -> None:
    ((name, answer),) = events(client.post("/api/ask/stream", json={"question": UNANSWERED}))
    assert (name, answer["status"]) == ("answer", "not_found")


def test_searching_by_post_finds_what_searching_by_address_finds(client: httpx.Client) -> None:
    posted = client.post("/api/search", json={"question": QUESTION, "k": 2, "scope": {"documents": ["*.md"]}}).json()
    got = client.get("/api/search", params={"question": QUESTION, "k": 2, "document": "*.md"}).json()
    assert len(posted["passages"]) == 2
    assert posted == got


def test_a_citation_is_followed_into_the_stored_text(client: httpx.Client) -> None:
    cited = client.post("/api/ask", json={"question": QUESTION}).json()["citations"][0]
    whole = client.get(f"/api/documents/{cited['document']}").json()
    piece = client.get(
        f"/api/documents/{cited['document']}", params={"start": cited["start"], "end": cited["end"]}
    ).json()
    assert whole["text"][cited["start"] : cited["end"]] == piece["text"] == cited["quote"]
    assert whole["characters"] == len(whole["text"]) == piece["characters"]
    assert shapes.StoredDocument.model_validate(whole)
    assert client.get("/api/documents/reports/harvest.txt").json()["title"]


@pytest.mark.parametrize("path", ["..%2F..%2Fetc%2Fpasswd", "%00", "ferries.md/", "/etc/passwd", "%ff"])
def test_a_path_is_looked_up_and_never_followed(client: httpx.Client, path: str) -> None:
    response = client.get(f"/api/documents/{path}")
    assert response.status_code == 404
    assert response.json()["error"]["type"] in ("no_such_document", "no_such_path")


SET = [
    {"id": "fare", "question": "What does a ticket cost?", "answerable": True, "answers": ["12 euros"], "sources": []},
    {"id": "cake", "question": UNANSWERED, "answerable": False, "answers": [], "sources": []},
]


def test_a_question_set_is_put_to_the_documents(client: httpx.Client) -> None:
    result = client.post("/api/evaluate", json={"questions": SET}).json()
    assert [one["id"] for one in result["questions"]] == ["fare", "cake"]
    assert [one["status"] for one in result["questions"]] == ["answered", "not_found"]
    assert result["figures"]["answer_contained"]["value"] == 1.0


def test_one_evaluation_is_under_way_at_a_time_and_ends_when_nobody_waits_for_it(client: httpx.Client) -> None:
    many = [SET[0] | {"id": f"{n}", "question": f"What does ticket {n} cost?"} for n in range(100)]
    with pytest.raises(httpx.ReadTimeout):
        client.post("/api/evaluate", json={"questions": many}, timeout=0.3)
    refused = client.post("/api/evaluate", json={"questions": SET})
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert refused.json()["error"]["type"] == "busy"
    while (response := client.post("/api/evaluate", json={"questions": SET[1:]})).status_code == 503:
        pass
    assert len(response.json()["questions"]) == 1


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        ([SET[0], SET[0]], "question 2: its id was used already"),
        ([{"id": "x"}], "question 1"),
        ([SET[0] | {"question": "x" * 3000}], "question 1"),
        ([], "at least 1 item"),
        ([SET[0]] * 101, "at most 100 items"),
    ],
)
def test_a_set_that_is_none_is_refused_before_anything_is_asked(
    client: httpx.Client, questions: Any, words: str
) -> None:
    response = client.post("/api/evaluate", json={"questions": questions})
    assert response.status_code == 422
    assert words in response.json()["error"]["message"]


def test_who_leaves_a_stream_frees_the_place_of_the_question(held: Held, open_site: Opener) -> None:
    address = open_site(held, max_pending=1)
    with httpx.stream("POST", f"{address}/api/ask/stream", json={"question": BOTH}) as response:
        assert next(response.iter_lines()) == "event: sentence"
        busy = httpx.post(f"{address}/api/search", json={"question": BOTH})
        assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
        assert busy.json()["error"]["type"] == "busy"
    held.go_on.set()
    assert held.left.wait(PATIENCE)
    while httpx.post(f"{address}/api/search", json={"question": BOTH}).status_code == 503:
        pass


def test_an_error_after_the_first_sentence_is_an_event_of_its_own(held: Held, open_site: Opener) -> None:
    held.fails = True
    held.go_on.set()
    told = events(httpx.post(f"{open_site(held)}/api/ask/stream", json={"question": BOTH}))
    assert told[-1] == ("error", {"error": {"type": "bad_question", "message": "this fails. Ask another"}})


def test_a_stream_that_may_not_begin_is_refused_with_a_status(held: Held, open_site: Opener) -> None:
    address, chat = open_site(held, max_pending=1), [{"role": "user", "content": BOTH}]
    with httpx.stream("POST", f"{address}/api/ask/stream", json={"question": BOTH}) as response:
        assert next(response.iter_lines())
        for path, body in (
            ("/api/ask/stream", {"question": BOTH}),
            ("/v1/chat/completions", {"model": "sumber", "stream": True, "messages": chat}),
        ):
            refused = httpx.post(address + path, json=body)
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        held.go_on.set()


@pytest.mark.parametrize(
    ("method", "path", "status", "allowed"),
    [
        ("GET", "/api/ask", 405, "POST"),
        ("DELETE", "/api/search", 405, "GET, POST"),
        ("PUT", "/v1/chat/completions", 405, "POST"),
        ("GET", "/api/nothing", 404, None),
        ("POST", "/v1/embeddings", 404, None),
        ("GET", "/api/", 404, None),
    ],
)
def test_unknown_paths_and_methods_are_refused_in_the_shape_of_all_errors(
    client: httpx.Client, method: str, path: str, status: int, allowed: str | None
) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.headers.get("Allow")) == (status, allowed)
    assert {"type", "message"} <= set(response.json()["error"])


def test_every_refusal_of_every_route_is_described(client: httpx.Client) -> None:
    description = client.get("/openapi.json").json()
    asking = {"/api/ask", "/api/ask/stream", "/api/search", "/api/evaluate", "/v1/chat/completions"}
    assert asking <= set(description["paths"])
    for path, methods in description["paths"].items():
        for method, route in methods.items():
            assert route["summary"], (method, path)
            if path != "/healthz":
                assert {"400", "401", "403", "404", "405", "408", "413", "415", "422", "429", "500", "503"} <= set(
                    route["responses"]
                ), (method, path)
    assert "HTTPValidationError" not in description["components"]["schemas"]


def test_half_a_character_in_a_document_leaves_its_offsets_true(open_site: Opener) -> None:
    class Damaged(FakeAssistant):
        def document(self, path: str) -> Any:
            return replace(document(path, FERRY), text=f"\ud83d{FERRY}")

    text = httpx.get(f"{open_site(Damaged([]))}/api/documents/a.md").json()["text"]
    assert text == f"?{FERRY}"


def test_questions_are_written_down_only_where_that_is_set(served: Served, library: Any) -> None:
    httpx.post(f"{served.address}/api/ask", json={"question": QUESTION})
    assert QUESTION not in (library / "errors.log").read_text()
