"""The Evaluation page in a real browser, over a real assistant: sets are chosen, put to it, and told of."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from playwright.sync_api import Page, expect

from rag.assistant import Assistant
from rag.config import Config
from rag.evaluation import Question
from rag.types import QuestionSetError
from rag.ui.desk import Desk
from rag.ui.evaluating import EvaluationPage
from rag.ui.keeping import Keeper
from rag.ui.runs import Run, Runs, TakenError
from rag.ui.sets import MAX_ADDED, QuestionSet, QuestionSets
from tests.conftest import FERRY, HARVEST, LIGHTHOUSE
from tests.ui.conftest import Visit, site_of
from tests.ui.fake import FakeAssistant

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
Visitor = Callable[..., Visit]
Opener = Callable[..., Page]

BUILT = {
    "id": "built",
    "question": "When was the lighthouse at Skarra built?",
    "answers": ["1874"],
    "sources": [{"document": "lighthouse.md", "quote": "built in 1874 by the engineer Maren Holt"}],
    "answerable": True,
    "category": "fact",
}
FOLLOWING = {
    "id": "following",
    "question": "And who keeps it now?",
    "answers": ["Nobody at all"],
    "answerable": True,
    "category": "follow-up",
    "history": [{"question": "When was the lighthouse at Skarra built?", "answer": "In 1874."}],
}
UNANSWERABLE = {"id": "none", "question": "Who is the mayor of Surabaya?", "answerable": False, "category": "fact"}
GONE = {"id": "gone", "question": "How old is <b>the harbour</b>?", "answers": ["90"], "answerable": True}
GONE["sources"] = [{"document": "harbour.md", "quote": "ninety years"}]


def lines(*rows: dict[str, Any]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents, question sets and a place for people's own files."""
    root = tmp_path_factory.mktemp("evaluating")
    (root / "corpus").mkdir()
    for name, text in (("lighthouse.md", LIGHTHOUSE), ("ferries.md", FERRY), ("harvest.txt", HARVEST)):
        (root / "corpus" / name).write_text(text, "utf8")
    (root / "sets").mkdir()
    (root / "sets" / "few.jsonl").write_text(lines(BUILT, FOLLOWING, UNANSWERABLE, GONE), "utf8")
    many = [{**UNANSWERABLE, "id": str(n), "question": f"Who was mayor of Surabaya in {1200 + n}?"} for n in range(600)]
    (root / "sets" / "many.jsonl").write_text(lines(*many), "utf8")
    return root


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    config = {"corpus": folder / "corpus", "vectorstore": folder / "index", "data": folder / "data"}
    with (
        Assistant.open(Config(**config)) as assistant,
        site_of(assistant, **config, questions=folder / "sets") as address,
    ):
        yield address


@pytest.fixture
def opened(site: str, visit: Visitor) -> Callable[..., Page]:
    """Opens the page in a browser of its own, once it has its sets."""

    def opening(**look: Any) -> Page:
        page = visit(site, "evaluation", **look).page
        expect(page.locator("[name=set] option")).not_to_have_count(0)
        return page

    return opening


def chosen(page: Page, name: str) -> None:
    page.get_by_role("combobox", name="Question set").select_option(label=name)


def evaluated(page: Page, name: str) -> None:
    """Evaluates a set, and waits for its report."""
    chosen(page, name)
    page.get_by_role("button", name="Evaluate").click()
    expect(page.locator(".report #questions")).to_be_visible()


def test_a_set_is_evaluated_and_its_report_is_found_again_by_whoever_began_it(opened: Opener, site: str) -> None:
    page = opened()
    chosen(page, "few")
    expect(page.locator("#about-set")).to_contain_text("4 questions, 1 of them not answered by the documents")
    page.get_by_role("button", name="Evaluate").click()
    expect(page.locator("#running .words")).to_contain_text("few: ")
    expect(page.locator(".report h1")).to_contain_text("Of 4 questions, Sumber answered")
    expect(page.locator("#outcome .words")).to_contain_text("few: 4 questions, evaluated at")
    expect(page.locator("#running progress")).to_have_count(0)

    page.locator(".report nav").get_by_text("All questions").click()
    expect(page.locator(".report #questions h2")).to_be_in_viewport()
    page.locator(".report [data-filter=result][data-value=wrong]").click()
    expect(page.locator(".report #count")).to_contain_text("of 4 shown")

    page.goto(site)
    page.goto(f"{site}evaluation")
    expect(page.locator(".report h1")).to_contain_text("Of 4 questions")
    expect(page.get_by_role("combobox", name="Question set")).to_have_value("set/few.jsonl")
    other = opened()
    expect(other.locator("[name=set] option")).to_have_count(3)
    expect(other.locator("#outcome")).to_be_empty()


