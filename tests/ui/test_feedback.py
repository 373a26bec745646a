"""What a person says of an answer, in a real browser over a real assistant: it becomes a question of their own set."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from rag.assistant import Assistant
from rag.config import Config
from rag.evaluation import load
from rag.types import Answer, Citation, Sentence
from rag.ui.feedback import feedback_buttons
from tests.conftest import FERRY, HARVEST, LIGHTHOUSE
from tests.ui.conftest import Visit, site_of

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
Visitor = Callable[..., Visit]

BUILT = "When was the lighthouse at Skarra built?"
UNANSWERED = "Who is the mayor of Surabaya?"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("feedback")
    (root / "corpus").mkdir()
    for name, text in (("lighthouse.md", LIGHTHOUSE), ("ferries.md", FERRY), ("harvest.txt", HARVEST)):
        (root / "corpus" / name).write_text(text, "utf8")
    config: dict[str, Any] = {"corpus": root / "corpus", "vectorstore": root / "index", "data": root / "data"}
    with Assistant.open(Config(**config)) as assistant, site_of(assistant, **config, questions=root) as address:
        yield address


def say(turn: Locator, words: str) -> None:
    turn.get_by_role("button", name=words, exact=True).click()


def kept(page: Page) -> list[dict[str, Any]]:
    """The rows of the person's set, whose file the page names."""
    path = Path(page.locator(".saying.told code").last.inner_text())
    load(path)
    return [json.loads(line) for line in path.read_text("utf8").splitlines()]


def test_an_answer_that_is_right_is_kept_with_its_sources_and_can_be_taken_back(site: str, visit: Visitor) -> None:
    visited = visit(site)
    turn, page = visited.ask(BUILT), visited.page
    say(turn, "Right")
    expect(turn.locator(".told")).to_contain_text("Kept as a question of your own set")
    expect(turn.get_by_role("button", name="Right", exact=True)).to_have_attribute("aria-pressed", "true")
    (row,) = kept(page)
    path = Path(page.locator(".told code").inner_text())
    assert row["question"] == BUILT
    assert "built in 1874" in row["sources"][0]["quote"]

    undo = turn.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(turn.locator(".saying")).to_have_text("Taken back.")
    assert not path.exists()


def test_what_is_right_is_chosen_by_keyboard_and_the_set_is_evaluated(site: str, visit: Visitor) -> None:
    visited = visit(site)
    turn, page, keyboard = visited.ask(BUILT), visited.page, visited.page.keyboard
    turn.get_by_role("button", name="Wrong", exact=True).press("Enter")
    form = turn.get_by_role("form", name="What is right?")
    expect(form.get_by_label("A few words")).to_be_focused()
    keyboard.type("nineteen people")
    keyboard.press("Tab")
    expect(form.get_by_label("choose the passage")).to_have_value(BUILT)
    keyboard.press("ControlOrMeta+a")
    keyboard.type("apples picked at the orchard")
    expect(form.locator("[data-path='harvest.txt']").first).to_have_value("0")
    keyboard.press("Tab")
    keyboard.press("Space")
    keyboard.press("Tab")
    sentence = form.get_by_label("The sentence that says it").first
    expect(sentence).to_be_focused()
    expect(form.locator("li").first.locator("mark")).to_contain_text("310 tonnes of apples")
    keyboard.press("ArrowDown")
    expect(form.locator("li").first.locator("mark")).to_have_text(
        "Frost in April had destroyed a third of the blossom."
    )
    form.get_by_role("button", name="Keep").press("Enter")
    expect(turn.locator(".told")).to_be_visible()
    (row,) = kept(page)
    assert row["answers"] == ["nineteen people"]
    quote = "Frost in April had destroyed a third of the blossom."
    assert row["sources"] == [{"document": "harvest.txt", "quote": quote}]
    assert row["category"] == "wrong"

    turn.get_by_role("link", name="your own set").click()
    expect(page.get_by_role("combobox", name="Question set")).to_have_value("feedback")
    page.get_by_role("button", name="Evaluate").click()
    expect(page.locator(".report h1")).to_have_text("Of 1 question, Sumber answered 1; its one answer is not right.")


def test_of_a_refusal_other_things_are_said_and_nothing_is_kept_without_what_is_right(
    site: str, visit: Visitor
) -> None:
    visited = visit(site)
    turn, page = visited.ask(UNANSWERED), visited.page
    expect(turn.locator(".feedback button")).to_have_text(["Should have answered", "Rightly declined"])
    say(turn, "Should have answered")
    form = turn.locator("form.saying")
    form.get_by_role("button", name="Keep").click()
    expect(form.get_by_role("alert")).to_have_text(
        "This feedback needs what is right. Write the answer, or choose a passage that has it."
    )
    # What a browser sends is no proof that it was offered.
    option = form.locator("option").first
    form.get_by_role("radio").first.check()
    option.evaluate("option => { option.value = '0-9-' + 'a'.repeat(64); option.selected = true; }")
    form.get_by_role("button", name="Keep").click()
    expect(form.get_by_role("alert")).to_contain_text("The document has changed meanwhile")
    form.get_by_role("radio").first.evaluate("radio => { radio.dataset.path = '../../secret'; }")
    form.get_by_role("button", name="Keep").click()
    expect(form.get_by_role("alert")).to_contain_text("There is no document")
    page.keyboard.press("Escape")
    expect(form).to_have_count(0)
    expect(turn.get_by_role("button", name="Should have answered")).to_be_focused()
    say(turn, "Rightly declined")
    expect(turn.locator(".told")).to_be_visible()
    (row,) = kept(page)
    assert not row["answerable"]


def test_what_is_being_written_outlives_the_next_question_on_a_dark_telephone(site: str, visit: Visitor) -> None:
    visited = visit(site, viewport={"width": 360, "height": 740}, color_scheme="dark")
    turn, page = visited.ask(BUILT), visited.page
    say(turn, "Wrong")
    turn.get_by_label("A few words").fill("1875")
    expect(turn.locator(".offered-passages li").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    second = visited.ask("And who built it?")
    expect(turn.get_by_label("A few words")).to_have_value("1875")
    say(second, "Should have declined")
    expect(second.locator(".told")).to_be_visible()
    (row,) = kept(page)
    assert row["history"][0]["question"] == BUILT


# --- without a browser -----------------------------------------------------------------------------------------------


def test_words_of_help_are_nothing_to_say_anything_of() -> None:
    helped = Answer("Thanks!", "answered", "Gladly.", (Sentence("Gladly.", (), "supported"),))
    assert feedback_buttons(1, "Thanks!", helped) == ""
    assert feedback_buttons(1, "Thanks!", None) == ""


def test_the_buttons_of_like_turns_in_two_conversations_are_told_apart() -> None:
    citation = Citation(1, "a.md", "A", None, None, None, 0, 3, "one", "verbatim")
    answer = Answer("Which?", "answered", "one [1]", (Sentence("one", (1,), "verbatim"),), (citation,))
    assert feedback_buttons(1, "Which?", answer) != feedback_buttons(1, "What?", answer)
