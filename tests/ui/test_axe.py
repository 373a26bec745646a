"""Every page in every state that a person meets, examined by axe-core: nothing stands in anybody's way.

axe-core (MPL-2.0) comes inside the package axe-playwright-python, and is for the tests alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from rag.assistant import Assistant
from rag.config import Config
from tests.conftest import FERRY, HARVEST, LIGHTHOUSE
from tests.ui.conftest import Visit, site_of

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
Visitor = Callable[..., Visit]
Opener = Callable[..., Page]

BUILT = "When was the lighthouse at Skarra built?"
UNKNOWN = "Who is the mayor of Surabaya?"
SET = [
    {"id": "built", "question": BUILT, "answers": ["1874"], "answerable": True, "category": "fact"},
    {"id": "none", "question": UNKNOWN, "answerable": False, "category": "fact"},
]
DESK, TELEPHONE = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)  # CSS pixels
EXAMINE = """
async (rules) => (await axe.run(document, { resultTypes: ["violations"], ...rules })).violations.map((one) => ({
  rule: one.id, what: one.help, where: one.nodes.map((node) => node.target.flat().join(" ")),
}))
"""
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}  # all that a change of colours can change


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site over a real assistant, with three documents, a file that cannot be read, and a question set."""
    root = tmp_path_factory.mktemp("examined")
    (root / "corpus").mkdir()
    (root / "sets").mkdir()
    for name, text in (("lighthouse.md", LIGHTHOUSE), ("ferries.md", FERRY), ("harvest.txt", HARVEST)):
        (root / "corpus" / name).write_text(text, "utf8")
    (root / "corpus" / "scan.pdf").write_bytes(b"no pages")
    (root / "sets" / "few.jsonl").write_text("".join(json.dumps(row) + "\n" for row in SET), "utf8")
    config = {"corpus": root / "corpus", "vectorstore": root / "index", "data": root / "data"}
    with (
        Assistant.open(Config(**config)) as assistant,
        site_of(assistant, **config, questions=root / "sets") as address,
    ):
        yield address


@pytest.fixture
def visited(site: str, visit: Visitor) -> Opener:
    """Opens a page that axe-core is in."""
    script = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf8")

    def opened(path: str = "") -> Page:
        page = visit(site, path, viewport=DESK, reduced_motion="reduce").page
        page.evaluate(script)
        return page

    return opened


def barriers(page: Page) -> list[str]:
    """What axe-core finds wrong with a page as it stands, wide and narrow, by day and by night."""
    found = []
    for size in (TELEPHONE, DESK):
        page.set_viewport_size(size)
        for scheme, rules in (("dark", COLOURS), ("light", {})):
            page.emulate_media(color_scheme=scheme)
            found += [
                f"{one['rule']} at {size['width']} px, {scheme}: {one['where'][:3]} ({one['what']})"
                for one in page.evaluate(EXAMINE, rules)
            ]
    return found


def asked(page: Page, question: str) -> Locator:
    """Asks a question and opens the fold under its answer."""
    page.locator("#question textarea").fill(question)
    page.locator("#question textarea").press("Enter")
    turn = page.locator(".turn:not(.waiting)", has_text=question)
    turn.locator(".why summary").click()
    expect(turn.locator(".why h3").first).to_be_visible()
    return turn


def test_asking_and_what_is_offered_before_it_bar_nobody(visited: Opener) -> None:
    page = visited()
    expect(page.locator(".titles li")).not_to_have_count(0)
    assert barriers(page) == []
    page.locator("[data-keys]").click()
    assert barriers(page) == []


def test_what_narrows_a_question_bars_nobody(visited: Opener) -> None:
    page = visited()
    expect(page.locator(".titles li")).not_to_have_count(0)
    page.locator(".filters summary").click()
    assert barriers(page) == []


def test_an_answer_a_refusal_and_what_is_said_of_them_bar_nobody(visited: Opener) -> None:
    page = visited()
    asked(page, UNKNOWN)
    turn = asked(page, BUILT)
    turn.locator("[data-say=wrong]").click()
    expect(turn.locator("form.saying blockquote")).not_to_have_count(0)
    assert barriers(page) == []
    turn.locator(".marker").first.click()
    expect(page.locator("#quote")).to_be_visible()
    assert barriers(page) == []


def test_the_list_of_conversations_bars_nobody(visited: Opener) -> None:
    page = visited()
    asked(page, BUILT)
    page.set_viewport_size(TELEPHONE)
    page.locator("[data-history]").click()
    expect(page.locator("#earlier")).to_be_focused()
    assert barriers(page) == []


def test_the_list_of_documents_and_the_reader_beside_it_bar_nobody(visited: Opener) -> None:
    page = visited("documents")
    expect(page.locator(".failed .reason")).to_be_visible()
    assert barriers(page) == []
    page.locator(".documents .title").first.click()
    expect(page.locator("#reading")).to_be_visible()
    assert barriers(page) == []


def test_an_evaluation_and_its_report_bar_nobody(visited: Opener) -> None:
    page = visited("evaluation")
    page.get_by_role("combobox", name="Question set").select_option(label="few")
    page.get_by_role("button", name="Evaluate").click()
    expect(page.locator(".report #questions")).to_be_visible()
    assert barriers(page) == []


def test_the_settings_bar_nobody(visited: Opener) -> None:
    page = visited("settings")
    expect(page.locator(".leaves-machine")).to_be_visible()
    assert barriers(page) == []


def test_faults_that_are_planted_are_found(visited: Opener) -> None:
    page = visited("settings")
    expect(page.locator(".leaves-machine")).to_be_visible()
    page.evaluate("""() => {
      document.querySelector(".leaves-machine").style.color = "light-dark(#bbb, #444)";
      document.querySelector(".masthead nav").insertAdjacentHTML("beforeend", "<button></button>");
    }""")
    found = " ".join(barriers(page))
    for fault in ("color-contrast at 360 px, dark", "color-contrast at 1280 px, light", "button-name at 360 px, light"):
        assert fault in found
