"""The pages in three languages: whole catalogs, whose language it is, and no English where there should be none."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from rag.config import Config
from rag.types import Answer, Document
from rag.ui.desk import BUSY
from rag.ui.markup import error_words, percent
from rag.ui.wording import (
    COOKIE,
    LANGUAGES,
    catalog,
    clock,
    counted,
    day,
    number,
    of_scripts,
    preferred,
    retold,
    say,
    speaking,
)
from tests.ui.conftest import Visit, site_of
from tests.ui.fake import FakeAssistant
from tests.ui.test_why import TRACE

UI = Path(__file__).parents[2] / "rag" / "ui"
OTHERS = [code for code in LANGUAGES if code != "en"]
LOCALES = {"ko": "ko-KR", "id": "id-ID"}  # of a browser
Visitor = Callable[..., Visit]

# --- the catalogs ----------------------------------------------------------------------------------------------------


def said(source: str) -> Iterator[str]:
    """The sentences that a module says or marks as said elsewhere."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            words = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if node.func.id in ("say", "known"):
                yield from words[:1]
            elif node.func.id == "counted":
                yield from (f"{{n}} {noun}s" for noun in words if isinstance(noun, str))


def keys() -> set[str]:
    modules = [path.read_text("utf-8") for path in UI.glob("*.py") if path.name != "wording.py"]
    settings = {field.description or "" for field in Config.model_fields.values()}
    return {key for source in modules for key in said(source)} | of_scripts() | settings


def values(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalog_has_every_sentence_of_the_pages_and_no_other(language: str) -> None:
    known = set(catalog(language))
    assert (keys() - known, known - keys()) == (set(), set()), f"to be added to or taken out of wording.{language}.json"


@pytest.mark.parametrize("language", OTHERS)
def test_a_sentence_keeps_its_values_and_signs_and_has_no_html(language: str) -> None:
    for english, words in catalog(language).items():
        assert values(words) == values(english), english
        assert len(re.findall(r"\{", english)) == len(values(english)), f"a value stands twice in: {english}"
        assert not re.search(r"[<>&\"]", words), english
        assert words.strip() == words != "", english
        assert re.findall("[✓✕◐→←…`]", words) == re.findall("[✓✕◐→←…`]", english), english


def test_korean_is_polite_and_leaves_no_particle_to_a_value_that_may_want_another() -> None:
    """What 은/는, 이/가, 을/를, 과/와 and (으)로 are depends on the sound before them, which a name decides."""
    counting = {"passages", "sources", "files", "questions", "documents", "lines", "answered", "wrong", "least", "all"}
    for english, words in catalog("ko").items():
        for name, _ in re.findall(r"\{(\w+)\}(은|는|이|가|을|를|과|와|로|으로)(?![가-힣])", words):
            assert name in counting, english
        assert not re.search(r"(한다|했다|이다|된다|없다|있다)\.", words), english


def test_every_key_of_a_script_is_found_in_it() -> None:
    assert "Copied, with its sources." in of_scripts()
    assert "{n} files" in of_scripts()


# --- numbers, dates, and errors --------------------------------------------------------------------------------------


def test_numbers_and_dates_are_written_as_the_language_does() -> None:
    when, written = datetime(2017, 5, 8, 14, 30), {}
    for language in LANGUAGES:
        with speaking(language):
            written[language] = (number(1234.5, 1), counted(1, "document"), counted(2000, "document"), percent(0.42))
            written[language] += (clock(when), day(when), day(when, with_year=True))
    assert written == {
        "en": ("1,234.5", "1 document", "2,000 documents", "42 %", "14:30", "8 May", "2017-05-08"),
        "ko": ("1,234.5", "문서 1개", "문서 2,000개", "42%", "14:30", "5월 8일", "2017. 5. 8."),
        "id": ("1.234,5", "1 dokumen", "2.000 dokumen", "42%", "14.30", "8 Mei", "8 Mei 2017"),
    }


def test_an_error_of_the_pages_is_told_in_their_language_and_another_is_marked_as_english() -> None:
    with speaking("ko"):
        assert error_words(BUSY.format(n=3)) == "질문 3개가 이미 기다리고 있습니다. 몇 초 뒤 다시 질문하세요."
        assert error_words("the disk is <full>.") == '<span lang="en">The disk is &lt;full&gt;.</span>'
        assert retold("3 documents") is None, "too little to tell it by"
        assert retold("{n} documents") is None, "nobody filled it in"
        assert retold("{folder}, beside the passages") == "{folder}, 구절과 함께 저장"
    assert error_words("the disk is <full>.") == "The disk is &lt;full&gt;."


def test_what_an_unknown_sentence_holds_is_left_alone() -> None:
    with speaking("id"):
        assert say("Not in the catalog: {n}", n=1000) == "Not in the catalog: 1.000"


# --- whose language --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("de-DE,de;q=0.9,id;q=0.5,en;q=0.4", "id"),
        ("in-ID", "id"),
        ("ko;q=0.2, id;q=0.7", "id"),
        ("ko;q=0,en;q=0.1", "en"),
        ("fr,*;q=0.5", "en"),
        ("KO_kr", "ko"),
        ("ko;q=high,id;q=0.1", "id"),
        ("id ; q=1.0 , ko;q=0.999", "id"),
        (";;,,q=1;ko", "en"),
        ("x," * 5000 + "ko", "en"),
    ],
)
def test_the_browser_is_given_what_it_asks_for_most(accepted: str, language: str) -> None:
    assert preferred(accepted) == language


