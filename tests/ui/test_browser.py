"""The page in a real browser: what a person sees, clicks and types, and what no document can do to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, expect

from rag.types import Answer, Citation, Section, SumberError
from rag.ui.door import Door
from rag.ui.sources import answer_sources
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
LAMP = "How many litres of oil does the lamp burn?"


def test_a_marker_shows_its_quote_when_pointed_at_and_opens_the_document_there(page: Visit) -> None:
    turn = page.ask(LIT)
    expect(turn.locator(".sentence").first).to_have_text(f"{LIT_QUOTE}[1]")
    expect(turn.locator("strong")).to_have_text("1879")
    marker, peek = turn.locator(".marker").first, page.page.locator("#peek")

    before = turn.bounding_box()
    marker.hover()
    expect(peek.locator(".credit")).to_have_text("The lighthouse at Cape Sumur, Harbour Office, 2019-05")
    expect(peek.locator("blockquote")).to_have_text(LIT_QUOTE)
    expect(peek.locator(".verdict")).to_have_text("✓ verbatim")
    assert turn.bounding_box() == before, "nothing moves for it"

    marker.click()
    expect(peek).to_be_hidden()
    expect(page.page.locator("#quote")).to_have_text(LIT_QUOTE)
    expect(page.page.locator("#quote")).to_be_in_viewport()
    expect(page.page.locator("#reader h2")).to_have_text("The lighthouse at Cape Sumur, Harbour Office, 2019-05")
    expect(page.page.locator("#cited .facts")).to_contain_text("✓ verbatim")
    expect(page.page.locator("#cited a.outside")).to_have_attribute("rel", "noopener noreferrer")
    page.page.keyboard.press("Escape")
    expect(marker).to_be_focused()


def test_a_look_at_a_quote_keeps_its_lines_apart_and_leaves_out_the_signs_of_headings(page: Visit) -> None:
    turn, quote = page.ask(LIT), "It burns:\n\n## Oil\n\n14 litres a night."
    source = document("lamp.md", quote, sections=(Section("Oil", 11),))
    citation = Citation(1, "lamp.md", "Lamp", None, None, None, 0, len(quote), quote, "verbatim")
    sources = answer_sources(99, Answer("Q?", "answered", "", (), (citation,)), {"lamp.md": source})
    page.card(turn).evaluate("(card, sources) => { card.innerHTML = sources; }", sources)
    turn.locator(".marker").first.hover()
    look = page.page.locator("#peek blockquote")
    expect(look).to_be_visible()
    assert look.inner_text().split("\n") == ["It burns:", "Oil", "14 litres a night."]


def test_the_keyboard_shows_a_quote_and_escape_takes_it_away(page: Visit) -> None:
    marker = page.ask(LIT).locator(".marker").first
    peek = page.page.locator("#peek")
    page.page.locator("#question textarea").focus()
    for _ in range(20):
        page.page.keyboard.press("Shift+Tab")
        if marker.evaluate("marker => marker === document.activeElement"):
            break
    expect(peek.locator("blockquote")).to_have_text(LIT_QUOTE)
    expect(marker).to_have_attribute("aria-describedby", "peek")
    page.page.keyboard.press("Escape")
    expect(peek).to_be_hidden()
    expect(marker).to_be_focused()


def test_a_finger_looks_first_and_opens_with_the_second_tap(site: str, visit: Visitor) -> None:
    page = visit(site, viewport={"width": 360, "height": 740}, has_touch=True)
    marker = page.ask(LIT).locator(".marker").first
    marker.tap()
    peek = page.page.locator("#peek")
    expect(peek.locator("blockquote")).to_have_text(LIT_QUOTE)
    box = peek.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    marker.tap()
    expect(page.page.locator("#quote")).to_be_in_viewport()


def test_the_cards_show_each_quote_in_its_text_and_lead_back(page: Visit) -> None:
    turn = page.ask(LIT)
    turn.locator(".aside a").click()
    expect(page.page.locator("#sources h2:visible")).to_be_focused()
    card = page.card(turn)
    expect(card.locator("mark")).to_have_text(LIT_QUOTE)
    expect(card.locator("blockquote")).to_contain_text("It is kept by Ratna Wijaya.")
    expect(card.locator("h3")).to_contain_text("The lighthouse at Cape Sumur, Harbour Office, 2019-05")
    card.locator(".back").press("Enter")
    expect(turn.locator(".marker").first).to_be_focused()


def test_a_brief_says_that_it_is_one_and_its_page_is_named(page: Visit) -> None:
    card = page.card(page.ask("On what day does the ferry not sail?"))
    expect(card.locator("h3")).to_contain_text("Our brief of: Ferry timetable")
    expect(card).to_contain_text("page 2")


def test_the_markers_of_an_earlier_answer_still_lead_to_its_own_sources(page: Visit) -> None:
    first, second = page.ask(LIT), page.ask(BUOY)
    expect(page.card(second)).to_be_visible()
    expect(page.card(first)).to_be_hidden()
    first.locator(".marker").first.click()
    expect(page.page.locator("#quote")).to_be_visible()
    expect(page.page.locator("#quote")).to_have_text(LIT_QUOTE)
    page.page.keyboard.press("Escape")
    expect(page.card(first)).to_be_visible()
    expect(page.card(second)).to_be_hidden()


def test_escape_closes_what_a_marker_opened_though_the_pointer_still_lies_on_it(page: Visit) -> None:
    turn = page.ask(LIT)
    marker = turn.locator(".marker").first
    marker.click()
    expect(page.page.locator("#quote")).to_be_visible()
    expect(page.page.locator("#quote")).to_have_text(LIT_QUOTE)
    marker.dispatch_event("pointerover", {"pointerType": "mouse"})  # as when the page is laid out anew under it
    page.page.keyboard.press("Escape")
    expect(page.card(turn)).to_be_visible()


def test_a_refusal_shows_what_is_nearest_and_says_that_it_does_not_answer(page: Visit) -> None:
    turn = page.ask(UNANSWERED)
    expect(turn.locator(".reply")).to_have_text("The documents do not answer this.")
    expect(turn.locator(".aside")).to_contain_text(f"“{UNANSWERED}” in 4 documents.")
    expect(turn.locator(".aside")).to_contain_text("add it under Documents")
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
    expect(page.locator("#reading")).to_be_focused()
    expect(page.locator("#quote")).to_be_in_viewport()


def test_a_question_can_be_changed_which_drops_what_came_after_it(page: Visit, serving: FakeAssistant) -> None:
    page.page.goto(page.address)
    page.ask(UNANSWERED)
    page.ask(BUOY)
    page.ask(LIT)
    page.page.locator("#t2 [data-edit]").click()
    box, warning = page.page.locator("#question textarea"), page.page.locator(".editing")
    expect(box).to_have_value(BUOY)
    expect(warning).to_contain_text("Asking it drops the turn after it.")
    box.press("Escape")
    expect(warning).to_be_hidden()
    expect(box).to_have_value("")

    page.page.locator("#t2 [data-edit]").click()
    box.fill(LAMP)
    box.press("Enter")
    expect(page.page.locator(".question")).to_have_text([UNANSWERED, LAMP])
    expect(page.page.locator("#t2 .reply")).to_contain_text("14 litres")
    expect(warning).to_be_hidden()
    assert [turn.question for turn in serving.asked[-1][1]] == [UNANSWERED]


def test_the_last_question_can_be_asked_again(page: Visit, serving: FakeAssistant) -> None:
    page.page.goto(page.address)
    page.ask(BUOY)
    page.ask(LIT)
    expect(page.page.locator("[data-again]:visible")).to_have_count(1)
    page.page.locator("#question textarea").fill("Half a question")
    page.page.evaluate("document.querySelector('#t2').dataset.old = ''")  # until it is made anew
    page.page.locator("[data-again]:visible").click()
    expect(page.page.locator("[data-old], .waiting")).to_have_count(0)
    expect(page.page.locator("#t2 .marker")).to_be_visible()
    expect(page.page.locator("#question textarea")).to_have_value("Half a question")
    expect(page.page.locator(".question")).to_have_text([BUOY, LIT])
    assert [question for question, _ in serving.asked] == [BUOY, LIT, LIT]
    assert [turn.question for turn in serving.asked[-1][1]] == [BUOY]


def test_an_answer_is_copied_with_its_sources_or_shown_where_the_clipboard_is_refused(page: Visit) -> None:
    copied = f"{LIT_QUOTE} [1]"
    turn = page.ask(LIT)
    page.page.evaluate("() => { navigator.clipboard.writeText = async (text) => { window.written = text; }; }")
    turn.locator("[data-copy]").click()
    expect(page.page.locator(".copied")).to_have_text("Copied, with its sources.")
    written = page.page.evaluate("window.written")
    assert written.startswith(copied)
    assert (
        f"[1] The lighthouse at Cape Sumur, Harbour Office, 2019-05, https://harbour.example/light: “{LIT_QUOTE}”"
        in written
    )

    page.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    turn.locator("[data-copy]").click()
    area = page.page.locator("#copying textarea")
    expect(area).to_have_value(written)
    assert area.evaluate("area => area.selectionEnd - area.selectionStart") == len(written)
    page.page.keyboard.press("Escape")
    expect(page.page.locator("#copying")).to_be_hidden()


def test_a_question_in_the_address_is_put_into_the_box_and_not_asked(
    site: str, visit: Visitor, serving: FakeAssistant
) -> None:
    page = visit(site, path="", color_scheme="light")
    page.page.goto(f"{site}?ask=When+was+the+lighthouse+%3Cb%3E+lit%3F")
    box = page.page.locator("#question textarea")
    expect(box).to_have_value("When was the lighthouse <b> lit?")
    expect(box).to_be_focused()
    assert page.page.url == site
    assert serving.asked == []
    box.press("Enter")
    expect(page.page.locator(".question")).to_have_text("When was the lighthouse <b> lit?")


def test_single_keys_do_what_their_list_says_and_can_be_switched_off(page: Visit) -> None:
    page.ask(LIT)
    keyboard = page.page.keyboard
    page.page.locator(".masthead .status").click()  # out of the text box
    keyboard.press("?")
    expect(page.page.locator("#keys")).to_be_visible()
    keyboard.press("Escape")
    expect(page.page.locator("#keys")).to_be_hidden()
    keyboard.press("e")
    expect(page.page.locator("#question textarea")).to_have_value(LIT)
    keyboard.press("?")
    expect(page.page.locator("#question textarea")).to_have_value(f"{LIT}?")
    keyboard.press("Escape")

    page.page.locator("[data-keys]").click()
    page.page.get_by_label("Single keys work").uncheck()
    keyboard.press("Escape")
    page.page.locator(".masthead .status").click()
    keyboard.press("/")
    expect(page.page.locator("#question textarea")).not_to_be_focused()
    page.page.evaluate("localStorage.clear()")


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
    expect(page.locator(".status")).to_have_text("Answers from your own documents, quoted and checked")
    expect(page.locator(".offered li")).to_have_count(4)


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
    listing = visit(site, "documents")
    listing.page.locator(".documents .title").click()
    expect(listing.page.locator(".leaf")).to_contain_text("<script>alert('script')</script>")
    expect_no_life(listing.page.locator("body"))
    page = visit(site)
    turn = page.ask(f"Where does the treasure lie? {EVIL}")
    expect(turn.locator(".question")).to_contain_text("<img src=x onerror=alert('image')>")
    page.ask("Where does the treasure lie?").locator(".marker").first.hover()
    expect(page.page.locator("#peek")).to_contain_text("<script>alert('script')</script>")
    expect_no_life(page.page.locator("#peek"))
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
    page.ask(LIT).locator(".aside a").click()
    expect(page.page.locator("#sources h2:visible")).to_be_in_viewport()
    page.page.locator("#s2-1 .open").click()
    expect(page.page.locator("#quote")).to_be_in_viewport()
    assert page.page.evaluate("document.documentElement.scrollWidth") == 360
