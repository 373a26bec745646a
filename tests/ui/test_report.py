"""The report of an evaluation: its words and figures, and the file itself in a real browser, opened from the disk."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from rag.evaluation import Evaluation, Outcome, Question, Source, evaluate
from rag.evaluation.comparison import compare
from rag.evaluation.result import Cited, Opinion
from rag.evaluation.statistics import calibration, risk_coverage
from rag.ui import plots
from rag.ui.report import HERE, fate, headline, operating_point, percent, report
from tests.evaluation.library import Library

TEXTS = {
    "light.md": "The keeper of the lighthouse at Pulau Karang is Ines.\n\nThe lighthouse lamp was lit in 1911.",
    "harbour.md": "The harbour master of Teluk Biru is Amir.\n\nThe harbour closes at dusk in the storm season.",
}
ASKED: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("keeper", "Who is the keeper of the lighthouse at Pulau Karang?", "Ines", "light.md", "is Ines", "people"),
    ("master", "Who is the harbour master of Teluk Biru?", "Amir", "harbour.md", "is Amir", "people"),
    ("lit", "When was the lighthouse lamp lit?", "1912", "light.md", "lit in 1911", "dates"),
    ("dusk", "At what hour is it shut?", "dusk", "harbour.md", "closes at dusk", "dates"),
    ("gone", "How tall is it?", "40 metres", "towers.md", "rises to 40 metres", "dates"),
)
QUESTIONS = (
    *(
        Question(id_, question, True, (answer,), (Source(document, quote),), category)
        for id_, question, answer, document, quote, category in ASKED
    ),
    Question("mayor", "Who is the mayor of Bandung?", False, category="absent"),
    Question("price", "What does the harbour master of Teluk Biru earn?", False, category="absent"),
)
HOSTILE = (
    "</script><script>window.hurt=1</script>",
    '"><img src=x onerror="window.hurt=1">',
    "'><svg onload=window.hurt=1></style><style>*{display:none}</style>",
    "{{ 7 * 7 }}{% raw %}&lt;b&gt;",
    "\u202egnp.exe\u2066\u200b\u200f",
    "w" * 100_000,
    "javascript:window.hurt=1",
    "\0\x1b[31m\ud800",
)
browsed = pytest.mark.browser


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    """Two questions answered rightly, one wrongly declined, one wrongly answered, one stale; all by measuring."""
    return evaluate(Library(TEXTS), QUESTIONS)


@pytest.fixture(scope="module")
def hostile(evaluation: Evaluation) -> Evaluation:
    """The same with a stranger's text wherever there is text."""
    outcomes = [poisoned(one, text) for text in HOSTILE for one in evaluation.outcomes[:3]]
    named = tuple(replace(one, id=f"{number} {one.id}") for number, one in enumerate(outcomes))
    settings = {text: text for text in HOSTILE} | {"items": "", "decline_below": 0.5}
    return Evaluation(named, settings, (Opinion(named[0].id, True, HOSTILE[0]),))


def poisoned(outcome: Outcome, text: str) -> Outcome:
    return replace(
        outcome,
        id=text,
        question=text,
        category=text,
        accepted=(text,),
        gold=(Source(text, text, 1),),
        answer=text,
        cited=(Cited(text, 0, 1, text, "verbatim", False),),
        found=tuple(replace(hit, document=text) for hit in outcome.found),
        stale=text,
    )


# --- in words and figures --------------------------------------------------------------------------------------------


def test_the_headline_says_how_many_were_answered_rightly_and_declined_rightly(evaluation: Evaluation) -> None:
    assert [fate(one) for one in evaluation.outcomes] == [
        "right",
        "right",
        "wrong",
        "missed",
        "missed",
        "silent",
        "wrong",
    ]
    assert headline(evaluation.outcomes) == (
        "Of 7 questions, Sumber answered 4; 50\u00a0% of its answers are right.",
        "It declined 2 of the 5 that the documents answer, and 1 of the 2 that they do not.",
    )


@pytest.mark.parametrize(
    ("chosen", "first", "second"),
    [
        ((), "There is no question in this set.", ""),
        ((0,), "Of 1 question, Sumber answered 1; its one answer is right.",
         "It declined none of the 1 that the documents answer."),
        ((0, 1), "Of 2 questions, Sumber answered 2; all of its answers are right.",
         "It declined none of the 2 that the documents answer."),
        ((2, 6), "Of 2 questions, Sumber answered 2; none of its answers are right.",
         "It declined none of the 1 that the documents answer, and none of the 1 that they do not."),
        ((5,), "Of 1 question, Sumber answered none.", "It declined 1 of the 1 that the documents do not answer."),
    ],
)  # fmt: skip
def test_the_headline_of_a_small_set_is_a_sentence_too(
    evaluation: Evaluation, chosen: tuple[int, ...], first: str, second: str
) -> None:
    assert headline([evaluation.outcomes[place] for place in chosen]) == (first, second)


