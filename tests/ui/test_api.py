"""The HTTP surface: what it answers, what it refuses, and what every response carries."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from starlette.testclient import TestClient

from rag.types import Answer, Changes, Document, IndexBusyError, Turn
from rag.ui.limits import MAX_BODY
from tests.ui.conftest import client_of
from tests.ui.fake import FakeAssistant

QUESTION = "Who is the lighthouse kept by?"
UNANSWERED = "Who painted the lighthouse of Surabaya?"


def test_an_answer_cites_the_stored_text_verbatim(client: TestClient, documents: list[Document]) -> None:
    answer = client.post("/api/ask", json={"question": "When was the lighthouse at Cape Sumur lit?"}).json()

    texts = {document.path: document.text for document in documents}
    assert answer["status"] == "answered"
    assert answer["sentences"][0]["text"] == "The lighthouse at Cape Sumur was lit in 1879."
    for citation in answer["citations"]:
        assert texts[citation["document"]][citation["start"] : citation["end"]] == citation["quote"]


def test_a_question_the_documents_do_not_answer_is_not_found(client: TestClient) -> None:
    answer = client.post("/api/ask", json={"question": UNANSWERED}).json()

    assert (answer["status"], answer["sentences"], answer["citations"]) == ("not_found", [], [])
    assert answer["passages"], "the nearest passages are given"


def test_the_history_reaches_the_assistant(client: TestClient, serving: FakeAssistant) -> None:
    earlier = [{"question": "Where is it?", "answer": "At Cape Sumur."}, {"question": "And?"}]
    client.post("/api/ask", json={"question": QUESTION, "history": earlier})

    assert serving.asked == [(QUESTION, (Turn("Where is it?", "At Cape Sumur."), Turn("And?")))]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"question": "  "}', 400),
        ('{"question": ', 400),
        ('{"question": 7}', 422),
        ('{"text": "Who?"}', 422),
        ('{"question": "Who?", "history": [{"answer": "He."}]}', 422),
        (json.dumps({"question": "x" * 2001}), 413),
        (json.dumps({"question": "x" * MAX_BODY}), 413),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_in_a_sentence(client: TestClient, body: str, status: int) -> None:
    response = client.post("/api/ask", content=body, headers={"Content-Type": "application/json"})

    assert response.status_code == status
    assert list(response.json()) == ["error"]
    assert {"type", "message"} <= set(response.json()["error"]) <= {"type", "message", "remedy"}
    assert len(response.text) < 300, "what was sent is not repeated"


def test_a_body_sent_in_pieces_is_limited_too(client: TestClient) -> None:
    pieces = (b"x" * 10_000 for _ in range(MAX_BODY // 10_000 + 2))
    response = client.post("/api/ask", content=pieces, headers={"Content-Type": "application/json"})

    assert response.status_code == 413


def test_half_a_character_is_a_question_like_any_other(client: TestClient) -> None:
    response = client.post(
        "/api/ask", content=b'{"question": "lighthouse \\ud83d"}', headers={"Content-Type": "application/json"}
    )

    assert response.status_code == 200


def test_search_gives_the_nearest_passages_best_first(client: TestClient) -> None:
    found = client.get("/api/search", params={"question": QUESTION, "k": 2}).json()

    assert len(found["passages"]) == 2
    assert found["passages"][0]["text"] == "It is kept by Ratna Wijaya."
    assert found["passages"][0]["score"] >= found["passages"][1]["score"]
    assert client.get("/api/search", params={"question": QUESTION, "k": 0}).status_code == 422


def test_the_list_of_documents_names_failures_with_their_reason(client: TestClient) -> None:
    listed = {entry["path"]: entry for entry in client.get("/api/documents").json()["documents"]}

    assert listed["lighthouse.md"]["state"] == "indexed"
    assert (
        listed["scan.pdf"] | {"state": "failed", "failed": "it holds images of pages and no text."}
        == listed["scan.pdf"]
    )


def test_openai_clients_find_one_model(client: TestClient) -> None:
    assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["sumber"]


def test_the_description_of_the_api_names_the_parts_of_an_answer(client: TestClient) -> None:
    description = client.get("/openapi.json").json()

    assert {"/api/ask", "/api/search", "/api/documents", "/healthz", "/v1/models"} <= set(description["paths"])
    assert {"status", "sentences", "citations", "confidence"} <= set(
        description["components"]["schemas"]["Answer"]["properties"]
    )


def test_questions_wait_for_the_first_reading(assistant: FakeAssistant) -> None:
    assistant.gate.clear()
    with client_of(assistant) as client, ThreadPoolExecutor(1) as pool:
        assert client.get("/healthz").json()["status"] == "reading"
        asked = pool.submit(client.post, "/api/ask", json={"question": QUESTION})
        assert assistant.asked == []
        assistant.gate.set()

        assert asked.result().json()["status"] == "answered"
        assert client.get("/healthz").json() == {"status": "ready", "notice": ""}


def test_more_questions_than_may_wait_are_sent_away_for_a_while(assistant: FakeAssistant) -> None:
    assistant.gate.clear()
    with client_of(assistant, max_pending=2) as client, ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(client.post, "/api/ask", json={"question": QUESTION}) for _ in range(3)]
        refused = next(done for done in iter(lambda: [f for f in waiting if f.done()], None) if done)[0].result()
        assistant.gate.set()
        answered = [future.result() for future in waiting if future.result() is not refused]

    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert [response.status_code for response in answered] == [200, 200]


def test_a_reading_that_fails_leaves_what_was_indexed_before(assistant: FakeAssistant) -> None:
    class Locked(FakeAssistant):
        def sync(self, progress: object = None) -> Changes:
            super().sync()
            raise IndexBusyError("another process writes to this index. Wait for it to end.")

    with client_of(Locked([assistant._coming["lighthouse.md"]])) as client:
        assert client.post("/api/ask", json={"question": QUESTION}).json()["status"] == "answered"
        assert client.get("/healthz").json()["notice"] == "another process writes to this index. Wait for it to end."


def test_a_bug_is_answered_in_a_sentence_with_a_reference_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeAssistant):
        def ask(self, question: str, *_: object) -> Answer:
            raise RuntimeError("a bug with /a/path in it")

    with client_of(Broken([])) as client:
        forgiving = TestClient(client.app, base_url="http://127.0.0.1", raise_server_exceptions=False)
        response = forgiving.post("/api/ask", json={"question": QUESTION})

    assert response.status_code == 500
    error = response.json()["error"]
    assert error["message"].startswith("Something went wrong inside Sumber")
    assert "/a/path" not in response.text
    (logged,) = [record for record in caplog.records if record.name == "sumber.faults"]
    assert logged.getMessage().removeprefix("fault ") in error["message"], "the reference that is told is in the log"
    assert logged.exc_info
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_a_question_can_be_put_to_some_documents_alone(client: TestClient) -> None:
    everywhere = client.post("/api/ask", json={"question": QUESTION}).json()
    document = everywhere["citations"][0]["document"]
    narrowed = client.post("/api/ask", json={"question": QUESTION, "scope": {"documents": [document]}}).json()
    assert narrowed["citations"] == everywhere["citations"]
    elsewhere = client.post("/api/ask", json={"question": QUESTION, "scope": {"documents": ["no/*"]}}).json()
    assert elsewhere["status"] == "not_found"
    found = client.get("/api/search", params={"question": QUESTION, "document": [document, "no/*"]}).json()["passages"]
    assert {passage["document"] for passage in found} == {document}


def test_a_date_that_is_none_is_refused_with_its_form(client: TestClient) -> None:
    for response in (
        client.post("/api/ask", json={"question": QUESTION, "scope": {"after": "last year"}}),
        client.get("/api/search", params={"question": QUESTION, "before": "17"}),
    ):
        assert response.status_code == 400
        assert "is no date. Give it as 2017, 2017-10 or 2017-10-18" in response.json()["error"]["message"]


PLACES = [
    "/",
    "/documents",
    "/settings",
    "/api/documents",
    "/openapi.json",
    "/config",
    "/theme.css",
    "/gradio_api/info",
    "/nowhere",
    "/docs",
    "/redoc",
]


@pytest.mark.parametrize("place", PLACES)
def test_every_response_forbids_what_is_not_the_servers_own(client: TestClient, place: str) -> None:
    headers = client.get(place).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))

    assert policy["default-src"] == "'none'"
    assert policy["connect-src"] == "'self'"
    assert "'unsafe-inline'" not in policy["script-src"]
    assert not any(word.startswith("http") or word == "*" for value in policy.values() for word in value.split())
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")


@pytest.mark.parametrize("place", ["/docs", "/redoc"])
def test_pages_that_would_load_remote_scripts_do_not_exist(client: TestClient, place: str) -> None:
    assert client.get(place).status_code == 404


@pytest.mark.parametrize(
    "place",
    ["/gradio_api/file=/etc/passwd", "/gradio_api/file=https://example.org/", "/gradio_api/proxy=https://example.org/"],
)
def test_neither_files_nor_addresses_are_fetched_for_anyone(client: TestClient, place: str) -> None:
    assert client.get(place).status_code == 404
    assert client.post("/gradio_api/upload", files={"files": b"x"}).status_code == 404


def test_another_name_for_this_machine_is_refused(client: TestClient) -> None:
    """A page of another site could have its name resolved to 127.0.0.1, and read the documents from there."""
    assert client.get("/api/documents", headers={"Host": "rebound.example"}).status_code == 400
    for name in ("localhost:7860", "127.0.0.1", "[::1]:7860"):
        assert client.get("/api/documents", headers={"Host": name}).status_code == 200


def test_only_asking_is_offered_to_programs(client: TestClient) -> None:
    assert list(client.get("/gradio_api/info").json()["named_endpoints"]) == ["/ask"]


def test_another_assistant_asks_through_mcp(site: str) -> None:
    async def talk() -> tuple[list[str], str, str]:
        async with (
            streamable_http_client(f"{site}mcp") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = [tool.name for tool in (await session.list_tools()).tools]
            good, bad = [await session.call_tool("ask", {"question": question}) for question in (QUESTION, "")]
            return tools, good.content[0].text, bad.content[0].text  # type: ignore[union-attr]

    tools, answered, refused = asyncio.run(talk())
    assert tools == ["ask", "search", "read_document", "list_documents"]
    assert json.loads(answered)["citations"][0]["quote"] == "It is kept by Ratna Wijaya."
    assert "question is empty" in refused
