"""Served to others: every door asks for a key where one is set, guesses are slowed, and nothing opens by mistake."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import httpx
import openai
import pytest
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from rag.config import Config
from rag.types import SettingsError
from rag.ui.access import COOKIE, GUESSES, MOST_SESSIONS, SESSION_SECONDS, Sessions
from rag.ui.limits import Allowances
from rag.ui.server import serve
from tests.doors.conftest import QUESTION, Opener
from tests.ui.conftest import client_of
from tests.ui.fake import FakeAssistant

PASSWORD, TOKEN = "correct horse", "a-token-of-a-program-1"
KEYS = {"password": PASSWORD, "tokens": f"another-one-of-a-program, {TOKEN}"}


@pytest.fixture
def client(assistant: FakeAssistant) -> Iterator[TestClient]:
    with client_of(assistant, **KEYS) as client:
        client.follow_redirects = False
        yield client


def signed_in(client: TestClient, password: str = PASSWORD, **fields: str) -> httpx.Response:
    return client.post("/sign-in", data={"password": password, **fields})


def paths_of(routes: Iterable[object], before: str = "") -> Iterator[tuple[str, str]]:
    """Every method and path of an app and of what is mounted in it, with something in each place of a path."""
    for route in routes:
        path = before + re.sub(r"\{[^}]*\}", "x", getattr(route, "path", ""))
        if included := getattr(route, "original_router", None):
            yield from paths_of(included.routes, before)
        elif isinstance(route, Mount):
            yield from paths_of(route.routes, path.rstrip("/"))
            yield "GET", f"{path}/x"
        else:
            for method in getattr(route, "methods", None) or {"GET", "POST"}:
                yield method, path or "/"


def test_every_route_asks_for_a_key_but_two(client: TestClient) -> None:
    routes = set(paths_of(client.app.routes)) | {("GET", "/sign-out"), ("GET", "/nowhere"), ("POST", "/mcp/")}  # type: ignore[attr-defined]
    known = {"/api/ask", "/v1/models", "/mcp", "/openapi.json", "/config", "/gradio_api/queue/join"}
    assert known <= {path for _, path in routes}
    assert len(routes) > 60
    for method, path in sorted(routes):
        response = client.request(method, path)
        if path == "/healthz" and method == "GET":
            assert set(response.json()) == {"status", "notice"}
        elif path not in ("/healthz", "/sign-out"):
            is_page = method in ("GET", "HEAD") and response.status_code == 303
            assert is_page or response.status_code == 401, (method, path)
            if is_page:
                assert response.headers["location"].startswith("./sign-in?next=")
        assert "default-src 'none'" in response.headers["Content-Security-Policy"], (method, path)


def test_a_socket_is_refused(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/gradio_api/queue/join"):
        pass


def test_a_person_signs_in_and_out(client: TestClient) -> None:
    assert client.get("/documents").headers["location"] == "./sign-in?next=/documents"
    assert 'name="next" value="/documents"' in client.get("/sign-in?next=/documents").text
    entered = signed_in(client, next="/documents")
    assert (entered.status_code, entered.headers["location"]) == (303, "./documents")
    cookie = entered.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie
    assert client.get("/").status_code == client.get("/api/documents").status_code == 200
    assert "You are signed in." in client.get("/sign-in").text
    token = client.cookies[COOKIE]
    assert client.post("/sign-out").headers["location"] == "./sign-in"
    assert client.get("/api/documents", headers={"Cookie": f"{COOKIE}={token}"}).status_code == 401


def test_the_cookie_is_for_https_alone_where_it_came_by_https(assistant: FakeAssistant) -> None:
    with client_of(assistant, **KEYS) as client:
        safe = TestClient(client.app, base_url="https://docs.example.org", follow_redirects=False)
        assert "; Secure" in signed_in(safe).headers["set-cookie"]


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/api/documents", '"><b>']
)
def test_signing_in_leads_to_our_own_pages_alone(client: TestClient, wanted: str) -> None:
    page = client.get("/sign-in", params={"next": wanted}).text
    assert 'name="next" value="/"' in page
    assert signed_in(client, next=wanted).headers["location"] == "./"


@pytest.mark.parametrize("forged", ["", "x", "a" * 43, "ä", f"{COOKIE}"])
def test_a_made_up_session_is_none(client: TestClient, forged: str) -> None:
    cookie = f"{COOKIE}={forged}".encode()
    assert client.get("/api/documents", headers=[(b"cookie", cookie)]).status_code == 401  # type: ignore[arg-type]


@pytest.mark.parametrize("key", [PASSWORD, TOKEN])
def test_a_program_sends_a_key(client: TestClient, key: str) -> None:
    for kind in ("Bearer", "bearer"):
        assert client.get("/api/documents", headers={"Authorization": f"{kind} {key}"}).status_code == 200
    refused = client.get("/api/documents", headers={"Authorization": f"Basic {key}"})
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert refused.json()["error"]["remedy"]


def test_an_openai_client_sends_its_key(assistant: FakeAssistant, open_site: Opener) -> None:
    address = open_site(assistant, tokens=TOKEN)
    with openai.OpenAI(base_url=f"{address}/v1", api_key=TOKEN) as client:
        assert client.models.retrieve("sumber").id == "sumber"
    with openai.OpenAI(base_url=f"{address}/v1", api_key="wrong") as client, pytest.raises(openai.AuthenticationError):
        client.chat.completions.create(model="sumber", messages=[{"role": "user", "content": QUESTION}])


def test_guesses_are_slowed_and_a_right_one_is_not_told_while_they_are(client: TestClient) -> None:
    answers = [client.get("/config", headers={"Authorization": f"Bearer guess-{n}"}) for n in range(GUESSES)]
    assert {one.status_code for one in answers} == {401}
    for key in ("another", TOKEN):
        slowed = client.get("/config", headers={"Authorization": f"Bearer {key}"})
        assert slowed.status_code == 429
        assert 1 <= int(slowed.headers["Retry-After"]) <= 7
    page = signed_in(client)
    assert (page.status_code, "Too many wrong keys" in page.text) == (429, True)


def test_a_wrong_password_is_said_to_be_wrong_on_the_page(client: TestClient) -> None:
    page = signed_in(client, "wrong horse")
    assert (page.status_code, "That is not right." in page.text, "wrong horse" in page.text) == (401, True, False)
    assert client.post("/sign-in", content=b"&" * 9_000).status_code == 401
    assert client.post("/sign-in", content=b"x" * 10_001).status_code == 413
    assert client.put("/sign-in").status_code == 405


def test_the_sign_in_page_speaks_the_language_of_whoever_comes(client: TestClient) -> None:
    for language, words, wrong, inside in (
        ("en", "Password or token", "That is not right.", "You are signed in."),
        ("id", "Kata sandi atau token", "Kata sandi atau token itu salah.", "Anda sudah masuk."),
        ("ko", "비밀번호 또는 토큰", "비밀번호나 토큰이 맞지 않습니다.", "로그인되어 있습니다."),
    ):
        client.headers["Accept-Language"] = language
        asking = client.get("/sign-in").text
        assert f'<html lang="{language}">' in asking
        assert f'<label for="password">{words}</label>' in asking
        assert wrong in signed_in(client, "wrong horse").text
        signed_in(client)
        assert inside in client.get("/sign-in").text
        client.post("/sign-out")


def test_the_page_of_another_site_signs_nobody_in_or_out(client: TestClient) -> None:
    for path in ("/sign-in", "/sign-out"):
        refused = client.post(path, data={"password": PASSWORD}, headers={"Origin": "http://evil.example"})
        assert refused.status_code == 403


def test_a_stranger_hears_of_the_servers_health_and_not_of_its_files(assistant: FakeAssistant) -> None:
    class Failing(FakeAssistant):
        def sync(self, progress: object = None) -> object:  # type: ignore[override]
            raise SettingsError("the folder /home/ratna is gone. Make it")

    with client_of(Failing([]), **KEYS) as client:
        while client.get("/healthz").json()["status"] == "reading":
            pass
        assert client.get("/healthz").json() == {"status": "failed", "notice": ""}


def test_sessions_end_with_time_and_are_no_more_than_so_many() -> None:
    now = 0.0
    sessions = Sessions(lambda: now)
    first = sessions.begin()
    assert sessions.knows(first)
    now = SESSION_SECONDS
    assert not sessions.knows(first)
    kept = [sessions.begin() for _ in range(MOST_SESSIONS + 1)]
    assert [sessions.knows(one) for one in (kept[0], kept[1], kept[-1])] == [False, True, True]


@pytest.mark.parametrize("most", [1, 3, 120])
def test_an_allowance_is_spent_and_comes_back(most: int) -> None:
    now = 100.0
    allowances = Allowances(most, 60, lambda: now)
    for _ in range(most):
        assert allowances.wait("a") == 0
        allowances.take("a")
    assert allowances.wait("a") == pytest.approx(60 / most)
    assert allowances.wait("b") == 0
    now += 60 / most + 1e-6
    assert allowances.wait("a") == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_others_are_served_only_on_purpose(assistant: FakeAssistant, host: str) -> None:
    with pytest.raises(SettingsError, match=r"SUMBER_PASSWORD or SUMBER_TOKENS, give --open-to-everyone"):
        serve(assistant, Config(host=host))


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"password": "short"}, "8 characters"), ({"tokens": f"{TOKEN},short"}, "16 characters")],
)
def test_a_key_that_is_easily_guessed_is_no_setting(settings: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as raised:
        Config(**settings)
    assert "short" not in str(raised.value)


OPEN = {"host": "0.0.0.0", "open_to_everyone": True}


@pytest.mark.parametrize(
    ("settings", "name", "status"),
    [
        ({}, "docs.example.org", 400),
        ({}, "192.0.2.7", 400),
        ({}, "", 400),
        (OPEN, "docs.example.org", 400),
        (OPEN, "192.0.2.7:7860", 200),
        (OPEN, "[2001:db8::1]:7860", 200),
        (OPEN, "sumber:7860", 200),
        (KEYS, "docs.example.org", 200),
    ],
)
def test_a_name_that_another_site_may_have_made_up_is_refused_unless_a_key_protects(
    assistant: FakeAssistant, settings: dict[str, str], name: str, status: int
) -> None:
    with client_of(assistant, **settings) as client:
        response = client.get("/api/documents", headers={"Host": name, "Authorization": f"Bearer {TOKEN}"})
        assert response.status_code == status