# --- in a browser ----------------------------------------------------------------------------------------------------

in_browser = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
LIT = "When was the lighthouse at Cape Sumur lit?"
UNANSWERED = "Who painted the lighthouse of Surabaya?"
QUESTION = {"id": "lit", "question": LIT, "answers": ["1879"], "answerable": True}

# Text and labels that a person meets, hidden ones too, but for what is marked as of another language than the page,
# and for what documents and questions say.
READ = """() => {
  const strangers = ".question, .asked, .sentence, .credit, .titles, .title, .path, .leaf, .value, .quote, .versions, "
    + "blockquote, bdi, q";
  const own = (element) => element.closest("[lang]").lang === document.documentElement.lang
    && !element.closest(`script, style, code, .nav-holder, ${strangers}`); // the holder is Gradio's, and never shown
  const found = [document.title];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) if (own(walk.currentNode.parentElement)) found.push(walk.currentNode.data);
  for (const element of document.querySelectorAll("body *")) {
    for (const name of own(element) ? ["aria-label", "placeholder", "title"] : []) {
      found.push(element.getAttribute(name) ?? "");
    }
  }
  return found;
}"""
# What is called so in every language: keys, languages, parts of names of the documents here, and of what is installed.
NAMES = """Enter Shift Esc English Bahasa Indonesia The lighthouse at Cape Sumur Harbour Office Ferry timetable Pilot
notes harbour example scan pdf few MiniLM python sumber llama index core chromadb sentence
transformers torch gradio Linux"""
_LATIN = re.compile(r"[A-Za-z]{2,}")
_FILE = re.compile(r"\S*[/.]\w\S*")  # or a version, a host, a number


class Explaining(FakeAssistant):
    """Explains its answers, so that there is all to read on the page that there can be."""

    def ask(self, *asked: Any, **more: Any) -> Answer:
        return replace(super().ask(*asked, **more), trace=TRACE)


def latin(texts: Iterable[str]) -> set[str]:
    return {word.lower() for text in texts for word in _LATIN.findall(_FILE.sub("", text.replace(LIT, "")))}


def english_on(page: Page) -> list[str]:
    """What a page shows with a word in it that is English, or in Korean with any that is no name."""
    language = page.locator("html").get_attribute("lang") or ""
    allowed = latin([NAMES, *catalog(language).values()])
    foreign = None if language == "ko" else latin(catalog(language))
    found = {text.strip(): latin([text]) - allowed for text in page.evaluate(READ)}
    return [text for text, words in found.items() if (words if foreign is None else words & foreign)]


