"""Conversations that are kept: in a real browser, over a restart, apart from other people's, and as a list of HTML."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, expect
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from rag.answers import Standing
from rag.conversations import Conversations, Listed, SavedTurn, now
from rag.types import Answer, Citation, Document, Sentence
from rag.ui.conversation import Exchange, Talk, reopened_body
from rag.ui.history import COOKIE, MAX_LISTED, People, conversation_list
from rag.ui.sources import answer_sources
from tests.ui.conftest import LIGHTHOUSE, Visit, site_of
from tests.ui.fake import FakeAssistant, document

Sites = Callable[[FakeAssistant], contextlib.AbstractContextManager[str]]

LIT = "When was the lighthouse at Cape Sumur lit?"
LIT_QUOTE = "The lighthouse at Cape Sumur was lit in 1879."
FARE = "When does the ferry to Pulau Rawa sail?"
HOSTILE = '<img src=x onerror=alert(1)> ${alert(2)} " onclick="alert(3)'


@pytest.fixture
def keeping(tmp_path: Path) -> Sites:
    """Sites one after the other that keep conversations in the same folder."""
    return lambda door: site_of(door, data=tmp_path / "data")


@pytest.fixture
def served(keeping: Sites, assistant: FakeAssistant) -> Iterator[str]:
    with keeping(assistant) as address:
        yield address


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestInABrowser:
    def test_a_conversation_outlives_a_restart_of_the_server(
        self, browser: Browser, keeping: Sites, documents: list[Document]
    ) -> None:
        context = browser.new_context()
        with keeping(FakeAssistant(documents)) as address:
            page = Visit(context, address)
            page.ask(LIT)
            page.ask("Who painted it?")
            expect(page.page.locator(".earlier li")).to_have_count(1)
            query = page.page.url.removeprefix(address)
            assert query.startswith("?conversation=")
            page.page.close()
        changed = [one for one in documents if one.path != "lighthouse.md"]
        changed.append(document("lighthouse.md", f"A new beginning.\n{LIGHTHOUSE}", "The lighthouse at Cape Sumur"))
        with keeping(again := FakeAssistant(changed)) as address:
            page = Visit(context, address)
            page.page.get_by_role("link", name=LIT).click()
            expect(page.page.locator(".question")).to_have_text([LIT, "Who painted it?"])
            assert page.page.url == f"{address}{query}"
            expect(page.page.locator("#t1 .since")).to_have_text(
                "→ Its sources still say this, 1 of 1 in another place."
            )
            page.page.locator("#t1 .marker").click()
            expect(page.page.locator("#quote")).to_have_text(LIT_QUOTE)
            expect(page.page.locator("#cited")).to_contain_text("→ moved within the document")
            expect(page.page.locator("#t1 .not-traced")).to_be_visible()
            page.ask(FARE)
            assert [turn.question for turn in again.asked[-1][1]] == [LIT, "Who painted it?"]
            page.page.reload()
            expect(page.page.locator(".question")).to_have_text([LIT, "Who painted it?", FARE])
            assert page.faults == []
        context.close()

    def test_an_open_page_goes_on_where_it_was_when_the_server_has_forgotten_it(
        self, served: str, visit: Callable[..., Visit], assistant: FakeAssistant
    ) -> None:
        page = visit(served)
        page.ask(LIT)
        named = page.page.locator(".log").get_attribute("data-conversation")
        page.page.goto(served)
        expect(page.page.locator(".earlier li")).to_have_count(1)
        page.page.evaluate("id => { document.querySelector('.log').dataset.conversation = id; }", named)
        page.page.locator("#question textarea").fill(FARE)
        page.page.keyboard.press("Enter")
        expect(page.page.locator(".question")).to_have_text([LIT, FARE])
        assert [turn.question for turn in assistant.asked[-1][1]] == [LIT]

    def test_people_do_not_see_each_others_conversations(self, served: str, visit: Callable[..., Visit]) -> None:
        mine, yours = visit(served), visit(served)
        mine.ask(LIT)
        expect(mine.page.locator(".earlier li")).to_have_count(1)
        assert COOKIE not in mine.page.evaluate("document.cookie")
        yours.page.goto(mine.page.url)
        expect(yours.page.locator(".earlier .problem")).to_contain_text("There is no such conversation")
        expect(yours.page.locator(".earlier li")).to_have_count(0)
        yours.ask(FARE)
        mine.page.reload()
        expect(mine.page.locator(".earlier li a")).to_have_text([LIT])
        expect(mine.page.locator(".question")).to_have_text(LIT)

    def test_a_conversation_is_renamed_saved_deleted_and_put_back_by_keyboard(
        self, served: str, visit: Callable[..., Visit]
    ) -> None:
        page = visit(served)
        page.ask(HOSTILE)
        page.ask(LIT)
        expect(page.page.locator(".earlier li a")).to_have_text(HOSTILE)
        keyboard, more = page.page.keyboard, page.page.locator(".more")

        more.press("Enter")
        keyboard.press("Enter")
        expect(page.page.get_by_label("Title")).to_be_focused()
        keyboard.type("Lamps / 2")
        keyboard.press("Enter")
        expect(page.page.locator(".earlier li a")).to_have_text("Lamps / 2")
        expect(more).to_be_focused()

        for steps, name, holds in ((1, "Lamps 2.md", f"“{LIT_QUOTE}”"), (2, "Lamps 2.json", '"title": "Lamps / 2"')):
            more.press("Enter")
            for _ in range(steps):
                keyboard.press("Tab")
            with page.page.expect_download() as saved:
                keyboard.press("Enter")
            assert saved.value.suggested_filename == name
            assert holds in saved.value.path().read_text("utf-8")

        more.press("Enter")
        page.page.locator("#talk-menu [data-do=delete]").press("Enter")
        expect(page.page.locator("#deleting .whose")).to_have_text("Lamps / 2")
        keyboard.press("Enter")
        expect(more).to_be_focused()
        more.press("Enter")
        page.page.locator("#talk-menu [data-do=delete]").press("Enter")
        page.page.locator("#deleting").get_by_role("button", name="Delete it").press("Enter")
        expect(page.page.locator(".turn")).to_have_count(0)
        expect(page.page.locator(".undo")).to_have_text("Deleted Lamps / 2. Undo")
        expect(page.page.locator(".undo button")).to_be_focused()
        keyboard.press("Enter")
        expect(page.page.locator(".earlier li a")).to_have_text("Lamps / 2")
        page.page.locator(".earlier li a").press("Enter")
        expect(page.page.locator(".turn .marker").first).to_be_visible()

    def test_where_the_window_is_narrow_the_list_is_behind_a_button(
        self, served: str, visit: Callable[..., Visit]
    ) -> None:
        page = visit(served, viewport={"width": 360, "height": 740}, reduced_motion="reduce")
        page.ask(LIT)
        link = page.page.locator(".earlier li a")
        expect(link).to_be_hidden()
        button = page.page.get_by_role("button", name="Conversations")
        button.press("Enter")
        expect(link).to_be_visible()
        expect(button).to_have_attribute("aria-expanded", "true")
        page.page.keyboard.press("Escape")
        expect(link).to_be_hidden()
        expect(button).to_be_focused()
        assert page.page.evaluate("document.documentElement.scrollWidth") == 360


def whoami(request: Request) -> PlainTextResponse:
    return PlainTextResponse(getattr(getattr(request.state, "person", None), "token", "nobody"))


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    app = FastAPI()
    app.add_route("/", whoami)
    app.add_route("/api/state", whoami)
    app.add_route("/api/ask", whoami)
    app.add_middleware(People, data=tmp_path)
    return TestClient(app)


def test_a_visitor_is_known_by_a_cookie_that_no_script_reads_and_no_other_site_sends(client: TestClient) -> None:
    first = client.get("/")
    assert first.headers["set-cookie"].startswith(f"{COOKIE}={first.text}; Path=/; Max-Age=")
    assert first.headers["set-cookie"].endswith("; HttpOnly; SameSite=Strict")
    assert client.get("/").text == client.get("/api/ask").text == first.text
    assert "set-cookie" not in client.get("/api/state").headers


def test_a_link_from_another_site_takes_nobodys_cookie_away(client: TestClient) -> None:
    """A browser sends no such cookie along with it, and must not be given another in its place."""
    came = client.get("/", headers={"Sec-Fetch-Site": "cross-site"})
    assert came.text == "nobody"
    assert "set-cookie" not in came.headers
    assert "set-cookie" in client.get("/api/state", headers={"Sec-Fetch-Site": "same-origin"}).headers


@pytest.mark.parametrize("forged", ["", "../../etc", "a" * 42, "a" * 44, "ä" * 43, "a" * 42 + "/"])
def test_a_cookie_that_is_none_of_ours_is_replaced(client: TestClient, forged: str) -> None:
    client.cookies.clear()
    answered = client.get("/", headers=[("cookie", f"{COOKIE}={forged}".encode())])  # type: ignore[arg-type]
    assert answered.text not in ("nobody", forged)
    assert client.get("/api/ask", headers=[("cookie", f"{COOKIE}={forged}".encode())]).text == "nobody"  # type: ignore[arg-type]


def listed(title: str, changed: datetime, number: int = 0, **known: bool) -> Listed:
    return Listed(f"{number:032x}", changed, title, 1, **known)


def test_the_list_names_the_current_one_and_when_each_was_last_asked_in() -> None:
    today = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
    days = (timedelta(hours=2), timedelta(days=3), timedelta(days=400))
    made = conversation_list([listed(f"T{n}", today - ago, n) for n, ago in enumerate(days)], f"{1:032x}", today=today)
    assert made.count("aria-current=page") == 1
    assert f'href="./?conversation={1:032x}" aria-current=page' in made
    assert [when in made for when in (">16:00<", ">19 Nov<", ">2025-10-18<")] == [True] * 3


def test_titles_are_text_and_a_damaged_one_cannot_be_opened() -> None:
    made = conversation_list([listed(HOSTILE, now()), listed("", now(), 1, is_damaged=True)], "", notice=HOSTILE)
    assert "<img" not in made
    assert 'onclick="' not in made
    assert made.count("<a ") == 1
    assert "✕ damaged" in made


def test_a_long_list_says_what_it_leaves_out_and_an_empty_one_where_things_are_kept() -> None:
    assert "and 7 older ones" in conversation_list([listed("T", now(), n) for n in range(MAX_LISTED + 7)], "")
    assert "kept here" in conversation_list([], "")


def asked(question: str) -> SavedTurn:
    return SavedTurn(question, answer=Answer(question, "answered", "Yes.", (Sentence("Yes.", (), "supported"),)))


def test_what_came_before_a_turn_is_what_its_question_leans_on(tmp_path: Path) -> None:
    kept = Conversations(tmp_path).new()
    for question in ("A?", "B?", "C?"):
        kept = kept.with_turn(asked(question))
    talk = Talk(kept, tuple(Exchange(n, turn.question) for n, turn in enumerate(kept.turns, 1)))
    assert [turn.question for turn in talk.before(3).history] == ["A?", "B?"]
    assert talk.before(3).kept == replace(kept, turns=kept.turns[:2])
    first = talk.before(1).kept
    assert first
    assert (first.title, first.turns) == ("", ())
    renamed = replace(talk, kept=replace(kept, title="Mine")).before(1).kept
    assert renamed
    assert renamed.title == "Mine"


@pytest.mark.parametrize(
    ("standing", "card", "body"),
    [
        (Standing("unchanged", "a.md", 0, 4), "✓ stands unchanged", "✓ Its sources still say this"),
        (Standing("unchanged", "a.md", 0, 4, True), "✓ still there, in an edited document", "✓ Its sources still"),
        (Standing("moved", "a.md", 7, 11), "→ moved within the document", "→ Its sources still say this, 1 of 1"),
        (Standing("moved", "<b>.md", 7, 11), "→ now in &lt;b&gt;.md", "→ Its sources still say this, 1 of 1"),
        (Standing("source changed"), "◐ the document no longer says this", "◐ Since then 1 of 1 source changed"),
        (Standing("gone"), "✕ document gone", "◐ Since then 1 of 1 source changed"),
    ],
)
def test_a_reopened_answer_says_what_became_of_its_sources(standing: Standing, card: str, body: str) -> None:
    citation = Citation(1, "a.md", "A", None, None, None, 0, 4, "Yes.", "verbatim")
    answer = Answer("Q?", "answered", "Yes.", (Sentence("Yes.", (1,), "verbatim"),), (citation,), confidence=0.9)
    shown = reopened_body(1, SavedTurn("Q?", answer=answer), {1: standing})
    assert body in shown
    assert card in answer_sources(1, answer, {"a.md": document("a.md", "Yes. No.")}, {1: standing})
    assert ("data-document" in shown) == bool(standing.document), (
        "a marker leads to where the quote stands, if anywhere"
    )


def test_a_turn_that_failed_or_was_stopped_is_shown_as_such_again() -> None:
    assert "Try &lt;this&gt;" in reopened_body(1, SavedTurn("Q?", failure="try <this>"), {})
    assert "Stopped before there was an answer" in reopened_body(1, SavedTurn("Q?", is_stopped=True), {})
    partial = replace(asked("Q?"), is_stopped=True)
    assert "Stopped here" in reopened_body(1, partial, {})