def test_an_evaluation_is_followed_and_stopped_and_others_are_told_of_it(opened: Opener, site: str) -> None:
    page, other = opened(), opened()
    chosen(page, "many")
    page.get_by_role("button", name="Evaluate").click()
    expect(page.locator("#running .words")).to_contain_text("left")
    expect(page.locator("#running progress")).not_to_have_js_property("value", 0)

    chosen(other, "few")
    other.get_by_role("button", name="Evaluate").click()
    expect(other.locator("#running .problem")).to_contain_text("Somebody else's evaluation is under way")

    page.goto(f"{site}documents")
    page.goto(f"{site}evaluation")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#running .problem")).to_contain_text("of 600 questions; nothing was kept")
    evaluated(other, "few")


def test_a_set_that_is_added_is_checked_line_by_line(opened: Opener) -> None:
    page = opened()
    picker = page.get_by_label("Question set to add")
    broken = lines(BUILT, {**UNANSWERABLE, "answerable": "<i>no</i>"})
    for name, data, told in (
        ("mine.jsonl", broken.encode(), 'Mine.jsonl, line 2: "answerable" must be true or false, not "<i>no</i>"'),
        ("mine.jsonl", b"\xff\xfe\x00", "mine.jsonl is not UTF-8"),
        ("mine.jsonl", b"x" * (MAX_ADDED + 1), "mine.jsonl is larger than 800 kB"),
    ):
        picker.set_input_files({"name": name, "mimeType": "text/plain", "buffer": data})
        expect(page.get_by_role("alert").filter(has_text=told)).to_be_visible()
    picker.set_input_files({"name": "../m ine.jsonl", "mimeType": "text/plain", "buffer": lines(BUILT, GONE).encode()})
    expect(page.locator("[name=set] option:checked")).to_have_text("m-ine")
    expect(page.locator("#about-set")).to_contain_text("2 questions")
    page.get_by_role("button", name="Check the set").click()
    expect(page.locator(".flaws li", has_text='gone: the corpus holds no document "harbour.md"')).to_be_visible()


def test_an_evaluation_is_kept_compared_and_taken_home(opened: Opener) -> None:
    page = opened()
    evaluated(page, "few")
    page.get_by_label("Keep as baseline").fill("no/name")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("#outcome .problem")).to_contain_text("'no/name' cannot name a baseline")
    page.get_by_label("Keep as baseline").fill("before")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator("#outcome .told")).to_contain_text("few.before.json")
    page.get_by_label("Compare with").select_option("before")
    expect(page.locator(".report #before h2")).to_have_text("Against the baseline")

    for button, ending in (("Download the report", ".html"), ("Download as JSON", ".json")):
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        assert download.value.suggested_filename.startswith("sumber-few-")
        assert download.value.suggested_filename.endswith(ending)
        text = Path(download.value.path()).read_text("utf8")
        assert "Of 4 questions" in text if ending == ".html" else len(json.loads(text)["questions"]) == 4


def test_a_question_of_the_report_is_opened_in_the_chat_with_what_was_said_before(opened: Opener) -> None:
    page = opened()
    evaluated(page, "few")
    row = page.locator(".report #list > li", has_text="And who keeps it now?")
    row.locator("summary").press("Enter")
    row.get_by_role("link", name="Open in the chat").click()
    expect(page.locator("#question textarea")).to_have_value("And who keeps it now?")
    expect(page.locator(".turn .reply")).to_have_text("In 1874.")
    page.locator("#question textarea").press("Enter")
    expect(page.locator(".turn").nth(1)).to_contain_text("his granddaughter Ida Renn")