@pytest.mark.parametrize("chosen", [(), (0,), (5,), (2,), (0, 5)])
def test_a_set_of_any_few_questions_has_a_report(evaluation: Evaluation, chosen: tuple[int, ...]) -> None:
    few = Evaluation(tuple(evaluation.outcomes[place] for place in chosen), {})
    assert report(few, "few").count("<details><summary>") == len(chosen)


def test_only_all_is_100_percent_and_only_none_is_0() -> None:
    assert [percent(share) for share in (0, 0.0001, 0.125, 0.9999, 1)] == [
        f"{whole}\u00a0%" for whole in (0, 1, 12, 99, 100)
    ]


def test_the_same_evaluation_gives_the_same_report(evaluation: Evaluation) -> None:
    again = Evaluation.from_dict(evaluation.to_dict())
    assert report(again, "harbour") == report(evaluation, "harbour")


def test_a_threshold_does_what_counting_says() -> None:
    random = np.random.default_rng(3)
    sure, right = random.integers(0, 20, 200) / 20, random.random(200) < 0.6
    found = risk_coverage(sure, right.tolist())
    for threshold in (0.0, 0.24, 0.5, 0.95):
        kept = sure >= threshold
        point = operating_point(found, threshold)
        assert point is not None
        assert (point.coverage, point.risk) == pytest.approx((kept.mean(), (~right[kept]).mean()))
    assert operating_point(found, 0.96) is None


def test_the_choice_names_the_settings_and_the_present_threshold(evaluation: Evaluation) -> None:
    for present, words in ((0.25, "<b>balanced, now</b>"), (0.5, "<b>now</b>")):
        page = report(replace(evaluation, settings={"decline_below": present}), "harbour")
        assert page.count("class=now") == 1
        assert all(one in page for one in (words, "<b>cautious</b>", "<b>eager</b>"))


def test_a_report_of_1000_questions_stays_below_6_megabytes(evaluation: Evaluation) -> None:
    long = [
        replace(one, answer="A sentence of an answer. " * 40, question=one.question * 3) for one in evaluation.outcomes
    ]
    hits = tuple(hit for one in long for hit in one.found)[:10]
    many = tuple(replace(long[number % 7], id=str(number), found=hits) for number in range(1000))
    assert len(report(Evaluation(many, {}), "many").encode()) < 6_000_000


def test_every_figure_lost_stage_and_opinion_is_in_the_report(evaluation: Evaluation) -> None:
    judged = replace(evaluation, opinions=(Opinion("keeper", None, "It is hard to say."),))
    page = report(judged, "harbour")
    for figure in evaluation.figures.values():
        assert f"{figure.value:.3f}" in page
    for stage in evaluation.lost:
        assert f'data-filter="lost" data-value="{stage}"' in page
    assert "unsure: <bdi>It is hard to say.</bdi>" in page
    assert "the corpus holds no document towers.md" in page


def test_a_comparison_shows_what_is_better_and_which_questions_changed(evaluation: Evaluation) -> None:
    now = [replace(evaluation.outcomes[0], id=str(n), question=f"Question {n}") for n in range(30)]
    before = [replace(one, status="not_found", sound=False, contained=False) for one in now[:20]] + now[20:29]
    comparison = compare(
        Evaluation((*before, replace(now[0], id="old")), {"passages": 4}), Evaluation(tuple(now), {"passages": 8})
    )
    page = report(Evaluation(tuple(now), {"passages": 8}), "harbour", comparison)
    assert comparison.better
    assert page.count("▲ better") == len(comparison.better)
    assert "20 questions went better" in page
    assert '<a href="#q20"><bdi>Question 19</bdi></a>' in page
    assert "Questions new, 1:\n<bdi>29</bdi>" in page
    assert "Questions no longer asked, 1:\n<bdi>old</bdi>" in page
    assert "answer_contained" not in page


def test_colours_are_those_of_the_chat_and_can_be_read() -> None:
    tokens = {name: colours(HERE / name) for name in ("report.css", "style.css")}
    for name, found in tokens["report.css"].items():
        assert found == tokens["style.css"][name]
    for scheme in (0, 1):
        for ink in ("ink", "muted", "accent", "alarm"):
            for paper in ("paper", "tint") if ink in {"ink", "accent"} else ("paper",):
                assert contrast(tokens["report.css"][ink][scheme], tokens["report.css"][paper][scheme]) >= 4.5


