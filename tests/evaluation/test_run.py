"""A whole evaluation of a small working assistant, and of the same one with one fault each."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from rag.evaluation import Evaluation, Figure, Question, Source, evaluate
from rag.evaluation.result import Cited
from rag.types import REFUSAL, Answer, Passage, QuestionSetError, Turn
from tests.evaluation.library import Library

TEXTS = {
    "light.md": "# The lighthouse\n\n"
    "Ines keeps the old lighthouse at Pulau Karang. She climbs 142 steps each night.\n\n"
    "The lighthouse lamp was lit in 1911 by her great-grandfather.",
    "harbour.md": "The harbour master of Teluk Biru is Amir.\n\nThe harbour closes at dusk in the storm season.",
}
KEEPER = Question(
    "keeper",
    "Who keeps the old lighthouse?",
    True,
    ("Ines",),
    (Source("light.md", "Ines keeps the old\nlighthouse"),),
    "people",
)
LIT = Question(
    "lit",
    "When was it lit?",
    True,
    ("1911",),
    (Source("light.md", "lit in 1911"),),
    "dates",
    (Turn("Tell me of the lighthouse lamp."),),
)
MAYOR = Question("mayor", "Who is the mayor of Bandung?", False, category="absent")
WHOLE_SET = (KEEPER, LIT, MAYOR)


def one(question: Question, library: Library | None = None) -> Evaluation:
    return evaluate(library or Library(TEXTS), [question])


class Silent(Library):
    """Declines everything, though it is sure."""

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        answer = super().ask(question, history)
        return Answer(question, "not_found", REFUSAL, passages=answer.passages, confidence=answer.confidence)


class Bold(Library):
    """Answers everything with the first sentence about the harbour."""

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        cited = self.cite("harbour.md", 0, 41)
        return replace(super().ask(question, history), status="answered", text=cited.quote, citations=(cited,))


class Shifted(Library):
    """Quotes one code point beside its offsets."""

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        answer = super().ask(question, history)
        shifted = tuple(replace(one, start=one.start + 1, end=one.end + 1) for one in answer.citations)
        return replace(answer, citations=shifted)


class Forgetful(Library):
    """Retrieves nothing, while its answers still know where they come from."""

    def retrieve(self, question: str, k: int = 10) -> list[Passage]:
        return super().retrieve(question, k) if k < 10 else []


def test_a_right_answer_is_right_by_every_measure() -> None:
    (outcome,) = one(KEEPER).outcomes
    assert outcome == replace(
        outcome,
        id="keeper",
        question="Who keeps the old lighthouse?",
        category="people",
        answerable=True,
        status="answered",
        answer="Ines keeps the old lighthouse at Pulau Karang. [1]",
        accepted=("Ines",),
        gold=KEEPER.sources,
        cited=(Cited("light.md", 18, 64, "Ines keeps the old lighthouse at Pulau Karang.", "verbatim", right=True),),
        contained=True,
        exact=False,
        word_f1=0.25,  # one word of seven, "the" not counted
        first_citation_right=True,
        citation_precision=1.0,
        citation_recall=1.0,
        cited_share=1.0,
        verbatim=True,
        reciprocal_rank=1.0,
        hit_at_1=True,
        hit_at_5=True,
        recall_at_5=1.0,
        ndcg_at_10=1.0,
        sound=True,
        lost="",
        stale="",
    )
    assert (outcome.wrong, outcome.right, outcome.citation_f1) == ((), True, 1.0)
    assert [hit.gold for hit in outcome.found] == [(0,), (), (), (), ()][: len(outcome.found)]


def test_a_whole_set_gives_every_figure_its_value_and_count() -> None:
    found = {name: (figure.value, figure.count) for name, figure in evaluate(Library(TEXTS), WHOLE_SET).figures.items()}
    assert found == {
        "hit_at_1": (1.0, 2),
        "hit_at_5": (1.0, 2),
        "recall_at_5": (1.0, 2),
        "mrr": (1.0, 2),
        "ndcg_at_10": (1.0, 2),
        "answer_contained": (1.0, 2),
        "exact_match": (0.0, 2),
        "word_f1": (pytest.approx((0.25 + 0.2) / 2), 2),
        "first_citation_right": (1.0, 2),
        "first_citation_right_when_answered": (1.0, 2),
        "citation_precision": (1.0, 2),
        "citation_recall": (1.0, 2),
        "citation_f1": (1.0, 2),
        "citations_verbatim": (1.0, 2),
        "sentences_cited": (1.0, 2),
        "declined_unanswerable": (1.0, 1),
        "declined_wrongly": (0.0, 2),
        "confidence_auroc": (1.0, 3),
        "aurc": (pytest.approx(1 / 9), 3),  # the one without an answer comes last of three
    }


def test_a_declined_answerable_question_counts_as_wrong() -> None:
    refused = replace(KEEPER, answers=("documents",))  # a word of the refusal itself
    evaluation = one(refused, Silent(TEXTS))
    assert evaluation.figures["answer_contained"].value == 0.0
    assert evaluation.figures["first_citation_right"].value == 0.0
    assert evaluation.figures["declined_wrongly"].value == 1.0
    assert evaluation.outcomes[0].wrong == ("declined, though the documents answer it",)


def test_a_declined_question_is_left_out_of_the_citations_of_those_answered() -> None:
    assert "first_citation_right_when_answered" not in one(KEEPER, Silent(TEXTS)).figures
    assert one(KEEPER, Bold(TEXTS)).figures["first_citation_right_when_answered"].value == 0.0


def test_an_answered_unanswerable_question_counts_as_wrong() -> None:
    evaluation = one(MAYOR, Bold(TEXTS))
    assert evaluation.figures["declined_unanswerable"].value == 0.0
    assert evaluation.outcomes[0].wrong == ("answered, though the documents do not say",)


def test_an_unanswerable_question_is_not_measured_for_what_it_cannot_have() -> None:
    outcome = one(replace(MAYOR, sources=(Source("gone.md"),)), Bold(TEXTS)).outcomes[0]
    measured = (outcome.contained, outcome.first_citation_right, outcome.reciprocal_rank, outcome.hit_at_1)
    assert measured == (None, None, None, None)
    assert outcome.stale == ""


def test_a_citation_of_another_document_is_wrong_though_it_is_verbatim() -> None:
    outcome = one(replace(KEEPER, answers=()), Bold(TEXTS)).outcomes[0]
    assert (outcome.first_citation_right, outcome.verbatim) == (False, True)
    assert outcome.wrong == ("the first citation is not of the right place",)


def test_a_citation_of_another_sentence_of_the_right_document_is_wrong() -> None:
    steps = replace(KEEPER, sources=(Source("light.md", "She climbs 142 steps"),))
    assert one(steps).figures["first_citation_right"].value == 0.0


def test_a_quote_beside_its_offsets_is_not_verbatim() -> None:
    evaluation = one(KEEPER, Shifted(TEXTS))
    assert evaluation.figures["citations_verbatim"].value == 0.0
    assert evaluation.outcomes[0].wrong == ("a citation is not word for word",)


def test_a_citation_of_a_document_that_is_not_there_is_not_verbatim() -> None:
    class Inventing(Library):
        def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
            answer = super().ask(question, history)
            return replace(answer, citations=tuple(replace(one, document="dream.md") for one in answer.citations))

    assert one(KEEPER, Inventing(TEXTS)).figures["citations_verbatim"].value == 0.0


def test_one_citation_beside_its_offsets_among_good_ones_makes_the_answer_not_verbatim() -> None:
    class Careless(Library):
        def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
            answer = super().ask(question, history)
            bad = replace(self.cite("harbour.md", 0, 41), start=1)
            return replace(answer, citations=(*answer.citations, bad))

    outcome = one(KEEPER, Careless(TEXTS)).outcomes[0]
    assert (outcome.verbatim, outcome.first_citation_right) == (False, True)


def test_an_answer_without_an_accepted_answer_is_not_right() -> None:
    evaluation = one(replace(KEEPER, answers=("Amir", "Wati")))
    assert evaluation.figures["answer_contained"].value == 0.0
    assert evaluation.outcomes[0].wrong == ("no accepted answer in it",)


def test_the_number_of_a_marker_is_not_taken_for_the_answer() -> None:
    assert one(replace(KEEPER, answers=("1",))).outcomes[0].contained is False


def test_a_question_without_accepted_answers_counts_in_no_figure_about_them() -> None:
    assert "answer_contained" not in one(replace(KEEPER, answers=())).figures


def test_a_question_without_sources_counts_in_no_figure_about_places() -> None:
    assert set(one(replace(KEEPER, sources=())).figures) == {
        "answer_contained",
        "exact_match",
        "word_f1",
        "citations_verbatim",
        "sentences_cited",
        "declined_wrongly",
        "aurc",
    }


def test_retrieval_is_measured_apart_from_the_answer() -> None:
    evaluation = one(KEEPER, Forgetful(TEXTS))
    assert evaluation.figures["mrr"].value == 0.0
    assert evaluation.figures["answer_contained"].value == 1.0
    assert evaluation.outcomes[0].wrong == ("the right passage is not among those found",)


def test_the_rank_of_the_right_passage_decides_the_retrieval_figures() -> None:
    third = replace(
        KEEPER, sources=(Source("light.md", "lit in 1911"),)
    )  # the heading shares as much and stands before
    outcome = one(third).outcomes[0]
    assert (outcome.hit_at_1, outcome.hit_at_5) == (False, True)
    assert outcome.reciprocal_rank == pytest.approx(1 / 3)
    assert outcome.ndcg_at_10 == pytest.approx(0.5)


def test_the_sixth_passage_is_beyond_the_first_five() -> None:
    library = Library({f"{number}.md": "The lighthouse." for number in range(1, 9)})
    outcome = one(replace(KEEPER, sources=(Source("6.md"),)), library).outcomes[0]
    assert (outcome.hit_at_5, outcome.recall_at_5) == (False, 0.0)
    assert outcome.reciprocal_rank == pytest.approx(1 / 6)
    assert outcome.ndcg_at_10 == pytest.approx(1 / math.log2(7))


def test_a_follow_up_is_measured_on_the_passages_its_answer_was_sought_in() -> None:
    evaluation = one(LIT, Forgetful(TEXTS))
    assert evaluation.figures["hit_at_1"].value == 1.0
    assert evaluation.outcomes[0].contained is True


def test_only_the_first_ten_passages_count() -> None:
    class Generous(Library):
        def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer:
            answer = super().ask(question, history)
            other = replace(answer.passages[0], document="harbour.md", start=0, end=5)
            return replace(answer, passages=(other,) * 10 + answer.passages)

    assert one(LIT, Generous(TEXTS)).figures["mrr"].value == 0.0


def test_a_gold_document_the_corpus_no_longer_holds_is_stale_and_not_a_zero() -> None:
    evaluation = one(replace(KEEPER, sources=(Source("gone.md", "Ines"),)))
    assert evaluation.stale == {"keeper": "the corpus holds no document gone.md"}
    assert "hit_at_1" not in evaluation.figures
    assert "first_citation_right" not in evaluation.figures
    assert evaluation.figures["answer_contained"].value == 1.0


def test_a_gold_quote_the_document_no_longer_holds_is_stale() -> None:
    evaluation = one(replace(KEEPER, sources=(Source("light.md", "Wati keeps it"),)))
    assert evaluation.stale == {"keeper": "light.md does not hold the quote “Wati keeps it”"}
    assert evaluation.to_dict()["stale"] == [
        {"id": "keeper", "reason": "light.md does not hold the quote “Wati keeps it”"}
    ]


def test_one_lost_source_takes_the_question_out_of_the_figures_about_places() -> None:
    evaluation = one(replace(KEEPER, sources=(*KEEPER.sources, Source("gone.md"))))
    assert list(evaluation.stale) == ["keeper"]
    assert "mrr" not in evaluation.figures


def test_a_source_given_twice_counts_once() -> None:
    missed = Source("harbour.md", "closes at dusk")
    twice = replace(LIT, sources=(*LIT.sources, Source("light.md", "lit  in\n1911"), missed))
    assert one(twice).outcomes[0].recall_at_5 == 0.5


def test_without_a_quote_any_passage_of_the_document_will_do() -> None:
    figures = one(replace(KEEPER, sources=(Source("light.md"),))).figures
    assert figures["hit_at_1"].value == figures["first_citation_right"].value == 1.0


def test_each_category_has_its_own_figures() -> None:
    evaluation = evaluate(Bold(TEXTS), WHOLE_SET)
    assert list(evaluation.by_category) == ["absent", "dates", "people"]
    assert evaluation.by_category["absent"] == {
        "citations_verbatim": Figure(1.0, 1.0, 1.0, 1),
        "declined_unanswerable": Figure(0.0, 0.0, 0.0, 1),
        "aurc": Figure(1.0, 1.0, 1.0, 1, chance=1.0),
    }
    assert evaluation.by_category["people"]["first_citation_right"].count == 1


def test_two_runs_differ_in_latency_only() -> None:
    one_run, other_run = (evaluate(Library(TEXTS), WHOLE_SET).to_dict() for _ in range(2))
    assert set(one_run.pop("latency")["by_question"]) == {"keeper", "lit", "mayor"}
    del other_run["latency"]
    assert one_run == other_run
    assert "milliseconds" not in json.dumps(one_run)


def test_the_result_survives_json_and_names_its_parts() -> None:
    evaluation = evaluate(Library(TEXTS), WHOLE_SET)
    result = json.loads(json.dumps(evaluation.to_dict(), allow_nan=False))
    assert Evaluation.from_dict(result) == evaluation
    assert {"settings", "figures", "categories", "lost", "risk_coverage", "questions", "latency"} < set(result)
    assert result["settings"] == {"embedding_model": "shared-words", "decline_below": 0.5}
    assert result["figures"]["declined_wrongly"] == {"value": 0.0, "low": 0.0, "high": 0.0, "count": 2, "chance": None}
    assert result["questions"][2]["declined"] is True
    assert result["stale"] == []
    assert result["latency"]["p50_ms"] <= result["latency"]["p95_ms"]


@pytest.mark.parametrize("change", [{"version": 1}, {"questions": [{}]}, {"questions": None}, {"latency": {}}])
def test_results_of_another_format_or_damaged_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(QuestionSetError, match="Evaluate again"):
        Evaluation.from_dict(evaluate(Library(TEXTS), WHOLE_SET).to_dict() | change)


def test_progress_is_told_after_each_question() -> None:
    told: list[tuple[int, int]] = []
    evaluate(Library(TEXTS), WHOLE_SET, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_no_question_is_an_evaluation_without_figures() -> None:
    evaluation = evaluate(Library(TEXTS), [])
    assert (evaluation.figures, evaluation.by_category, evaluation.latency, evaluation.stale) == ({}, {}, {}, {})


def test_a_question_that_cannot_be_asked_is_named_before_any_is_asked() -> None:
    told: list[tuple[int, int]] = []
    with pytest.raises(
        QuestionSetError, match=r'"keeper" has 8000 characters, and the limit is 2000\. Make it shorter'
    ):
        evaluate(Library(TEXTS), [LIT, replace(KEEPER, question="why " * 2000)], lambda *done: told.append(done))
    assert told == []
