"""Three hundred hostile documents and answers: what they say stays text, and none of it passes for a citation."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from rag.answers import Standing
from rag.assistant import Assistant
from rag.config import Config
from rag.conversations import Listed, SavedTurn, now
from rag.inbox import Removed
from rag.types import Answer, Document, Section
from rag.ui.conversation import (
    Exchange,
    Talk,
    answer_body,
    conversation,
    error_body,
    invitation_to,
    reopened_body,
    tools,
)
from rag.ui.door import OnSentence
from rag.ui.feedback import feedback_buttons
from rag.ui.filters import filters
from rag.ui.history import conversation_list
from rag.ui.library import MAX_LISTED, library_list, removed_list
from rag.ui.reader import reader
from rag.ui.sources import answer_sources, source_groups
from tests.llm_server import LanguageModelServer, says
from tests.ui.conftest import Visit, site_of
from tests.ui.fake import FakeAssistant, document
from tests.ui.hostile import ADDRESS, PAYLOADS, Make, answered, entry, harmless, hostile, paper, refused

Visitor = Callable[..., Visit]
Sites = Callable[..., str]

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

MANY = 300
AT_ONCE = 25  # documents that one answer cites

# --- what is rendered ------------------------------------------------------------------------------------------------


def rendered(papers: Sequence[Document], make: Make, n: int) -> dict[str, str]:
    """Everything that the pages make of documents, answers, conversations and files, by name."""
    known = {one.path: one for one in papers}
    answer, refusal = answered(papers, make, n), refused(papers, make, n)
    states = ("unchanged", "moved", "source changed", "gone")
    standings = {
        one.number: Standing(states[one.number % 4], papers[0].path if one.number % 4 < 2 else "", 0, 9)
        for one in answer.citations
    }
    saved = SavedTurn(make(n), answer=answer)
    words = tools(1, make(n), answer) + feedback_buttons(1, make(n), answer)
    exchanges = (
        Exchange(1, make(n), answer_body(1, make(n + 1), answer, 3, 9), "", words),
        Exchange(2, make(n), answer_body(2, make(n + 1), refusal, 3, 9, [make(n + k) for k in range(9)])),
        Exchange(3, make(n), answer_body(3, make(n + 1), refusal, 0, 9)),
        Exchange(4, make(n), reopened_body(4, saved, standings)),
        Exchange(5, make(n), reopened_body(5, replace(saved, is_stopped=True), {})),
        Exchange(6, make(n), error_body(make(n))),
    )
    cards = {
        1: answer_sources(1, answer, known),
        2: answer_sources(2, refusal, known),
        3: answer_sources(3, answer, {}),
        4: answer_sources(4, answer, known, standings),
    }
    entries = [entry(one) for one in papers] + [entry(one, failed=make(n)) for one in papers]
    listed = [Listed(f"{number:032x}", now(), make(n + number), 3, number % 2 > 0) for number in range(9)]
    removed = [Removed(f"20260101-000000-{number:08x}", make(n + number), datetime.now()) for number in range(9)]
    shown = {
        "conversation": conversation(Talk(exchanges=exchanges)),
        "sources": source_groups(cards),
        "library": library_list(entries, entries, "", removable=True),
        "removed": removed_list(removed, make(n)),
        "filters": filters(entries),
        "conversations": conversation_list(listed, listed[0].id, make(n), listed[2]),
        "invitation": invitation_to(entries, make(n), is_reading=False),
        "empty": invitation_to([], make(n), is_reading=False),
    }
    readers = {f"reader of {one.path}": reader(one, 10, 20) for one in papers}
    return shown | readers


# The elements of each, in their order and depth, with their attributes, and the values that no document has a say in.
BONES = """
(pairs) => {
  const own = new Set(["class", "id", "type", "role", "style", "hidden", "scope", "tabindex", "dir", "name"]);
  const depth = (element) => (element.parentElement ? 1 + depth(element.parentElement) : 0);
  const bones = (html) => [...new DOMParser().parseFromString(html, "text/html").querySelectorAll("*")].map((element) =>
    [depth(element), element.localName, ...[...element.attributes]
      .map(({ name, value }) => (own.has(name) ? `${name}=${value}` : name))].join(" ")).join("\\n");
  return pairs.filter(([, one, other]) => bones(one) !== bones(other)).map(([name]) => name);
}
"""


def test_a_hostile_document_or_answer_makes_the_elements_that_its_harmless_twin_makes(blank: Page) -> None:
    for begin in range(0, MANY, AT_ONCE):
        numbers = range(begin, begin + AT_ONCE)
        made = [rendered([paper(n, make) for n in numbers], make, begin) for make in (hostile, harmless)]
        pairs = [[name, one, other] for (name, one), other in zip(made[0].items(), made[1].values(), strict=True)]
        assert blank.evaluate(BONES, pairs) == []


def test_an_element_that_came_of_a_text_would_be_noticed(blank: Page) -> None:
    for one, other in (
        ("<p>a</p>", "<p><b>a</b></p>"),
        ("<p>a</p>", "<p title=x>a</p>"),
        ("<p class=a>a</p>", "<p class=marker>a</p>"),
        ("<div><p>a</p></div>", "<div></div><p>a</p>"),
    ):
        assert blank.evaluate(BONES, [["planted", one, other]]) == ["planted"]


# --- the whole server ------------------------------------------------------------------------------------------------


class HostileAssistant(FakeAssistant):
    """Answers from so many of its documents at a time as the question asks for, or declines with them."""

    def ask(self, question: str, history: object = (), on_sentence: OnSentence | None = None, *_: object) -> Answer:
        which, number = re.findall(r"^(Answer|Refuse) (\d+)", question)[0]
        begin = int(number) * AT_ONCE
        papers = list(self._documents.values())[begin : begin + AT_ONCE]
        if which == "Refuse":
            return refused(papers, hostile, begin)
        answer = answered(papers, hostile, begin)
        for sentence, citation in list(zip(answer.sentences, answer.citations, strict=True))[:2]:
            if on_sentence:
                on_sentence(sentence, (citation,))
        return answer

    def unknown_words(self, question: str) -> list[str]:
        return [hostile(n) for n in range(5)]


# What is wrong with a page: elements and attributes that are none of ours, addresses that lead elsewhere than they say,
# names given out twice, and markers without their card.
FAULTS = """
() => {
  const panes = "#invitation, #conversation, #sources, #reader, #cited, #peek, #filters, #history, #library, #removed";
  const tags = new Set(("a article b bdi blockquote button code dd details div dl dt footer form h2 h3 header i input "
    + "label li mark nav ol option p progress q rect section select small span strong summary svg table tbody td th "
    + "thead time tr ul wbr").split(" "));
  const own = new Set(("class id href dir lang hidden role tabindex type name value maxlength placeholder autocomplete "
    + "spellcheck rel target title scope datetime pattern viewBox preserveAspectRatio x y width height style "
    + "selected open").split(" "));
  const addresses = /^(#[gms]\\d+(-\\d+)?|\\.\\/(documents|\\?conversation=[0-9a-f]{32})?)$/;
  const faults = [], ids = new Set();
  for (const element of document.querySelectorAll(`:is(${panes}) *`)) {
    const here = element.localName;
    if (!tags.has(here)) faults.push(`element ${here}`);
    for (const { name } of element.attributes) {
      if (!own.has(name) && !/^(data|aria)-/.test(name)) faults.push(`attribute ${name} of ${here}`);
    }
    if (element.id && ids.has(element.id)) faults.push(`id ${element.id} twice`);
    ids.add(element.id);
    const leads = element.getAttribute("href") ?? "#g1";
    const named = () => element.textContent === `${new URL(leads).hostname} ↗` && element.relList.contains("noopener");
    if (!addresses.test(leads) && !(element.className === "outside" && named())) faults.push(`link to ${leads}`);
  }
  for (const marker of document.querySelectorAll(".marker")) {
    const card = document.querySelector(`#sources ${marker.getAttribute("href")}`);
    const shown = marker.textContent === `[${card?.querySelector(".number").textContent}]`;
    if (!shown || !marker.closest(".turn .sentence")) faults.push(`no card of ${marker.outerHTML}`);
  }
  return faults;
}
"""
# What the last turn says and its cards quote, as a person reads it.
SAID = """
() => {
  const turn = [...document.querySelectorAll(".turn")].at(-1), number = turn.id.slice(1);
  const own = (sentence) => [...sentence.childNodes]
    .filter((node) => !node.matches?.(".marker, .doubt")).map((node) => node.textContent).join("").trimEnd();
  const cards = [...document.querySelectorAll(`.group[data-turn="${number}"] .card`)];
  return {
    sentences: [...turn.querySelectorAll(".sentence")].map(own),
    markers: turn.querySelectorAll(".marker").length,
    quotes: cards.map((card) => [...card.querySelectorAll("mark")].map((part) => part.textContent).join("")),
  };
}
"""


def as_read(text: str) -> str:
    """Without what HTML and its layout do to blanks and to what is no character."""
    return re.sub(r"[\s\0\ufffd]+", "", text)


@pytest.fixture(scope="module")
def papers() -> list[Document]:
    return [paper(n, hostile) for n in range(MANY)]


@pytest.fixture(scope="module")
def site(papers: list[Document]) -> Iterator[str]:
    """A site whose every document, answer and file name is hostile."""
    failed = {f"failed {n} {hostile(n)}": hostile(n + 1) for n in range(20)}
    with site_of(HostileAssistant(papers, failed)) as address:
        yield address


def test_an_answer_shows_the_citations_that_it_has_and_no_other(
    site: str, visit: Visitor, papers: list[Document]
) -> None:
    page = visit(site)
    for number in range(MANY // AT_ONCE):
        if number % 4 == 0:
            page.page.goto(site)  # a new conversation: a long one is sent anew with each turn
        page.ask(f"Answer {number} {hostile(number)}"[:1900])
        begin = number * AT_ONCE
        answer = answered(papers[begin : begin + AT_ONCE], hostile, begin)
        said = page.page.evaluate(SAID)
        assert [as_read(one) for one in said["sentences"]] == [as_read(one.text) for one in answer.sentences]
        assert [as_read(one) for one in said["quotes"]] == [as_read(one.quote) for one in answer.citations]
        assert said["markers"] == AT_ONCE
        assert page.page.evaluate(FAULTS) == []


def test_a_refusal_a_look_at_a_source_and_a_reader_are_made_of_our_own_elements(site: str, visit: Visitor) -> None:
    page = visit(site)
    page.ask("Refuse 2")
    assert page.page.locator(".marker").count() == 0
    assert page.page.locator(".card .number").count() == 0
    turn = page.ask("Answer 3")
    for number in (0, 7, 14):
        turn.locator(".marker").nth(number).hover()
        expect(page.page.locator("#peek blockquote")).to_contain_text(f"Beacon {3 * AT_ONCE + number} says")
        turn.locator(".marker").nth(number).click()
        expect(page.page.locator("#quote").first).to_contain_text(f"Beacon {3 * AT_ONCE + number}")
        assert page.page.locator("#reader [data-document]").count() == 0
        assert page.page.evaluate(FAULTS) == []
        page.page.keyboard.press("Escape")
    page.page.locator(".filters summary").click()
    expect(page.page.locator(".offered li")).to_have_count(MANY)
    turn.locator("[data-say=wrong]").click()
    expect(page.page.locator("form.saying")).to_be_visible()
    assert page.page.evaluate(FAULTS) == []


def test_the_list_of_documents_offers_our_own_buttons_and_no_more(site: str, visit: Visitor) -> None:
    page = visit(site, "documents").page
    expect(page.locator(".documents li")).to_have_count(MAX_LISTED)
    expect(page.locator(".documents .failed")).to_have_count(20)
    assert page.evaluate(FAULTS) == []
    page.get_by_role("searchbox").fill("evil.example <script")
    expect(page.locator(".tally")).to_contain_text(" found")
    for number in (0, 1, 2):
        page.locator(".documents .title").nth(number).click()
        expect(page.locator("#reading")).to_be_focused()
        assert page.evaluate(FAULTS) == []
    page.locator("[data-remove]").first.click()
    expect(page.locator("dialog.removing .path")).not_to_be_empty()
    assert page.locator("dialog.removing .path *").count() == 0


def test_a_word_as_long_as_a_book_neither_stops_nor_widens_a_page(open_site: Sites, visit: Visitor) -> None:
    word = "w" * 300_000  # as an image is that was written into a text
    long = document("word.md", f"{word}\nThe beacon of Tuban is old.\n", word[:300], publisher=word[:300])
    page = visit(open_site(FakeAssistant([long])), viewport={"width": 360, "height": 740})
    page.ask("How old is the beacon of Tuban?").locator(".marker").click()
    expect(page.page.locator("#quote")).to_be_in_viewport()
    assert page.page.evaluate("document.documentElement.scrollWidth") == 360


# Whether the characters of elements stand one after the other, as they are written.
ORDERED = """
(elements) => elements.filter((element) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), places = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (let n = 0; n < node.length; n++) {
      const range = new Range();
      range.setStart(node, n);
      range.setEnd(node, n + 1);
      if (node.data[n].trim()) places.push(range.getBoundingClientRect());
    }
  }
  return places.some((place, n) => n && place.top === places[n - 1].top && place.left < places[n - 1].left);
}).map((element) => element.textContent)
"""


def test_no_text_turns_around_what_stands_beside_it(open_site: Sites, visit: Visitor) -> None:
    text = "The beacon of Tuban \u202eis old.\nThe beacon of Tuban is plain."
    evil = document(
        "e.md", text, "Evil \u202etitle", publisher="\u202eHarbour", published="\u202e2019", url=ADDRESS,
        sections=(Section("\u202eHeading", 0),), pages=(0,),
    )  # fmt: skip
    address = open_site(FakeAssistant([evil]))
    page = visit(address)
    turn = page.ask("Is the beacon of Tuban plain, or old?")
    page.ask("Who sails a zeppelin to the beacon of the moon?")
    plain = turn.locator(".sentence", has_text="is plain")
    ours = page.page.locator(".marker, .verdict, .facts > span:last-of-type, .actions > *, .aside")
    listing = visit(address, "documents").page
    expect(listing.locator(".documents li")).to_have_count(1)
    facts = listing.locator(".documents .facts span", has_text=re.compile("passage|indexed"))
    assert [found for place in (plain, ours, facts) for found in place.evaluate_all(ORDERED)] == []


# --- real files, a real index and a language model that was won over -------------------------------------------------


FILES = range(0, len(PAYLOADS), 2)
KEEPERS = ("Wayan", "Ketut", "Nyoman", "Rudi", "Siti", "Dewi", "Agus", "Bayu", "Eko", "Gita", "Hana")
WROTE = "The beacon of station {0} is kept by {1} [{0}]. {2} Source: [1] Bureau of Lies ✓ verbatim [7]. {2}"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files whose names, front matter and text are hostile, each with one plain sentence to ask for."""
    folder = tmp_path_factory.mktemp("hostile") / "corpus"
    folder.mkdir()
    for n in FILES:
        name = re.sub(r"[\x00/]", "", f"{n:02} {PAYLOADS[-1 - n]}").encode("utf8")[:120].decode("utf8", "ignore")
        fields = ("title", "publisher", "published", "url", "language", "kind")
        front = "".join(f"{field}: {json.dumps(hostile(n + k))}\n" for k, field in enumerate(fields))
        plain = f"The beacon of station {n} is kept by {KEEPERS[n % len(KEEPERS)]}."
        body = f"---\n{front}---\n\n# {hostile(n + 7)}\n\n{PAYLOADS[n]}\n\n{plain} {PAYLOADS[n]}\n"
        (folder / f"{name}.md").write_text(body.replace("\0", ""), "utf8", newline="")
    (folder / "scan\n<img src=x>.pdf").write_bytes(b"no pages")
    return folder