def colours(path: Path) -> dict[str, list[str]]:
    """The colours of each token, light and dark."""
    found: dict[str, list[str]] = {}
    for name, colour in re.findall(r"--([\w-]+): (#[0-9a-f]{6});", path.read_text("utf8")):
        found.setdefault(name, []).append(colour)
    return found


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# --- plots -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_plots_stay_inside_their_frame_whatever_the_numbers(seed: int) -> None:
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 80))
    sure, right = random.random(count) ** random.integers(1, 6), (random.random(count) < random.random()).tolist()
    found = risk_coverage(sure, right)
    marks = [(f"mark {n}: 50 % answered, 10 % wrong", point) for n, point in enumerate(found.points[:4])]
    spreads = [plots.Spread(one, 0.0, 1.0) for one in calibration(sure, right).bins]
    times = (random.lognormal(random.integers(-2, 12), 2, count)).tolist()
    for drawing in (
        plots.risk_coverage_plot(found, marks, "a"),
        plots.reliability_plot(spreads, "b"),
        plots.latency_plot(times, "c"),
    ):
        root = ElementTree.fromstring(drawing)
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for one in root.iter():
            across = [float(one.attrib[name]) for name in ("x", "x1", "x2", "cx") if name in one.attrib]
            down = [float(one.attrib[name]) for name in ("y", "y1", "y2", "cy") if name in one.attrib]
            across += [float(place.split(",")[0]) for place in one.attrib.get("points", "").split()]
            down += [float(place.split(",")[1]) for place in one.attrib.get("points", "").split()]
            assert all(0 <= place <= width for place in across)
            assert all(0 <= place <= height for place in down)


def test_a_bar_is_well_formed_and_leaves_out_what_is_nothing() -> None:
    assert len(ElementTree.fromstring(plots.parts_bar([("good", 0.5), ("bad", 0.0), ("bad, held back", 0.5)]))) == 2
    for drawing in (plots.interval_bar(1.0, 1.0, 1.0, 0.5), plots.difference_bar(-0.1, -0.2, 0.0, 0.2, "alarm")):
        assert ElementTree.fromstring(drawing).attrib["aria-hidden"] == "true"


# --- in a browser ----------------------------------------------------------------------------------------------------


