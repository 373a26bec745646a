"""The page in a real browser: what a person sees, clicks and types, and what no document can do to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, expect

from rag.types import Answer, SumberError
from rag.ui.door import Door
from tests.ui.conftest import Visit, site_of
from tests.ui.fake import FakeAssistant, document

# Gradio counts its events with options of pandas that pandas 3 deprecates.
pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
Visitor = Callable[..., Visit]
Sites = Callable[[Door], str]

LIT = "When was the lighthouse at Cape Sumur lit?"
LIT_QUOTE = "The lighthouse at Cape Sumur was lit in 1879."
UNANSWERED = "Who painted the lighthouse of Surabaya?"
BUOY = "Which wreck does the green buoy mark?"


def test_an_answer_has_a_marker_that_leads_to_the_quote_in_its_text(page: Visit) -> None:
    turn = page.ask(LIT)
    expect(turn.locator(".sentence").first).to_have_text(f"{LIT_QUOTE}[1]")
    expect(turn.locator("strong")).to_have_text("1879")

    turn.locator(".marker").first.click()
    card = page.card(turn)
    expect(card).to_be_focused()
    expect(card.locator("mark")).to_have_text(LIT_QUOTE)
    expect(card.locator("mark")).to_be_in_viewport()
    expect(card.locator("blockquote")).to_contain_text("It is kept by Ratna Wijaya.")
    expect(card.locator("h3")).to_contain_text("The lighthouse at Cape Sumur, Harbour Office, 2019-05")
    expect(card.locator(".verdict")).to_have_text("✓ verbatim")
    expect(card.locator("a.outside")).to_have_attribute("rel", "noopener noreferrer")


def test_a_card_leads_back_to_its_marker(page: Visit) -> None:
    turn = page.ask(LIT)
    marker = turn.locator(".marker").first
    marker.press("Enter")
    expect(page.card(turn)).to_be_focused()
    page.card(turn).locator(".back").press("Enter")
    expect(marker).to_be_focused()


def test_a_brief_says_that_it_is_one_and_its_page_is_named(page: Visit) -> None:
    card = page.card(page.ask("On what day does the ferry not sail?"))
    expect(card.locator("h3")).to_contain_text("Our brief of: Ferry timetable")
    expect(card).to_contain_text("page 2")


def test_the_markers_of_an_earlier_answer_still_lead_to_its_own_sources(page: Visit) -> None:
    first, second = page.ask(LIT), page.ask(BUOY)
    expect(page.card(second)).to_be_visible()
    expect(page.card(first)).to_be_hidden()
    first.locator(".marker").first.click()
    expect(page.card(first)).to_be_focused()
    expect(page.card(second)).to_be_hidden()


def test_a_refusal_shows_what_is_nearest_and_says_that_it_does_not_answer(page: Visit) -> None:
    turn = page.ask(UNANSWERED)
    expect(turn.locator(".reply")).to_have_text("The documents do not answer this.")
    expect(turn.locator(".aside")).to_contain_text(UNANSWERED)
    expect(page.page.locator("#sources h2:visible")).to_have_text("Nearest passages")
    expect(page.page.locator(".card:visible .verdict").first).to_have_text("✕ does not answer")
    expect(turn.locator(".marker")).to_have_count(0)


def test_a_document_opens_at_its_quote_and_closes_again(page: Visit) -> None:
    opener = page.card(page.ask(BUOY)).locator(".open")
    for close in ("Escape", "click"):
        opener.click()
        quote = page.page.locator("#quote")
        expect(quote).to_have_text("The green buoy marks the wreck of the Sinar Laut.")
        expect(quote).to_be_in_viewport()
        expect(page.page.locator("#sources")).to_be_hidden()
        if close == "Escape":
            page.page.keyboard.press("Escape")
        else:
            page.page.locator(".close").click()
        expect(opener).to_be_focused()


def test_the_list_of_documents_opens_them_and_names_failures(page: Visit) -> None:
    page.page.get_by_role("button", name="Documents", exact=True).click()
    listed = page.page.locator(".documents")
    expect(listed).to_contain_text("Could not be read: it holds images of pages and no text.")
    expect(listed.locator("li", has_text="The lighthouse at Cape Sumur")).to_contain_text("✓ indexed")
    listed.get_by_role("button", name="인천 등대").click()
    expect(page.page.locator(".leaves")).to_have_attribute("lang", "ko")
    expect(page.page.locator(".leaf")).to_contain_text("등대는 1903년에")
    page.page.keyboard.press("Escape")


def test_asking_needs_no_mouse(site: str, visit: Visitor) -> None:
    page = visit(site).page
    expect(page.locator(".titles")).to_contain_text("The lighthouse at Cape Sumur")
    box = page.locator("#question textarea")
    expect(box).to_be_focused()
    page.keyboard.type("When was the lighthouse")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("at Cape Sumur lit?")
    expect(box).to_have_value("When was the lighthouse\nat Cape Sumur lit?")
    page.keyboard.press("Enter")
    expect(page.locator(".turn .aside")).to_be_visible()
    expect(box).to_have_value("")
    expect(box).to_be_focused()

    for _ in range(30):
        page.keyboard.press("Shift+Tab")
        if page.locator(".marker").first.evaluate("marker => marker === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#s1-1")).to_be_focused()


def test_an_empty_question_is_not_asked(page: Visit, serving: FakeAssistant) -> None:
    page.page.locator("#question textarea").press("Enter")
    page.page.locator("#question textarea").fill("   ")
    page.page.locator("#send").click()
    page.ask(LIT)
    assert [question for question, _ in serving.asked] == [LIT]


def test_a_question_sent_twice_by_accident_is_asked_once(page: Visit, serving: FakeAssistant) -> None:
    turn = page.send(LIT)
    page.page.keyboard.press("Enter")
    expect(turn.locator(".aside")).to_be_visible()
    page.ask(BUOY)
    assert [question for question, _ in serving.asked] == [LIT, BUOY]


def test_a_follow_up_is_asked_with_what_was_said_before(page: Visit, serving: FakeAssistant) -> None:
    page.ask(LIT)
    page.ask(UNANSWERED)
    page.ask(BUOY)
    earlier, declined = serving.asked[-1][1][-2:]
    assert (earlier.question, earlier.answer.startswith(LIT_QUOTE)) == (LIT, True)
    assert (declined.question, declined.answer) == (UNANSWERED, "")


def test_a_conversation_is_seen_by_its_own_tab_only(
    page: Visit, site: str, visit: Visitor, serving: FakeAssistant
) -> None:
    page.ask(LIT)
    other = visit(site)
    expect(other.page.locator(".turn")).to_have_count(0)
    other.ask(BUOY)
    assert serving.asked[1] == (BUOY, ())


def test_the_page_tells_how_far_the_reading_is_and_answers_after_it(
    assistant: FakeAssistant, open_site: Sites, visit: Visitor
) -> None:
    assistant.gate.clear()
    site = open_site(assistant)
    page = visit(site).page
    expect(page.locator(".status")).to_have_text("Reading your documents: 0 of 4, lighthouse.md")
    page.locator("#question textarea").fill(LIT)
    page.keyboard.press("Enter")
    expect(page.locator(".thinking")).to_be_visible()
    expect(page.locator("#question textarea")).to_be_disabled()
    assistant.gate.set()
    expect(page.locator(".turn .aside")).to_be_visible()
    expect(page.locator("#question textarea")).to_be_enabled()
    expect(page.locator(".status")).to_be_hidden()
    expect(page.locator(".documents li")).to_have_count(5)


def test_questions_are_offered_where_the_documents_are_those_that_came_along(open_site: Sites, visit: Visitor) -> None:
    starter = document(
        "2016-cooperation-center-opens.md", "The Korea-Indonesia E-Government Cooperation Center opened."
    )
    address = open_site(FakeAssistant([starter]))
    page = visit(address).page
    page.locator(".chip").first.click()
    expect(page.locator(".turn .aside")).to_be_visible()
    expect(page.locator(".question")).to_have_text(re.compile("When did the Korea-Indonesia .* Center open?"))


class Failing(FakeAssistant):
    """Fails with what a person can mend, then with a bug."""

    def ask(self, question: str, *_: object) -> Answer:
        if "model" in question:
            raise SumberError("the language model at <b>http://localhost</b> does not answer. Start it.")
        raise RuntimeError("a bug")


@pytest.fixture(scope="module")
def bare_site() -> Iterator[str]:
    """A site without documents, where every question fails."""
    with site_of(Failing([])) as address:
        yield address


def test_an_empty_library_says_where_to_put_documents(bare_site: str, visit: Visitor) -> None:
    page = visit(bare_site).page
    expect(page.locator(".welcome")).to_contain_text("Put files into /home/ratna/documents")
    expect(page.locator(".filters")).to_have_count(0)


def test_an_error_becomes_a_sentence_and_the_next_question_can_be_asked(bare_site: str, visit: Visitor) -> None:
    page = visit(bare_site)
    mendable = page.ask("Is the model there?").locator(".problem")
    expect(mendable).to_have_text("The language model at <b>http://localhost</b> does not answer. Start it.")
    expect(page.ask("Another?").locator(".problem")).to_contain_text("Something went wrong inside Sumber")
    expect(page.page.locator("#question textarea")).to_be_enabled()


EVIL = (
    "<script>alert('script')</script> <img src=x onerror=alert('image')> "
    '<a href="javascript:alert(1)" onclick="alert(2)">link</a> ![leak](http://evil.example/pixel.png) '
    "</textarea></script><iframe src=http://evil.example/></iframe> ${alert('template')} {{alert('bars')}} "
    "[1] <style>@import url(http://evil.example/x.css)</style> \" onmouseover=\"alert('quote') ' `${alert(3)}` &lt;"
)


def test_a_hostile_document_stays_text(open_site: Sites, visit: Visitor) -> None:
    """In its text, its title, its name, its publisher, its address and the question about it."""
    text = f"The treasure lies under {EVIL} the third palm.\n{EVIL}\n"
    evil = document(
        f"{EVIL}.md",
        text,
        EVIL,
        publisher=EVIL,
        published=EVIL,
        url="javascript:alert('url')",
        language='en" onload="alert(4)',
    )
    site = open_site(FakeAssistant([evil], {f"{EVIL}.pdf": EVIL}))
    page = visit(site)
    page.page.locator(".documents button").click()
    expect(page.page.locator(".leaf")).to_contain_text("<script>alert('script')</script>")
    turn = page.ask(f"Where does the treasure lie? {EVIL}")
    expect(turn.locator(".question")).to_contain_text("<img src=x onerror=alert('image')>")
    page.ask("Where does the treasure lie?").locator(".marker").first.click()
    expect(page.page.locator(".card:visible mark").first).to_contain_text("<script>alert('script')</script>")
    expect(page.page.locator(".card:visible h3").first).to_contain_text("${alert('template')} {{alert('bars')}}")
    page.page.locator(".card:visible .open").first.click()
    expect(page.page.locator("#quote")).to_contain_text("treasure")
    page.ask("Which palm bears no treasure, or coconuts, or dates, or sago?")
    for place in ("body", ".card:visible", ".turn"):
        for element in page.page.locator(place).all():
            expect_no_life(element)


def expect_no_life(element: Locator) -> None:
    """Nothing that a document wrote has become an element, a handler or an address."""
    assert (
        element.locator("img, iframe, a[href^='javascript:'], [onerror], [onclick], [onmouseover], [onload]").count()
        == 0
    )
    assert element.locator("script", has_text="alert(").count() == 0


def test_a_page_with_a_script_of_its_own_would_not_run_it(page: Visit) -> None:
    """The policy is the second wall: were the escaping to fail, the browser would still refuse."""
    page.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=\"window.ran = 1\">')")
    expect(page.page.locator("img[onerror]")).to_have_count(1)
    page.page.evaluate("fetch('http://evil.example/').catch(() => window.refused = 1)")
    page.page.wait_for_function("window.refused")
    assert page.page.evaluate("window.ran") is None
    blocked = [fault for fault in page.faults if "Content Security Policy" in fault]
    assert {"inline event handler" in fault for fault in blocked} == {True, False}, "one of each was blocked"
    page.faults.clear()


def test_dark_is_dark_and_light_is_light(page: Visit, site: str, visit: Visitor) -> None:
    lightness = {}
    for scheme, shown in (("dark", visit(site, color_scheme="dark")), ("light", page)):
        colours = shown.page.locator(".gradio-container").evaluate(
            "element => [getComputedStyle(element).backgroundColor, getComputedStyle(element).color]"
        )
        lightness[scheme] = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in colours]
    assert lightness["dark"][0] < 120
    assert lightness["dark"][1] > 600
    assert lightness["light"][0] > 600
    assert lightness["light"][1] < 120


def test_a_narrow_screen_stacks_the_panes_and_scrolls_one_way(site: str, visit: Visitor) -> None:
    page = visit(site, viewport={"width": 360, "height": 740}, color_scheme="dark")
    page.ask(f"{LIT} {'x' * 300}")
    page.ask(LIT).locator(".marker").first.click()
    expect(page.page.locator("#s2-1 mark")).to_be_in_viewport()
    page.page.locator("#s2-1 .open").click()
    expect(page.page.locator("#quote")).to_be_in_viewport()
    assert page.page.evaluate("document.documentElement.scrollWidth") == 360
