"""Asks an assistant every question of a set and judges what comes back. Knows it only as `Asked`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from time import perf_counter
from typing import Protocol

from rag.config import Config
from rag.evaluation.measures import (
    Gold,
    cites,
    contains,
    first_ranks,
    hit,
    is_verbatim,
    ndcg,
    places,
    recall,
    reciprocal_rank,
)
from rag.evaluation.questions import Question
from rag.evaluation.result import Evaluation, Outcome
from rag.types import Answer, Document, Passage, QuestionError, QuestionSetError, SumberError, Turn

RETRIEVED = 10  # passages that the measures of retrieval look at
TEXTS_KEPT = 64  # stored texts held at a time; gold and citations of neighbouring questions often share one

StoredText = Callable[[str], str | None]


class Asked(Protocol):
    """What of an `Assistant` an evaluation uses."""

    @property
    def config(self) -> Config: ...

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer: ...

    def retrieve(self, question: str, k: int = RETRIEVED) -> Sequence[Passage]: ...

    def document(self, path: str) -> Document: ...


def evaluate(
    assistant: Asked, questions: Sequence[Question], progress: Callable[[int, int], None] | None = None
) -> Evaluation:
    """Asks each question with its history and measures the answer, its citations and the passages found.

    The passages are the first ten of `retrieve`. A follow-up means nothing to `retrieve`, which knows no history, so
    there they are `answer.passages`: those the answer was sought in, best first.

    `progress` is called with (questions done, of how many) after each.

    Raises:
        QuestionSetError: a question cannot be asked; the message names it.
    """

    @lru_cache(maxsize=TEXTS_KEPT)
    def stored_text(path: str) -> str | None:
        try:
            return assistant.document(path).text
        except SumberError:
            return None

    outcomes = []
    for question in questions:
        outcomes.append(_outcome(assistant, question, stored_text))
        if progress:
            progress(len(outcomes), len(questions))
    config = assistant.config
    return Evaluation(
        tuple(outcomes), {"embedding_model": config.embedding_model, "decline_below": config.decline_below}
    )


def _outcome(assistant: Asked, question: Question, stored_text: StoredText) -> Outcome:
    answer, milliseconds = _timed_answer(assistant, question)
    golds, stale = _gold(question, stored_text)
    ranks = _ranks(assistant, question, answer, golds)
    first = answer.citations[0] if answer.citations else None
    return Outcome(
        id=question.id,
        question=question.question,
        category=question.category,
        answerable=question.answerable,
        status=answer.status,
        confidence=answer.confidence,
        answer=answer.text,
        cited_document=first.document if first else None,
        cited_quote=first.quote if first else None,
        contained=_contained(answer, question),
        first_citation_right=any(first is not None and cites(first, gold) for gold in golds) if golds else None,
        verbatim=_verbatim(answer, stored_text),
        reciprocal_rank=reciprocal_rank(ranks) if golds else None,
        hit_at_1=hit(ranks, 1) if golds else None,
        hit_at_5=hit(ranks, 5) if golds else None,
        recall_at_5=recall(ranks, 5) if golds else None,
        ndcg_at_10=ndcg(ranks, 10) if golds else None,
        milliseconds=milliseconds,
        stale=stale,
    )


def _timed_answer(assistant: Asked, question: Question) -> tuple[Answer, float]:
    began = perf_counter()
    try:
        answer = assistant.ask(question.question, history=question.history)
    except QuestionError as error:
        raise QuestionSetError(f'the question "{question.id}" cannot be asked: {error}') from error
    return answer, (perf_counter() - began) * 1000


def _gold(question: Question, stored_text: StoredText) -> tuple[tuple[Gold, ...], str]:
    """The places of the sources of an answerable question; where one is lost, none, and the reason.

    None, because half a gold would call the right citation of the lost half wrong.
    """
    golds: list[Gold] = []
    lost: list[str] = []
    for source in question.sources if question.answerable else ():
        text = stored_text(source.document)
        spans = places(source.quote, text) if text is not None and source.quote else ()
        if text is None:
            lost.append(f"the corpus holds no document {source.document}")
        elif source.quote and not spans:
            lost.append(f"{source.document} does not hold the quote “{source.quote}”")
        else:
            golds.append(Gold(source.document, spans))
    return ((), "; ".join(lost)) if lost else (tuple(dict.fromkeys(golds)), "")


def _ranks(assistant: Asked, question: Question, answer: Answer, golds: Sequence[Gold]) -> tuple[int | None, ...]:
    if not golds:
        return ()
    passages = answer.passages if question.history else assistant.retrieve(question.question, k=RETRIEVED)
    return first_ranks(passages[:RETRIEVED], golds)


def _contained(answer: Answer, question: Question) -> bool | None:
    if not question.answers:
        return None
    # The sentences, because the markers in an answer's text, such as [1], would pass for numbers of the answer.
    text = " ".join(sentence.text for sentence in answer.sentences) or answer.text
    return answer.status == "answered" and contains(text, question.answers)


def _verbatim(answer: Answer, stored_text: StoredText) -> bool | None:
    checks = [is_verbatim(citation, stored_text(citation.document)) for citation in answer.citations]
    return all(checks) if checks else None
