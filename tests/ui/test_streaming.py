"""An answer as it comes: sentence by sentence, stopped midway, and from a language model that still writes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from rag.assistant import Assistant
from rag.config import Config
from rag.types import EVERYTHING, Answer, Document, QuestionError, Scope
from rag.ui.door import Door, OnSentence
from rag.ui.listening import LeftError
from tests.conftest import FERRY, LIGHTHOUSE
from tests.llm_server import Exchange, LanguageModelServer, says
from tests.ui.conftest import Visit
from tests.ui.fake import FakeAssistant

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
Visitor = Callable[..., Visit]
Sites = Callable[[Door], str]

LAMP = "Litres of oil, nautical miles?"  # half of it is in each of two sentences
FIRST, SECOND = "The lamp burns 14 litres of oil a night.", "Ships see it from 22 nautical miles away."
FARE = "How much is a ticket for the ferry Gannet?"
PATIENCE = 20  # seconds


class Pausing(FakeAssistant):
    """Pauses after each sentence until it may go on. Then goes on, or `fails`."""

    def __init__(self, documents: list[Document]) -> None:
        super().__init__(documents)
        self.may_go_on = threading.Event()
        self.left = threading.Event()
        self.fails = False

    def ask(
        self,
        question: str,
        history: object = (),
        on_sentence: OnSentence | None = None,
        scope: Scope = EVERYTHING,
    ) -> Answer:
        answer = super().ask(question, (), None, scope)
        for sentence in answer.sentences:
            assert on_sentence
            new = tuple(one for one in answer.citations if one.number in sentence.citations)
            try:
                on_sentence(sentence, new)
            except LeftError:
                self.left.set()
                raise
            assert self.may_go_on.wait(PATIENCE)
            if self.fails:
                raise QuestionError("this fails. Ask another")
        return answer


@pytest.fixture(scope="module")
def _shared(documents: list[Document]) -> Pausing:
    """What `site` and `page` have behind them in this module."""
    return Pausing(documents)


@pytest.fixture
def pausing(_shared: Pausing) -> Iterator[Pausing]:
    _shared.may_go_on.clear()
    _shared.fails = False
    yield _shared
    _shared.may_go_on.set()


def test_each_sentence_is_shown_with_its_source_while_the_next_is_awaited(page: Visit, pausing: Pausing) -> None:
    turn = page.send(LAMP)
    expect(turn.locator(".sentence")).to_have_text([f"{FIRST}[1]"])
    expect(turn.locator(".thinking")).to_be_visible()
    turn.locator(".marker").click()
    expect(page.page.locator("#quote")).to_have_text(FIRST)
    expect(page.page.locator("#reading")).to_be_focused()
    expect(page.page.locator("#stop")).to_be_visible()
    pausing.may_go_on.set()
    expect(turn.locator(".sentence")).to_have_text([f"{FIRST}[1]", f"{SECOND}[2]"])
    expect(turn.locator(".aside")).to_contain_text("2 sources")
    expect(page.page.locator("#stop")).to_be_hidden()
    expect(page.page.locator("#reading")).to_be_focused()
    expect(page.page.locator("#quote")).to_be_visible()


def test_sources_of_an_earlier_answer_stay_in_view_while_another_comes(page: Visit, pausing: Pausing) -> None:
    pausing.may_go_on.set()
    earlier = page.ask(LAMP)
    pausing.may_go_on.clear()
    turn = page.send(LAMP)
    expect(page.card(turn)).to_be_visible()
    earlier.locator(".aside a").click()
    expect(page.card(earlier)).to_be_visible()
    pausing.may_go_on.set()
    expect(page.card(turn, 2)).to_be_attached()
    expect(page.card(earlier)).to_be_visible()
    expect(page.card(turn, 2)).to_be_hidden()


def test_stopping_keeps_what_was_shown_and_ends_the_answering_too(page: Visit, pausing: Pausing) -> None:
    turn = page.send(LAMP)
    expect(turn.locator(".sentence")).to_have_count(1)
    page.page.locator("#stop").click()
    expect(turn.locator(".stopped")).to_have_text("Stopped here; there may have been more to say.")
    expect(turn.locator(".sentence")).to_have_text([f"{FIRST}[1]"])
    expect(page.page.locator("#question textarea")).to_be_focused()
    pausing.may_go_on.set()
    assert pausing.left.wait(PATIENCE)
    expect(page.ask(LAMP).locator(".sentence")).to_have_count(2)
    expect(turn.locator(".sentence")).to_have_count(1)


def test_motion_ends_where_less_of_it_is_wanted(page: Visit, pausing: Pausing) -> None:
    page.page.emulate_media(reduced_motion="reduce")
    dots = page.send(LAMP).locator(".thinking span")
    expect(dots).to_be_attached()
    assert dots.evaluate("element => getComputedStyle(element, '::after').animationName") == "none"
    page.page.emulate_media(reduced_motion="no-preference")
    assert dots.evaluate("element => getComputedStyle(element, '::after').animationName") != "none"
    pausing.may_go_on.set()
    expect(page.page.locator(".waiting")).to_have_count(0)


def test_an_error_after_the_first_sentence_takes_its_place(page: Visit, pausing: Pausing) -> None:
    pausing.fails = True
    turn = page.send(LAMP)
    expect(page.card(turn)).to_be_visible()
    pausing.may_go_on.set()
    expect(turn.locator(".problem")).to_have_text("This fails. Ask another")
    expect(turn.locator(".sentence")).to_have_count(0)
    expect(page.card(turn)).to_have_count(0)


def test_a_question_that_waits_for_the_documents_can_be_taken_back(
    assistant: FakeAssistant, open_site: Sites, visit: Visitor
) -> None:
    assistant.gate.clear()
    page = visit(open_site(assistant))
    turn = page.send(LAMP)
    expect(page.page.locator("#stop")).to_be_visible()
    page.page.locator("#stop").press("Enter")
    expect(turn.locator(".stopped")).to_have_text("Stopped before there was an answer.")
    assistant.gate.set()
    expect(page.ask(LAMP).locator(".aside")).to_contain_text("source")


def test_the_first_sentence_is_there_before_the_language_model_has_ended(
    tmp_path: Path, open_site: Sites, visit: Visitor
) -> None:
    read = threading.Event()

    def writes(exchange: Exchange) -> None:
        exchange.begin()
        exchange.delta({"content": "A ticket for the ferry Gannet costs 12 euros [1]. Children "})
        assert read.wait(PATIENCE)
        exchange.delta({"content": "travel free [1]."}, "stop")
        exchange.send(b"data: [DONE]\n\n")
        exchange.end()

    (tmp_path / "corpus").mkdir()
    for name, text in {"ferries.md": FERRY, "lighthouse.md": LIGHTHOUSE}.items():
        (tmp_path / "corpus" / name).write_text(text, "utf8")
    model = LanguageModelServer()
    config = Config(corpus=tmp_path / "corpus", vectorstore=tmp_path / "index", llm_url=model.url, llm_model="scripted")
    try:
        with Assistant.open(config) as assistant:
            assistant.sync()
            model.plays(says("A ticket for the ferry Gannet costs 12 euros [1]."))
            assistant.ask(FARE)  # what is loaded late is loaded now
            model.plays(writes)
            page = visit(open_site(assistant))
            turn = page.send(FARE)
            expect(turn.locator(".sentence")).to_have_text(["A ticket for the ferry Gannet costs 12 euros.[1]"])
            expect(page.card(turn).locator("mark")).to_contain_text("A ticket costs 12 euros")
            read.set()
            expect(turn.locator(".sentence").nth(1)).to_contain_text("Children travel free.")
            expect(turn.locator(".aside").first).to_contain_text("source")
            page.page.close()
    finally:
        read.set()
        model.close()
