"""The default answerer: quotes the documents' own sentences, and needs no language model.

Every sentence of the best passages is weighed by late interaction with the question. One weighted sum of that and a few
plainer signals orders the sentences; a logistic one says how likely the best is right.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.choosing import Candidate, choose
from rag.interaction import LateInteraction, Matrix, headed
from rag.kinds import Kind, asked_kind, fulfils
from rag.passages import only_headings
from rag.text import Span, content_terms, fold, latin_share, sentences, terms, without_markup
from rag.types import Document, Draft, Inquiry, Passage

CONTEXT = 0.4  # what a word carried over from an earlier turn counts, against the question's own
READ = 6  # passages that the small reader reads: 12 ms each on two cores
# What is left of the confidence where the source says otherwise than the question takes for granted: of ten such on the
# fitting halves of the public sets, one had an answer.
TAKEN_FOR_GRANTED = 0.5


class PassageReader(Protocol):
    """Reads (title, text, sentence spans) with a question in mind: scores of the sentences, and of "none answers"."""

    def read(
        self, question: str, passages: Sequence[tuple[str, str, Sequence[Span]]]
    ) -> list[tuple[list[float], float]]: ...


class Library(Protocol):
    """Knows the documents, for when they were published."""

    def document(self, path: str) -> Document | None: ...


class QuotingAnswerer:
    """Chooses the sentences that answer, marks the part that does, and says how likely they are right."""

    def __init__(self, interaction: LateInteraction, library: Library, reader: PassageReader | None = None) -> None:
        self._interaction = interaction
        self._library = library
        self._reader = reader

    def draft(self, inquiry: Inquiry, passages: Sequence[Passage]) -> Draft:
        """The sentences that answer best, in reading order, with the probability that they are right."""
        asked = self.weighed(inquiry)
        candidates = self.candidates(asked, passages)
        if not candidates:
            return Draft()
        choice = choose(asked.text, asked.kind, candidates, passages, self._published)
        sure = confidence(asked, candidates) * (TAKEN_FOR_GRANTED if choice.remark else 1.0)
        return Draft(choice.claims, confidence=sure, remark=choice.remark, lead=choice.lead)

    def _published(self, path: str) -> str:
        document = self._library.document(path)
        return (document and document.published) or ""

    def candidates(self, asked: Asked, passages: Sequence[Passage]) -> list[Candidate]:
        """Every sentence of the passages with its signals, best first."""
        found = []
        for passage, (spans, matrix) in zip(passages, self._interaction.tokens(passages), strict=True):
            likeness = asked.vectors @ matrix.T  # (word pieces of the question, word pieces of the passage)
            shift = len(headed(passage)) - len(passage.text)
            for start, end in sentences(passage.text):
                text = passage.text[start:end]
                inside = [i for i, (s, e) in enumerate(spans) if s >= start + shift and e <= end + shift]
                if not inside or not _is_statement(text, passage.text[:start]) or fold(text) == fold(passage.title):
                    continue
                nearest = likeness[:, inside].max(axis=1)
                words = asked.coverage(text)
                found.append(
                    Candidate(
                        passage,
                        start,
                        end,
                        rare=asked.blend(float(nearest @ asked.rarity), words),
                        plain=asked.blend(float(nearest @ asked.weight), words),
                        words=words,
                        kind=fulfils(asked.kind, text, asked.text),
                        fresh=0.0 if asked.said and fold(text) in asked.said else 1.0,
                    )
                )
        found = self._read(asked, found)
        return sorted(found, key=lambda one: (-one.score, one.passage.id, one.start))

    def _read(self, asked: Asked, candidates: list[Candidate]) -> list[Candidate]:
        """The candidates with what the small reader says of those in the first passages."""
        passages = list(dict.fromkeys(one.passage for one in candidates))[:READ]
        if self._reader is None or not passages:
            return candidates
        spans = {
            passage.id: [(c.start, c.end) for c in candidates if c.passage.id == passage.id] for passage in passages
        }
        readings = self._reader.read(
            asked.standalone, [(passage.title, passage.text, spans[passage.id]) for passage in passages]
        )
        none = max(score for _, score in readings)
        scores = {
            (passage.id, span): score
            for passage, (of_sentences, _) in zip(passages, readings, strict=True)
            for span, score in zip(spans[passage.id], of_sentences, strict=True)
        }
        top = max([*scores.values(), none])
        total = sum(math.exp(score - top) for score in scores.values())
        return [
            replace(
                one,
                reader=math.exp(scores[at] - top) / (total + math.exp(none - top)),
                share=math.exp(scores[at] - top) / (total or 1.0),
                lead=scores[at] - none,
            )
            if (at := (one.passage.id, (one.start, one.end))) in scores
            else one
            for one in candidates
        ]

    def weighed(self, inquiry: Inquiry) -> Asked:
        """The question with how rare each of its words and word pieces is."""
        question = inquiry.standalone
        pieces = self._interaction.pieces(question)
        own = np.array([1.0 if start < len(inquiry.text) else CONTEXT for start, _ in pieces.spans])
        return Asked(
            text=inquiry.text,
            standalone=question,
            said=fold(inquiry.said),
            kind=asked_kind(inquiry.text),
            vectors=pieces.vectors,
            weight=_normal(own),
            rarity=_normal(own * pieces.rarity),
            words={word: pieces.rarity_of(word) for word in content_terms(question)},
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, weighed against the corpus."""

    text: str
    standalone: str  # with what it leaves to the turns before
    said: str  # what earlier answers said, folded
    kind: Kind
    vectors: Matrix  # (word pieces, dimension)
    weight: NDArray[np.float32]  # of each word piece, summing to 1: the question's own weigh more than carried ones
    rarity: NDArray[np.float32]  # the same, rare words weighing more than common ones
    words: Mapping[str, float]  # content words and their rarity

    def blend(self, likeness: float, words: float) -> float:
        """A likeness by the model, as far as the question is in a script that it knows, and else shared words.

        On KorQuAD, 120 questions, the first sentence answers .84 of them by words, .72 by the model.
        """
        known = latin_share(self.text)
        return known * likeness + (1 - known) * words

    def coverage(self, text: str) -> float:
        """The share of the content words that a text holds, rare ones weighing more."""
        held = set(terms(text))
        total = sum(self.words.values())
        return sum(weight for word, weight in self.words.items() if word in held) / total if total else 0.0


