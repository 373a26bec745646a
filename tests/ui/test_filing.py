"""Adding, removing and putting back documents over HTTP: bounded, from our own pages only, and only where wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from rag.ui.limits import MAX_BODY
from tests.ui.conftest import client_of
from tests.ui.fake import FolderAssistant

LARGEST = 2 * MAX_BODY  # bytes; larger than any other request may be


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("filing")
    (home / "corpus").mkdir()
    return home


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[TestClient]:
    with client_of(FolderAssistant(home / "corpus"), data=home / "data", max_file_mb=LARGEST / 1e6) as client:
        yield client


def put(client: TestClient, name: str, content: bytes, **headers: str) -> tuple[int, dict[str, object]]:
    response = client.post("/api/documents", params={"name": name}, content=content, headers=headers)
    return response.status_code, response.json()


def test_a_file_is_added_removed_and_put_back(client: TestClient, home: Path) -> None:
    stored = home / "corpus" / "whole.txt"
    assert put(client, "whole.txt", b"Whole.") == (201, {"document": "whole.txt", "is_new": True})
    assert put(client, "again.txt", b"Whole.") == (200, {"document": "whole.txt", "is_new": False})
    removed = client.delete("/api/documents", params={"document": "whole.txt"}).json()
    assert not stored.exists()
    back = client.post("/api/documents/restore", json={"token": removed["token"]})
    assert (back.json(), stored.read_bytes()) == ({"document": "whole.txt"}, b"Whole.")
    assert client.post("/api/documents/restore", json={"token": removed["token"]}).status_code == 404
    assert client.delete("/api/documents", params={"document": "../whole.txt"}).status_code == 404


def test_a_file_may_be_larger_than_a_question_and_no_larger_than_its_limit(client: TestClient, home: Path) -> None:
    assert put(client, "large.txt", b"x" * LARGEST)[0] == 201
    status, answer = put(client, "larger.txt", b"x" * (LARGEST + 1))
    refusal = {"type": "file_refused", "message": "it is larger than the 2 MB of SUMBER_MAX_FILE_MB"}
    assert (status, answer) == (422, {"error": refusal})
    pieces = client.post(
        "/api/documents?name=pieces.txt", content=(b"x" * 100_000 for _ in range(LARGEST // 100_000 + 1))
    )
    assert pieces.status_code == 422
    assert [path.name for path in (home / "corpus").iterdir() if path.name.startswith((".", "pieces"))] == []


@pytest.mark.parametrize("name", ["photo.raw", "", "..", "a/"])
def test_a_refused_file_has_its_reason(client: TestClient, name: str) -> None:
    status, answer = put(client, name, b"x")
    assert (status, list(answer)) == (422, ["error"])


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://[", "https://127.0.0.1.evil.example"]
)
@pytest.mark.parametrize("place", ["/api/documents?name=evil.txt", "/api/sync", "/api/ask", "/gradio_api/queue/join"])
def test_a_page_of_another_site_can_change_nothing(client: TestClient, home: Path, origin: str, place: str) -> None:
    response = client.post(place, content=b"{}", headers={"Origin": origin})
    assert response.status_code == 403
    assert "Content-Security-Policy" in response.headers
    assert not (home / "corpus" / "evil.txt").exists()
    assert client.delete("/api/documents?document=large.txt", headers={"Origin": origin}).status_code == 403


def test_our_own_pages_and_programs_can(client: TestClient) -> None:
    assert client.post("/api/sync", headers={"Origin": "http://127.0.0.1"}).status_code == 202
    assert client.post("/api/sync").status_code == 202
    assert (
        client.get("/api/state", headers={"Origin": "http://evil.example"}).headers.get("access-control-allow-origin")
        is None
    ), "another site's page cannot read what it gets"


def test_the_state_tells_what_pages_show(client: TestClient) -> None:
    state = client.get("/api/state").json()
    assert set(state) == {"stage", "version", "busy", "words", "done", "total", "told", "notice"}


def test_where_the_owner_does_not_want_it_nothing_is_added_or_removed(home: Path) -> None:
    (home / "corpus" / "kept.txt").write_text("Kept.", "utf-8")
    with client_of(FolderAssistant(home / "corpus"), data=home / "data", uploads=False) as client:
        assert client.post("/api/documents?name=a.txt", content=b"x").status_code == 405
        assert client.delete("/api/documents?document=kept.txt").status_code in (404, 405)
        assert client.post("/api/documents/restore", json={"token": "x"}).status_code == 405
        assert client.post("/api/sync").status_code == 202
        assert "/api/documents/restore" not in client.get("/openapi.json").json()["paths"]
    assert (home / "corpus" / "kept.txt").exists()
    assert not (home / "corpus" / "a.txt").exists()
