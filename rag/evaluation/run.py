"""Asks an assistant every question of a set and judges what comes back. Knows it only as `Asked`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from time import perf_counter
from typing import Protocol

from rag.config import Config
from rag.evaluation.losing import touches, where_lost
from rag.evaluation.measures import (
    Gold,
    citation_precision,
    citation_recall,
    cites,
    contains,
    coverage,
    exact_match,
    first_ranks,
    hit,
    holds,
    is_verbatim,
    ndcg,
    places,
    recall,
    reciprocal_rank,
    word_f1,
)
from rag.evaluation.questions import Question, shown
from rag.evaluation.result import Cited, Evaluation, Hit, Outcome
from rag.types import Answer, Document, Passage, QuestionSetError, SumberError, Turn

RETRIEVED = 10  # passages that the measures of retrieval look at
KEPT = 64  # documents whose text is held at a time; gold and citations of neighbouring questions often share one

OnProgress = Callable[[int, int], None]


class Asked(Protocol):
    """What of an `Assistant` an evaluation uses."""

    @property
    def config(self) -> Config: ...

    def forget(self) -> None: ...

    def ask(self, question: str, history: Sequence[Turn] = ()) -> Answer: ...

    def retrieve(self, question: str, k: int = RETRIEVED) -> Sequence[Passage]: ...

    def document(self, path: str) -> Document: ...

    def passages_of(self, path: str) -> Sequence[Passage]: ...

    def facts(self) -> Mapping[str, str | float]: ...


def evaluate(assistant: Asked, questions: Sequence[Question], progress: OnProgress | None = None) -> Evaluation:
    """Asks each question with its history and measures the answer, its citations and the passages found.

    The passages are the first ten of `retrieve`. A follow-up means nothing to `retrieve`, which knows no history, so
    there they are `answer.passages`: those the answer was sought in, best first.

    Args:
        progress: called with (questions done, of how many) after each. What it raises ends the evaluation.

    Raises:
        QuestionSetError: a question is longer than the assistant takes; the message names it, before any is asked.
    """
    longest = assistant.config.max_question
    for question in questions:
        if len(question.question) > longest:
            raise QuestionSetError(
                f"the question {shown(question.id)} has {len(question.question)} characters, and the limit is"
                f" {longest}. Make it shorter, or raise SUMBER_MAX_QUESTION"
            )
    library = _Library(assistant)
    assistant.forget()  # an answer that was kept would take no time
    outcomes = []
    for question in questions:
        outcomes.append(_outcome(assistant, question, library))
        if progress:
            progress(len(outcomes), len(questions))
    return Evaluation(tuple(outcomes), assistant.facts())


def stored_text(assistant: Asked, path: str) -> str | None:
    """The stored text of a document, None where there is no such document."""
    try:
        return assistant.document(path).text
    except SumberError:
        return None


class _Library:
    """Texts and passages of the documents, the last few of them held."""

    def __init__(self, assistant: Asked) -> None:
        self.text = lru_cache(KEPT)(partial(stored_text, assistant))
        self.passages = lru_cache(KEPT)(assistant.passages_of)


def _outcome(assistant: Asked, question: Question, library: _Library) -> Outcome:
    answer, milliseconds = _timed_answer(assistant, question)
    golds, stale = _gold(question, library)
    found = _found(assistant, question, answer) if golds else ()
    ranks = first_ranks(found, golds)
    verbatim = _verbatim(answer, library)
    said, right = _said(answer), _first_right(answer, golds)
    contained = None if not question.answers else answer.status == "answered" and contains(said, question.answers)
    went_wrong = question.answerable and (answer.status == "not_found" or contained is False or right is False)
    passages = [one for path in {gold.document for gold in golds} for one in library.passages(path)]
    by_source = _by_source(answer, passages, golds)
    return Outcome(
        id=question.id,
        question=question.question,
        category=question.category,
        answerable=question.answerable,
        accepted=question.answers,
        gold=question.sources if question.answerable else (),
        status=answer.status,
        confidence=answer.confidence,
        answer=answer.text,
        cited=_cited(answer, golds),
        found=_hits(found, ranks),
        contained=contained,
        exact=exact_match(_marked(answer), question.answers) if question.answers else None,
        word_f1=word_f1(_marked(answer), question.answers) if question.answers else None,
        first_citation_right=right,
        citation_precision=citation_precision(answer.citations, golds) if golds else None,
        citation_recall=citation_recall(answer.citations, golds),
        cited_share=coverage(answer.sentences),
        verbatim=verbatim,
        reciprocal_rank=reciprocal_rank(ranks) if golds else None,
        hit_at_1=hit(ranks, 1) if golds else None,
        hit_at_5=hit(ranks, 5) if golds else None,
        recall_at_5=recall(ranks, 5) if golds else None,
        ndcg_at_10=ndcg(ranks, 10) if golds else None,
        dense_hit_at_5=by_source.dense,
        lexical_hit_at_5=by_source.lexical,
        among_candidates=by_source.either,
        sound=_sound(question, answer, golds),
        lost=where_lost(answer, golds, passages, stale, verbatim) if went_wrong or stale or verbatim is False else "",
        milliseconds=milliseconds,
        stale=stale,
    )


def _timed_answer(assistant: Asked, question: Question) -> tuple[Answer, float]:
    began = perf_counter()
    answer = assistant.ask(question.question, history=question.history)
    return answer, (perf_counter() - began) * 1000


def _gold(question: Question, library: _Library) -> tuple[tuple[Gold, ...], str]:
    """The places of the sources of an answerable question; where one is lost, none, and the reason.

    None, because half a gold would call the right citation of the lost half wrong.
    """
    golds: list[Gold] = []
    lost: list[str] = []
    for source in question.sources if question.answerable else ():
        text = library.text(source.document)
        spans = places(source.quote, text) if text is not None and source.quote else ()
        if text is None:
            lost.append(f"the corpus holds no document {source.document}")
        elif source.quote and not spans:
            lost.append(f"{source.document} does not hold the quote “{source.quote}”")
        else:
            golds.append(Gold(source.document, spans))
    return ((), "; ".join(lost)) if lost else (tuple(dict.fromkeys(golds)), "")


def _found(assistant: Asked, question: Question, answer: Answer) -> Sequence[Passage]:
    passages = answer.passages if question.history else assistant.retrieve(question.question, k=RETRIEVED)
    return passages[:RETRIEVED]


def _hits(found: Sequence[Passage], ranks: Sequence[int | None]) -> tuple[Hit, ...]:
    return tuple(
        Hit(one.id, one.document, one.start, one.end, one.score, tuple(g for g, r in enumerate(ranks) if r == rank))
        for rank, one in enumerate(found, 1)
    )


def _said(answer: Answer) -> str:
    """The sentences, because the markers in an answer's text, such as [1], would pass for numbers of the answer."""
    return " ".join(sentence.text for sentence in answer.sentences) or answer.text