def test_a_set_and_a_threshold_are_chosen_by_keyboard_on_a_dark_telephone(opened: Opener) -> None:
    page = opened(viewport={"width": 360, "height": 740}, color_scheme="dark")
    select = page.get_by_role("combobox", name="Question set")
    select.focus()
    page.keyboard.type("few")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Evaluate")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".report #questions")).to_be_visible()
    slider, told = page.get_by_label("Move to try another threshold"), page.locator(".threshold output")
    expect(told).to_contain_text("At 25\u00a0% (balanced) it answers")
    slider.press("Home")
    expect(told).to_contain_text("At 0\u00a0% it answers 100\u00a0%")
    slider.press("ArrowRight")
    expect(page.locator(".threshold code")).to_have_text("SUMBER_DECLINE=0.05 sumber serve")
    expect(slider).to_have_attribute("aria-valuetext", told.inner_text())
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    background = page.locator("body").evaluate("element => getComputedStyle(element).backgroundColor")
    assert background == "rgb(19, 23, 22)"


# --- without a browser -----------------------------------------------------------------------------------------------


def test_a_set_is_kept_inside_the_folder_of_its_person_whatever_it_is_called(tmp_path: Path) -> None:
    sets = QuestionSets(tmp_path / "none", tmp_path / "data")
    for name in ("../../../etc/passwd", "..", "/", "..\\x", "가" * 300, ""):
        added = sets.add("one", name, lines(BUILT))
        assert added.path.parent.name == "questions"
        assert added.path.resolve().is_relative_to((tmp_path / "data").resolve())
    assert {one.key for one in sets.of("another")} == {"feedback"}


def test_the_set_that_is_chosen_at_first_is_about_the_documents_and_else_none_is(
    assistant: FakeAssistant, tmp_path: Path
) -> None:
    assistant.sync()
    (tmp_path / "a.jsonl").write_text(lines(GONE), "utf8")
    with Keeper(assistant) as keeper, Desk(assistant, keeper, 8) as desk:
        page = EvaluationPage(assistant, desk, Config(questions=tmp_path, data=tmp_path / "data"))
        told, nobody = partial(gr.EventData, None), gr.Request()
        choosing, about, *_ = page.look(told({"set": ""}), nobody)
        assert '<option value="" selected>none chosen</option>' in choosing
        assert "None of these sets is about documents that are indexed." in about
        assert "Choose a question set first." in page.begin(told({"set": ""}), nobody)[0]

        (tmp_path / "b.jsonl").write_text(lines(GONE, BUILT), "utf8")
        choosing, about, *_ = page.look(told({"set": ""}), nobody)
        assert re.findall(r'value="([^"]*)" selected', choosing) == ["set/b.jsonl"]
        assert "2 questions" in about
        choosing, *_ = page.look(told({"set": "set/a.jsonl"}), nobody)
        assert re.findall(r'value="([^"]*)" selected', choosing) == ["set/a.jsonl"], "by a link"


def test_a_set_that_is_added_again_takes_the_place_of_the_first_and_a_broken_one_does_not(tmp_path: Path) -> None:
    sets = QuestionSets(tmp_path / "none", tmp_path / "data")
    kept = sets.add("", "mine", lines(BUILT)).path
    sets.add("", "mine", lines(BUILT, UNANSWERABLE))
    with pytest.raises(QuestionSetError, match=r"mine\.jsonl, line 1"):
        sets.add("", "mine", "{")
    assert kept.read_text("utf8") == lines(BUILT, UNANSWERABLE)
    assert [one.name for one in kept.parent.iterdir()] == ["mine.jsonl"]


class CountingDesk(Desk):
    """A desk that says how many questions are at it."""

    @property
    def pending(self) -> int:
        return self._pending


def test_an_evaluation_waits_while_others_ask_and_ends_with_the_server(
    open_assistant: Callable[..., Assistant], tmp_path: Path
) -> None:
    assistant = open_assistant()
    rows = [Question(str(n), f"Who was mayor of Surabaya in {1200 + n}?", False) for n in range(200)]
    run = Run(QuestionSet("set/x", "x", tmp_path / "x.jsonl", "Question sets"), rows)
    with Keeper(assistant) as keeper, CountingDesk(assistant, keeper, 8) as desk:
        runs = Runs(desk, assistant)
        runs.start("one", run)
        with pytest.raises(TakenError, match="Somebody else's evaluation"):
            runs.start("another", run)
        until(lambda: run.done > 1)
        with desk._lock:
            desk._pending += 1  # somebody's question, which takes its time
        done = run.done
        until(lambda: run.done > done, seconds=0.5)
        assert run.done <= done + 1
        with desk._lock:
            desk._pending -= 1
        until(lambda: run.done > done + 2)
    until(lambda: not run.is_running)
    assert run.evaluation is None
    assert run.problem.startswith("Sumber is stopping")
    assert runs.of("another") is None


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Waits for something, or for that long."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