@dataclass
class Sheet:
    """A report in a browser, and all that it should never do."""

    page: Page
    faults: list[str] = field(default_factory=list)


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens reports from the disk, without a network, and fails the test if one did what it should never do."""
    sheets: list[Sheet] = []

    def open_report(html: str, **look: Any) -> Page:
        path = tmp_path / f"{len(sheets)}.html"
        path.write_text(html, encoding="utf8")
        sheet = Sheet(browser.new_page(**look))
        sheets.append(sheet)
        sheet.page.on("console", lambda said: sheet.faults.append(said.text))
        sheet.page.on("pageerror", lambda error: sheet.faults.append(str(error)))
        sheet.page.on("dialog", lambda dialog: (sheet.faults.append(dialog.message), dialog.dismiss()))
        allowed = (path.as_uri(), "data:image/svg+xml;base64,")
        sheet.page.on("request", lambda sent: None if sent.url.startswith(allowed) else sheet.faults.append(sent.url))
        sheet.page.goto(path.as_uri())
        return sheet.page

    yield open_report
    for sheet in sheets:
        sheet.page.close()
    assert [fault for sheet in sheets for fault in sheet.faults] == []


def shown(page: Page) -> int:
    return page.locator("#list > li:visible").count()


@browsed
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_opens_from_the_disk_in_light_and_dark_and_fits_a_telephone(
    opened: Callable[..., Page], hostile: Evaluation, scheme: str
) -> None:
    comparison = compare(replace(hostile, outcomes=hostile.outcomes[:5], settings={HOSTILE[1]: 1}), hostile)
    page = opened(report(hostile, HOSTILE[5], comparison), color_scheme=scheme, viewport={"width": 360, "height": 740})
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    paper = {"light": "rgb(251, 252, 251)", "dark": "rgb(19, 23, 22)"}[scheme]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper
    assert page.evaluate("getComputedStyle(document.querySelector('.plot polyline')).stroke") != "none"
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 900})  # A4 with its margins
    assert page.locator(".scroll").evaluate_all("all => all.every((one) => one.scrollWidth <= one.clientWidth)")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(251, 252, 251)"


@browsed
def test_a_strangers_text_is_only_ever_text(opened: Callable[..., Page], hostile: Evaluation) -> None:
    page = opened(report(hostile, HOSTILE[0], compare(hostile, hostile)))
    assert page.evaluate("window.hurt") is None
    assert page.locator("script").count() == 1
    assert page.locator("style").count() == 1
    assert page.locator("img, iframe, object, embed, base, [style], [onload], [onerror]").count() == 0
    asked = page.locator(".asked").all_text_contents()
    for number, text in enumerate(HOSTILE[:5]):
        assert asked[3 * number] == text
    assert "98,000 more characters" in asked[15]
    assert asked[21] == "\ufffd\ufffd[31m\ufffd"
    assert page.locator(".asked").evaluate_all("all => all.every((one) => one.dir === 'auto')")
    assert page.locator("a").evaluate_all("all => all.every((one) => one.getAttribute('href').startsWith('#'))")


@browsed
def test_the_policy_runs_nothing_but_the_reports_own_script(
    browser: Browser, tmp_path: Path, evaluation: Evaluation
) -> None:
    added = (
        "<script>window.hurt = 1</script><style>main { display: none }</style>"
        "<p id=bait onclick='window.hurt = 2'>.</p>"
        "<img src='https://example.invalid/a.png'></main>"
    )
    path = tmp_path / "added.html"
    path.write_text(report(evaluation, "harbour").replace("</main>", added), encoding="utf8")
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text))
    page.goto(path.as_uri())
    page.locator("#bait").click()
    assert page.evaluate("window.hurt") is None
    expect(page.locator("#count")).to_have_text("7 of 7 shown")
    assert len([words for words in refused if "Content Security Policy" in words]) == 4
    page.close()


@browsed
def test_filters_work_by_keyboard_and_say_how_many_are_left(
    opened: Callable[..., Page], evaluation: Evaluation
) -> None:
    page = opened(report(evaluation, "harbour"))
    count, keys = page.locator("#count"), page.keyboard
    expect(count).to_have_text("7 of 7 shown")
    assert count.get_attribute("aria-live") == "polite"
    page.locator("[name=result]").focus()
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    keys.press("Tab")
    expect(count).to_have_text("4 of 7 shown")
    keys.type("dates")
    keys.press("Tab")
    expect(count).to_have_text("3 of 7 shown")
    keys.press("Tab")
    keys.type("LAMP 1911")
    expect(count).to_have_text("1 of 7 shown")
    assert shown(page) == 1
    keys.type("x")
    expect(count).to_have_text("None of 7 shown")
    keys.press("Tab")
    keys.press("Enter")
    expect(count).to_have_text("7 of 7 shown")
    keys.press("Tab")
    keys.press("Enter")
    assert page.locator("#list details[open]").count() == 7
    keys.press("Enter")
    keys.press("Tab")
    keys.press("Enter")
    assert page.locator("#list details[open]").count() == 1


@browsed
def test_a_count_leads_to_its_questions_and_a_changed_question_to_itself(
    opened: Callable[..., Page], evaluation: Evaluation
) -> None:
    worse = replace(evaluation.outcomes[1], status="not_found", sound=False, contained=False)
    now = replace(evaluation, outcomes=(evaluation.outcomes[0], worse, *evaluation.outcomes[2:]))
    page = opened(report(now, "harbour", compare(evaluation, now)))
    page.locator("#categories a", has_text="people").click()
    expect(page.locator("#count")).to_have_text("2 of 7 shown")
    page.locator(".fates a", has_text="rightly declined").click()
    expect(page.locator("#count")).to_have_text("1 of 7 shown")
    page.locator("#lost a").first.click()
    assert page.locator("#list > li:visible").evaluate_all("all => all.every((one) => one.dataset.lost)")
    page.locator("[name=result]").select_option("silent")
    page.locator("#before a", has_text="harbour master").click()
    expect(page.locator("#q2")).to_be_visible()
    expect(page.locator("#count")).to_have_text("7 of 7 shown")


@browsed
def test_without_a_script_all_questions_are_there_and_no_filter(
    opened: Callable[..., Page], evaluation: Evaluation
) -> None:
    page = opened(report(evaluation, "harbour"), java_script_enabled=False)
    assert not page.locator("#filters").is_visible()
    assert shown(page) == 7
    page.locator("#list summary").first.click()
    expect(page.locator("#q1")).to_be_visible()
    expect(page.locator("#q1 .found .good").first).to_have_text("✓ holds a right place")


@browsed
def test_headings_are_in_order_and_tables_and_plots_have_names(
    opened: Callable[..., Page], evaluation: Evaluation
) -> None:
    now = replace(evaluation, settings={"decline_below": 0.25})
    page = opened(report(now, "harbour", compare(evaluation, now)))
    levels = page.locator(":is(h1, h2, h3, h4)").evaluate_all("all => all.map((one) => Number(one.tagName[1]))")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.locator("th:not([scope])").count() == 0
    assert page.locator("svg:not([aria-hidden]):not([role=img])").count() == 0
    for plot in page.locator("svg[role=img]").all():
        assert plot.locator("title").text_content()
        assert plot.locator("desc").text_content()
    assert page.locator("svg[role=img]").count() == 3
    ids = page.locator("[id]").evaluate_all("all => all.map((one) => one.id)")
    assert len(ids) == len(set(ids))
    assert page.locator("a").evaluate_all("all => all.every((one) => document.querySelector(one.getAttribute('href')))")
