"""Where a question was lost: each stage by itself, and on a real assistant with one fault each."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.config import Config
from rag.evaluation import Question, Source, evaluate
from rag.evaluation.losing import STAGES, where_lost
from rag.evaluation.measures import Gold
from rag.types import REFUSAL, Answer, Claim, Judged, Passage, Search, Trace, Verdict

TEXT = "The mill at Arden was built in 1790. Its wheel broke in 1841, and the miller left."
QUOTE = (37, len(TEXT))
MILL = Passage("m", "mill.md", "The mill", None, None, TEXT, 0, len(TEXT))
FERRY = Passage("f", "ferry.md", "The ferry", None, None, "The ferry runs twice a day.", 0, 27)
GOLD = Gold("mill.md", (QUOTE,))


def answered(
    found: tuple[Passage, ...] = (MILL, FERRY),
    read: int = 2,
    verdict: Verdict = "supported",
    candidates: tuple[Passage, ...] = (MILL, FERRY),
) -> Answer:
    """An answer that quotes the ferry, with a proposed sentence about the mill that had this verdict."""
    search = Search(found, {"dense": {one.id: 0.5 for one in candidates}, "lexical": {}})
    judged = (Judged(Claim("Its wheel broke.", MILL, *QUOTE), verdict, ""),)
    return Answer("Why did the miller leave?", "answered", "...", trace=Trace("", search, read, judged, 0.25))


def lost(answer: Answer, passages: tuple[Passage, ...] = (MILL,), stale: str = "", verbatim: bool = True) -> str:
    found = where_lost(answer, [GOLD], passages, stale, verbatim)
    assert found in STAGES
    return found


def test_each_stage_is_named_by_what_the_gold_did_not_pass() -> None:
    answer = answered()
    assert lost(answer, stale="the corpus holds no document mill.md") == "not read"
    assert lost(answer, passages=(replace(MILL, text=TEXT[:36], end=36),)) == "not in a passage"
    assert lost(answered(found=(FERRY,), candidates=(FERRY,))) == "not among candidates"
    assert lost(answered(found=(FERRY, MILL), read=1)) == "ranked low"
    assert lost(answered(found=(FERRY,))) == "ranked low"
    assert lost(answered(verdict="unsupported")) == "failed its check"
    assert lost(answer, verbatim=False) == "failed its check"
    assert lost(replace(answer, status="not_found", text=REFUSAL)) == "declined"
    assert lost(answer) == "not chosen"


def test_what_no_search_has_seen_is_lost_at_the_answer() -> None:
    assert lost(replace(answered(), trace=None)) == "not chosen"


# --- a real assistant -------------------------------------------------------------------------------------------------

DOCUMENTS = {
    "mill.md": "# The mill at Arden\n\nThe mill at Arden was built in 1790. Its wheel broke in the flood of 1841.\n\n"
    "The miller kept two donkeys, which carried flour to the harbour. In winter the stream froze, and nobody baked.\n",
    "ferry.md": "# The ferry\n\nThe ferry Gannet crosses to Lund twice a day. A ticket costs 12 euros.\n",
    "apples.md": "# Apples\n\nThe orchard at Lund picked 310 tonnes of apples in 2021.\n",
}
SET = (
    Question("mill", "When was the mill at Arden built?", True, ("1790",), (Source("mill.md", "built in 1790"),)),
    Question("ferry", "What does a ticket for the ferry cost?", True, ("12",), (Source("ferry.md", "12 euros"),)),
    Question("mayor", "Who is the mayor of Vienna?", False),
)


@pytest.fixture(scope="module")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    corpus, store = tmp_path_factory.mktemp("corpus"), tmp_path_factory.mktemp("index")
    for name, text in DOCUMENTS.items():
        (corpus / name).write_text(text, "utf8")
    with Assistant.open(Config(corpus=corpus, vectorstore=store)) as assistant:
        assistant.sync()
    return corpus, store


def test_a_right_answer_is_lost_nowhere_and_a_withheld_one_is_still_known_to_be_right(
    indexed: tuple[Path, Path],
) -> None:
    corpus, store = indexed
    with Assistant.open(Config(corpus=corpus, vectorstore=store)) as assistant:
        right = evaluate(assistant, SET)
    with Assistant.open(Config(corpus=corpus, vectorstore=store, decline=1.0)) as assistant:
        silent = evaluate(assistant, SET)
    assert (right.lost, silent.lost) == ({}, {"declined": 2})
    assert [one.sound for one in silent.outcomes] == [one.sound for one in right.outcomes] == [True, True, False]
    assert [one.right for one in silent.outcomes] == [False, False, True]
    assert right.risk_coverage == silent.risk_coverage
    assert right.figures["among_candidates"].value == right.figures["dense_hit_at_5"].value == 1.0
    assert right.settings["corpus"] == silent.settings["corpus"]
    assert right.settings["decline_below"] != silent.settings["decline_below"]


def test_a_document_that_is_gone_is_named_as_not_read(indexed: tuple[Path, Path]) -> None:
    corpus, store = indexed
    gone = replace(SET[0], id="gone", sources=(Source("windmill.md", "built in 1790"),))
    with Assistant.open(Config(corpus=corpus, vectorstore=store)) as assistant:
        assert evaluate(assistant, [gone]).lost == {"not read": 1}


def test_a_fault_in_a_setting_shows_in_the_trace(indexed: tuple[Path, Path]) -> None:
    corpus, store = indexed
    with Assistant.open(Config(corpus=corpus, vectorstore=store, passages=1)) as assistant:
        (outcome,) = evaluate(
            assistant, [replace(SET[0], question="What does the ferry to Lund cost at 1790?")]
        ).outcomes
    assert outcome.lost == "ranked low"


class Renamed:
    """The same assistant, whose passages all have other ids."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def __getattr__(self, name: str) -> object:
        return getattr(self._assistant, name)

    def retrieve(self, question: str, k: int = 10) -> list[Passage]:
        return [replace(one, id=f"renamed-{one.id[::-1]}") for one in self._assistant.retrieve(question, k)]


def test_gold_outlives_other_ids_and_other_sizes_of_passages(indexed: tuple[Path, Path], tmp_path: Path) -> None:
    corpus, store = indexed
    with Assistant.open(Config(corpus=corpus, vectorstore=store)) as assistant:
        before = evaluate(assistant, SET)
        renamed = evaluate(Renamed(assistant), SET)  # type: ignore[arg-type]
    with Assistant.open(Config(corpus=corpus, vectorstore=tmp_path, passage_tokens=32)) as assistant:
        assistant.sync()
        finer = evaluate(assistant, SET)
    assert renamed.figures == before.figures
    assert finer.settings["passages_indexed"] > before.settings["passages_indexed"]  # type: ignore[operator]
    assert finer.stale == before.stale == {}
    assert {name: figure.count for name, figure in finer.figures.items()} == {
        name: figure.count for name, figure in before.figures.items()
    }
    assert finer.figures["hit_at_5"].value == before.figures["hit_at_5"].value == 1.0