@pytest.fixture(scope="module")
def explained(documents: list[Document], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("wording")
    (root / "few.jsonl").write_text(json.dumps(QUESTION), "utf-8")
    assistant = Explaining(documents, {"scan.pdf": "it holds images of pages and no text."})
    with site_of(assistant, corpus=root, vectorstore=root / "index", data=root / "data", questions=root) as address:
        yield address


class TestInABrowser:
    pytestmark = in_browser

    @pytest.mark.parametrize("language", OTHERS)
    def test_no_english_is_left_on_the_page_that_questions_are_asked_on(
        self, explained: str, visit: Visitor, language: str
    ) -> None:
        visited = visit(explained, locale=LOCALES[language])
        page = visited.page
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator(".filters")).to_be_attached()
        assert english_on(page) == []
        answered, refused = visited.ask(LIT), visited.ask(UNANSWERED)
        answered.locator("[data-say=wrong]").click()
        expect(page.locator("form.saying li").first).to_be_visible()
        refused.locator("[data-edit]").click()
        answered.locator(".marker").first.click()
        expect(page.locator("#quote")).to_be_visible()
        page.locator(".filters summary").click()
        page.locator("[name=after]").fill("x")
        assert english_on(page) == []
        with speaking(language):
            expect(refused.locator("dt").first).to_have_text(say("Looked for"))
            expect(answered.locator(".why summary")).to_have_text(say("Why this answer"))

    @pytest.mark.parametrize("language", OTHERS)
    def test_no_english_is_left_on_the_other_pages(self, explained: str, visit: Visitor, language: str) -> None:
        page = visit(explained, "documents", locale=LOCALES[language]).page
        expect(page.locator(".documents li")).to_have_count(5)
        page.locator(".documents .title").first.click()
        expect(page.locator("#reading")).to_be_visible()
        assert english_on(page) == []

        page.goto(f"{explained}evaluation")
        expect(page.locator("[name=set] option")).to_have_count(2)
        page.locator("[name=set]").select_option("set/few.jsonl")
        page.locator("[data-do=examine]").click()
        page.locator("[data-do=begin]").click()
        expect(page.locator(".report h1")).to_be_visible()
        assert english_on(page) == []

        page.goto(f"{explained}settings")
        expect(page.locator(".leaves-machine")).to_be_visible()
        expect(page.locator("[name=language]")).to_have_value("")
        assert english_on(page) == []

    def test_what_is_chosen_in_the_settings_goes_before_what_the_browser_asks_for(
        self, explained: str, visit: Visitor
    ) -> None:
        page = visit(explained, "settings", locale="en-US").page
        page.get_by_label("Language of these pages").select_option("ko")
        expect(page.locator("html")).to_have_attribute("lang", "ko")
        expect(page.locator(".masthead [aria-current]")).to_have_text("설정")
        page.goto(explained)
        expect(page.locator("#question textarea")).to_have_attribute("placeholder", "문서에 대해 물어보세요")
        page.goto(f"{explained}settings")
        page.locator("[name=language]").select_option("")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        assert COOKIE not in [one["name"] for one in page.context.cookies()]

    def test_two_people_who_ask_at_the_same_time_are_each_answered_in_their_language(
        self, documents: list[Document], open_site: Callable[..., str], visit: Visitor
    ) -> None:
        both = Barrier(2)

        class Meeting(FakeAssistant):
            """Answers no one before both have asked, and nobody's next sentence before the other's."""

            def ask(self, *asked: Any, **more: Any) -> Answer:
                both.wait(20)
                told = more.pop("on_sentence", None) or (asked[2] if len(asked) > 2 else None)

                def tell(*sentence: Any) -> None:
                    both.wait(20)
                    if told:
                        told(*sentence)

                answer = super().ask(asked[0], asked[1] if len(asked) > 1 else (), tell)
                both.wait(20)
                return answer

        site = open_site(Meeting(documents))
        visits = {language: visit(site, locale=LOCALES[language]) for language in OTHERS}
        turns = {language: visited.send(LIT) for language, visited in visits.items()}
        for language, turn in turns.items():
            with speaking(language):
                expect(turn.locator(".aside a")).to_have_text(counted(1, "source"))
                expect(turn.locator("[data-again]")).to_have_text(say("Ask again"))
                expect(visits[language].card(turn).locator(".verdict")).to_have_text(say("✓ verbatim"))