def _marked(answer: Answer) -> str:
    """The part of an answer that is marked as what answers; without marks its first sentence; nothing if declined."""
    if answer.status == "not_found":
        return ""
    marked = [sentence.text[start:end] for sentence in answer.sentences for start, end in sentence.marks]
    cited = [sentence.text for sentence in answer.sentences if sentence.citations]
    return (marked or cited or [answer.text])[0]


def _first_right(answer: Answer, golds: Sequence[Gold]) -> bool | None:
    first = answer.citations[:1]
    return any(cites(one, gold) for one in first for gold in golds) if golds else None


def _cited(answer: Answer, golds: Sequence[Gold]) -> tuple[Cited, ...]:
    return tuple(
        Cited(
            one.document,
            one.start,
            one.end,
            one.quote,
            one.verdict,
            any(cites(one, gold) for gold in golds) if golds else None,
        )
        for one in answer.citations
    )


def _verbatim(answer: Answer, library: _Library) -> bool | None:
    checks = [is_verbatim(citation, library.text(citation.document)) for citation in answer.citations]
    return all(checks) if checks else None


def _sound(question: Question, answer: Answer, golds: Sequence[Gold]) -> bool:
    """Whether an answer is right, or would be if it were not withheld."""
    if not question.answerable:
        return False
    withheld = [one.claim for one in answer.trace.judged if one.verdict != "unsupported"] if answer.trace else []
    declined = answer.status == "not_found"
    if question.answers:
        said = " ".join(claim.text for claim in withheld) if declined else _said(answer)
        return contains(said, question.answers)
    if declined:
        return any(touches(claim, gold) for claim in withheld[:1] for gold in golds)
    return bool(_first_right(answer, golds))


@dataclass(frozen=True, slots=True)
class _BySource:
    """Whether a passage that holds gold is among the first five of a source, and whether any source found it at all."""

    dense: bool | None = None
    lexical: bool | None = None
    either: bool | None = None


def _by_source(answer: Answer, passages: Sequence[Passage], golds: Sequence[Gold]) -> _BySource:
    if not golds or not answer.trace:
        return _BySource()
    holding = {one.id for one in passages if any(holds(one, gold) for gold in golds)}
    steps = answer.trace.search.steps
    first = {name: sorted(steps[name], key=lambda one: (-steps[name][one], one))[:5] for name in ("dense", "lexical")}
    return _BySource(
        bool(holding & set(first["dense"])),
        bool(holding & set(first["lexical"])),
        any(holding & scores.keys() for scores in steps.values()),
    )
