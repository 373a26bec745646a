"""Why an answer is as it is: what the fold under it shows of a search, its checks and its time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from rag.assistant import Assistant
from rag.config import Config
from rag.types import EVERYTHING, Answer, Claim, Document, Judged, Passage, Search, Trace
from rag.ui.why import MAX_CLAIMS, MAX_ROWS, STEPS, TIMED, why
from tests.conftest import FERRY, LIGHTHOUSE
from tests.ui.conftest import Visit
from tests.ui.fake import FakeAssistant

LIT = "When was the lighthouse at Cape Sumur lit?"
HOSTILE = "<img src=x onerror=alert(1)>"


def passage(number: int, text: str = "The lamp was lit.") -> Passage:
    return Passage(f"p{number}", "a.md", f"Title {number}", None, None, text, 0, len(text))


def claim(text: str) -> Claim:
    return Claim(text, passage(1), 0, 17)


SEARCH = Search(
    (passage(2), passage(1), passage(3)),
    {
        "dense": {"p1": 0.9, "p2": 0.5},
        "lexical": {"p2": 7.25, "p3": 7.25, "p1": 1.0},
        "fused": {"p1": 0.5, "p2": 0.75, "p3": 0.5},
        "a step of a later version": {"p1": 1.0},
    },
    frozenset({"p3"}),
)
TRACE = Trace("when was it lit (lamp)", SEARCH, 2, (Judged(claim("It was lit."), "supported", ""),), 0.25)
ANSWER = Answer(
    "Q?", "answered", "It was lit.", confidence=0.4, timings={"total": 200.0, "retrieve": 50.0}, trace=TRACE
)


def text_of(made: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", made).split())


def test_each_passage_has_its_rank_and_score_after_each_step() -> None:
    rows = [text_of(row) for row in re.findall(r"<tr.*?</tr>", why(ANSWER).split('class="claims"')[0])]
    assert rows[0] == "Passage Meaning Words Both"
    assert rows[1].endswith("lit. 2 0.50 1 7.25 1 0.75")
    assert rows[2].endswith("lit. 1 0.90 3 1.00 2 0.50")
    assert rows[3].endswith("not read, repeats a better one – 2 7.25 3 0.50")
    assert "3 passages came into question, 2 were read" in text_of(why(ANSWER))


def test_confidence_stands_beside_the_threshold_in_words_and_as_a_bar() -> None:
    made = why(ANSWER)
    assert "40 % likely to be right, at least the 25 % from which an answer is given" in made
    assert '<rect class="fill" y="2" width="40.0"' in made
    assert '<rect class="mark" x="25.0"' in made
    assert "4 % likely to be right, less than the 25 %" in why(replace(ANSWER, status="not_found", confidence=0.04))


def test_what_was_left_out_says_why_and_what_was_withheld_says_that() -> None:
    judged = (Judged(claim("It was lit."), "verbatim", ""), Judged(claim("It was tall."), "unsupported", "no “tall”"))
    answer = replace(ANSWER, trace=replace(TRACE, judged=judged))
    claims = text_of(why(answer)).partition("Sentences proposed ")[2]
    assert claims.startswith("It was lit. ✓ verbatim It was tall. ✕ not supported, left out: no “tall”")
    withheld = text_of(why(replace(answer, status="not_found")))
    assert "Why no answer" in withheld
    assert "None was given" in withheld
    assert "left out" not in withheld


def test_milliseconds_add_up_and_an_answer_given_before_took_no_steps() -> None:
    assert "200 ms in all. finding passages 50 ms the rest 150 ms" in text_of(why(ANSWER))
    assert "Next to none: the same question was answered before" in why(replace(ANSWER, timings={"total": 0.3}))
    assert "Time" not in why(replace(ANSWER, timings={}))


def test_where_nothing_was_searched_there_is_nothing_to_explain() -> None:
    assert why(replace(ANSWER, trace=None)) == ""
    assert "came into question" not in why(replace(ANSWER, trace=replace(TRACE, search=Search())))


def test_however_much_there_is_the_fold_stays_short_and_all_of_it_is_text() -> None:
    many = tuple(passage(n, HOSTILE * 900) for n in range(200))
    judged = (Judged(claim(HOSTILE), "partly", HOSTILE),) * 200
    trace = Trace(HOSTILE, Search(many, {"dense": {one.id: 1.0 for one in many}}), 8, judged, 0.25)
    made = why(replace(ANSWER, trace=trace))
    assert (made.count("<tr"), made.count("<li")) == (MAX_ROWS + 1 + 2, MAX_CLAIMS)
    assert len(made) < 20_000
    assert "<img" not in made


def test_the_fold_knows_every_step_and_time_of_a_real_answer(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for name, text in {"ferries.md": FERRY, "lighthouse.md": LIGHTHOUSE}.items():
        (tmp_path / "corpus" / name).write_text(text, "utf8")
    with Assistant.open(Config(corpus=tmp_path / "corpus", vectorstore=tmp_path / "index")) as assistant:
        assistant.sync()
        answer = assistant.ask("How much is a ticket for the ferry Gannet?")
    assert answer.trace
    assert set(answer.trace.search.steps) <= set(STEPS)
    assert set(answer.timings) - {"total"} <= set(TIMED)
    words = text_of(why(answer))
    for part in (
        "Why this answer",
        "Searched for “How much is a ticket",
        "12 euros",
        "Sentences proposed",
        "ms in all",
    ):
        assert part in words


class Explaining(FakeAssistant):
    """Explains its answers, and knows which words no document has."""

    def ask(self, *asked: Any, **more: Any) -> Answer:
        return replace(super().ask(*asked, **more), trace=TRACE)

    def unknown_words(self, question: str) -> list[str]:
        return [word for word in re.findall(r"\w+", question) if not self._ranked(word, EVERYTHING)]


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_fold_opens_and_stays_open_while_the_conversation_goes_on(
    documents: list[Document], open_site: Callable[..., str], visit: Callable[..., Visit]
) -> None:
    page = visit(open_site(Explaining(documents)))
    fold = page.ask(LIT).locator(".why")
    expect(fold.locator("table").first).to_be_hidden()
    fold.locator("summary").press("Enter")
    expect(fold.locator("table").first).to_be_visible()
    refusal = page.ask("Who moored a zeppelin at this lighthouse?")
    expect(refusal.locator("dt")).to_have_text(
        ["Looked for", "In no document", "Best answer found", "Nearest", "To try"]
    )
    expect(refusal.locator("dd").nth(1)).to_contain_text("“zeppelin”")
    expect(fold.locator("table").first).to_be_visible()