def _normal(weights: NDArray[np.float64]) -> NDArray[np.float32]:
    normal: NDArray[np.float32] = (weights / weights.sum()).astype(np.float32)
    return normal


def _is_statement(text: str, before: str) -> bool:
    """Whether a sentence can be an answer: headings of Markdown, rows of badges and lone words cannot.

    A heading begins a passage; further down `#` begins a remark in a piece of code.
    """
    is_heading = text.startswith("#") and only_headings(before)
    return not is_heading and len(terms(without_markup(text))) > 2


# --- how sure ---------------------------------------------------------------------------------------------------------

# Logistic regression of "the first sentence answers" on the fitting halves of public question sets, 250 questions each,
# three of four taken to have an answer: python -m tests.benchmarks calibrate --questions 250
# Further signals add nothing: the lead over the second sentence, the reader's share, the passage's score, shared words,
# question words that the passage lacks (AUROC, mean of eight sets: .811 without, .801 to .812 with any one of them).
BIAS = -3.647
WEIGHTS = {"plain": 1.790, "similarity": 2.087, "reader": 2.476, "lead": 0.097, "kind": 0.819}
FARTHEST = 6.0  # beyond it the reader's lead says no more


def confidence(asked: Asked, candidates: Sequence[Candidate]) -> float:
    """The calibrated probability that the best sentence answers the question."""
    found = signals(asked, candidates[0])
    return 1 / (1 + math.exp(-BIAS - sum(weight * found[name] for name, weight in WEIGHTS.items())))


def signals(asked: Asked, best: Candidate) -> dict[str, float]:
    """What tells whether the best sentence answers."""
    return {
        "plain": best.plain,
        "similarity": best.passage.similarity or 0.0,
        "reader": best.reader,
        "lead": min(FARTHEST, max(-FARTHEST, best.lead)),
        "kind": best.kind,
    }
