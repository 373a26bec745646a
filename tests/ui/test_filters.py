"""Narrowing a question to some documents in a real browser: how they are chosen, what is asked, and the way back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from rag.types import Document
from rag.ui.door import Door
from tests.ui.conftest import Visit, with_documents

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
LIT = "When was the lighthouse at Cape Sumur lit?"


@pytest.fixture
def chosen(page: Visit) -> Locator:
    """The line that says what is asked, of a page that asks everything, and is folded."""
    page.page.locator(".filters").wait_for()
    page.page.evaluate("document.querySelector('.filters').open = false")
    widen = page.page.locator("#filters [data-widen]")
    if widen.is_visible():
        widen.click()
    line = page.page.locator("#filters summary")
    expect(line).to_have_text("All documents")
    return line


def tab_until(page: Visit, reached: str) -> None:
    """Presses Tab until a condition in the page holds, which takes a few presses."""
    for _ in range(40):
        if page.page.evaluate(reached):
            return
        page.page.keyboard.press("Tab")
    raise AssertionError(f"not reached with Tab: {reached}")


def test_a_question_is_put_to_the_chosen_documents_and_then_to_all_again(page: Visit, chosen: Locator) -> None:
    chosen.click()
    page.page.get_by_label("Ferry timetable").check()
    expect(chosen).to_have_text("Ferry timetable")
    turn = page.ask(LIT)
    expect(page.page.locator(".choices")).to_be_hidden()
    expect(turn.locator(".aside")).to_contain_text("in 1 of 4 documents")

    page.page.locator("#filters [data-widen]").click()
    expect(chosen).to_have_text("All documents")
    expect(page.page.locator("#question textarea")).to_be_focused()
    expect(page.ask(LIT).locator(".sentence").first).to_contain_text("1879")


def test_the_choice_is_made_by_keyboard_and_said_in_words(page: Visit, chosen: Locator) -> None:
    keyboard = page.page.keyboard
    page.page.locator("#question textarea").focus()
    tab_until(page, "document.activeElement === document.querySelector('#filters summary')")
    keyboard.press("Enter")
    keyboard.press("Tab")
    keyboard.type("LIGHTHOUSE cape")
    expect(page.page.locator(".offered li:visible")).to_have_count(1)
    keyboard.press("Tab")
    tab_until(page, "document.activeElement.type === 'checkbox'")
    keyboard.press("Space")
    expect(chosen).to_have_text("The lighthouse at Cape Sumur")
    page.page.get_by_label("Published since").fill("2016")
    page.page.get_by_label("Language").select_option("English")
    expect(chosen).to_have_text("1 document, since 2016, English")
    expect(page.page.locator(".hint:visible")).to_have_text("Without a date, and so left out: 3 documents.")
    keyboard.press("Escape")
    expect(page.page.locator(".choices")).to_be_hidden()
    expect(chosen).to_be_focused()
    turn = page.ask(LIT)
    expect(turn.locator(".aside")).to_contain_text("asked of 1 of 4 documents")


def test_all_that_a_search_shows_can_be_chosen_at_once(page: Visit, chosen: Locator) -> None:
    chosen.click()
    page.page.get_by_label("Documents", exact=True).fill(".txt")
    page.page.get_by_role("button", name="Choose all 2 shown").click()
    expect(chosen).to_have_text("2 documents")
    page.page.get_by_label("Documents", exact=True).fill("nothing of the kind")
    expect(page.page.locator(".hint:visible")).to_have_text("No title or file name has these words.")
    page.page.get_by_label("Documents", exact=True).fill("")
    expect(page.page.locator(".offered input:checked")).to_have_count(2)


def test_a_date_that_is_none_is_named_at_once_and_when_it_is_asked_with(page: Visit, chosen: Locator) -> None:
    chosen.click()
    page.page.get_by_label("Published until").fill("last year")
    words = "“last year” is no date"
    expect(page.page.locator(".choices .problem")).to_have_text(f"{words}. Give it as 2017, 2017-10 or 2017-10-18.")
    expect(chosen).to_have_text(words)
    refused = page.ask(LIT).locator(".problem")
    expect(refused).to_have_text("'last year' is no date. Give it as 2017, 2017-10 or 2017-10-18")


def test_a_choice_that_holds_no_document_says_so_and_leads_back(page: Visit, chosen: Locator) -> None:
    chosen.click()
    page.page.get_by_label("Published until").fill("1900")
    turn = page.ask(LIT)
    expect(turn.locator(".remark")).to_have_text("No document is within what the question was narrowed to.")
    turn.get_by_role("button", name="Ask all documents").click()
    expect(chosen).to_have_text("All documents")


def test_what_is_chosen_stays_chosen_when_the_library_grows(
    documents: list[Document], open_site: Callable[[Door], str], visit: Callable[..., Visit]
) -> None:
    assistant = with_documents(documents[1:])
    assistant.sync()
    assistant._coming = {one.path: one for one in documents}
    assistant.gate.clear()
    page = visit(open_site(assistant)).page
    line = page.locator("#filters summary")
    line.click()
    page.get_by_label("인천 등대").check()
    page.get_by_label("Language").select_option("Korean")
    assistant.gate.set()
    expect(page.locator(".offered input")).to_have_count(4)
    expect(line).to_have_text("1 document, Korean")
    expect(page.locator(".offered input:checked")).to_have_value("incheon.txt")