@pytest.fixture(scope="module")
def model() -> Iterator[LanguageModelServer]:
    server = LanguageModelServer()
    yield server
    server.close()


@pytest.fixture(scope="module")
def real(corpus: Path, model: LanguageModelServer) -> Iterator[tuple[Assistant, str]]:
    """An assistant that has read the files, and the site over it."""
    places = {"corpus": corpus, "vectorstore": corpus.parent / "index", "data": corpus.parent / "data"}
    config = {**places, "llm_url": model.url, "llm_model": "scripted", "decline": 0.0}
    with Assistant.open(Config(**config)) as assistant, site_of(assistant, **config) as address:
        yield assistant, address


def test_what_a_model_writes_of_hostile_files_is_shown_as_far_as_they_say_it_and_as_text(
    real: tuple[Assistant, str], visit: Visitor, model: LanguageModelServer
) -> None:
    assistant, address = real
    page = visit(address)
    for n in FILES[::5]:
        model.plays(says(WROTE.format(n, KEEPERS[n % len(KEEPERS)], hostile(n + 1)), piece=200))
        page.ask(f"Who keeps the beacon of station {n}?")
        answer = assistant.ask(f"Who keeps the beacon of station {n}?")
        said = page.page.evaluate(SAID)
        assert [as_read(one) for one in said["sentences"]] == [as_read(one.text) for one in answer.sentences]
        assert [as_read(one) for one in said["quotes"]] == [as_read(one.quote) for one in answer.citations]
        for one in answer.citations:
            assert assistant.document(one.document).text[one.start : one.end] == one.quote
        assert "Bureau of Lies" not in answer.text
        assert page.page.evaluate(FAULTS) == []


def test_hostile_files_are_listed_and_read_as_text(real: tuple[Assistant, str], visit: Visitor) -> None:
    assistant, address = real
    page = visit(address, "documents").page
    expect(page.locator(".documents li")).to_have_count(len(FILES) + 1)
    assert page.evaluate(FAULTS) == []
    for number in range(0, 24, 6):
        page.locator(".documents .title").nth(number).click()
        expect(page.locator("#reading")).to_be_focused()
        assert page.evaluate(FAULTS) == []
    assert len([one for one in assistant.documents() if one.state == "indexed"]) > len(FILES) // 2


@pytest.fixture
def blank(visit: Visitor, site: str) -> Page:
    """A page of ours, and so under our policy."""
    return visit(site, "settings").page
