"""The default answerer: quotes the documents' own sentences, and needs no language model.

Every sentence of the best passages is weighed by late interaction: each word piece of the question meets the nearest
word piece of the sentence, both in context and as vectors of the embedding model (MaxSim; Khattab and Zaharia 2020).
One weighted sum of that and a few plainer signals orders the sentences; a logistic one says how likely the best is
right.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.kinds import Kind, answering_parts, asked_kind, fulfils
from rag.text import Span, content_terms, fold, names, numbers, sentences, terms, without_references
from rag.types import Claim, Draft, Inquiry, Passage

Matrix = NDArray[np.float32]
Tokens = tuple[list[Span], Matrix]  # word pieces of a text: their spans and their unit vectors

CONTEXT = 0.4  # what a word carried over from an earlier turn counts, against the question's own
READ = 6  # passages that the small reader reads: 12 ms each on two cores
READER = 0.3  # the reader's weight among the signals of a sentence
KEPT = 256  # passages whose word-piece vectors are kept for the next question: about 60 MB
MOST_SENTENCES = 3
NEAR = 0.06  # a second sentence is said where its score comes this close to the best, and in lists and reasons
NEAR_SEVERAL = 0.10


class Embedder(Protocol):
    """What answering needs of the embedding model."""

    def token_vectors(self, texts: Sequence[str]) -> list[Tokens]: ...


class PassageReader(Protocol):
    """Reads (title, text, sentence spans) with a question in mind: scores of the sentences, and of "none answers"."""

    def read(
        self, question: str, passages: Sequence[tuple[str, str, Sequence[Span]]]
    ) -> list[tuple[list[float], float]]: ...


class Frequencies(Protocol):
    """How common words are in the corpus."""

    @property
    def generation(self) -> int: ...

    def passage_count(self) -> int: ...

    def frequency(self, words: Iterable[str]) -> dict[str, int]: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, and what speaks for it. Signals are 0 to 1 unless said otherwise."""

    passage: Passage
    start: int  # code points in the passage's text
    end: int
    rare: float  # MaxSim of question and sentence, word pieces weighed by rarity
    plain: float  # MaxSim, all word pieces alike
    words: float  # share of the question's content words in the sentence, rare ones weighing more
    kind: float  # whether the sentence holds the kind of thing asked for; .5 where words cannot tell
    fresh: float  # 0 where an earlier answer of the conversation said it already
    reader: float = 0.0  # the small reader's probability that this sentence answers, among all that it read
    lead: float = 0.0  # the reader's score of this sentence over "none answers", a difference of logits

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]

    @property
    def score(self) -> float:
        """How much speaks for the sentence: orders the candidates of one question."""
        likeness = self.rare + 0.5 * self.plain + 0.2 * self.words + 0.1 * self.passage.score
        return likeness + 0.13 * self.kind + 0.35 * self.fresh + READER * self.reader


class QuotingAnswerer:
    """Chooses the sentences that answer, marks the part that does, and says how likely they are right."""

    def __init__(self, model: Embedder, corpus: Frequencies, reader: PassageReader | None = None) -> None:
        self._model = model
        self._corpus = corpus
        self._reader = reader
        self._kept: OrderedDict[str, Tokens] = OrderedDict()
        self._guard = Lock()

    def draft(self, inquiry: Inquiry, passages: Sequence[Passage]) -> Draft:
        """The sentences that answer best, in reading order, with the probability that they are right."""
        asked = self.weighed(inquiry)
        candidates = self.candidates(asked, passages)
        if not candidates:
            return Draft()
        chosen = chosen_sentences(candidates, asked.kind)
        return Draft(tuple(_claim(one, asked) for one in chosen), confidence(asked, candidates))

    def candidates(self, asked: Asked, passages: Sequence[Passage]) -> list[Candidate]:
        """Every sentence of the passages with its signals, best first."""
        found = []
        for passage, (spans, matrix) in zip(passages, self._tokens(passages), strict=True):
            likeness = asked.vectors @ matrix.T  # (word pieces of the question, word pieces of the passage)
            shift = len(_headed(passage)) - len(passage.text)
            for start, end in sentences(passage.text):
                text = passage.text[start:end]
                inside = [i for i, (s, e) in enumerate(spans) if s >= start + shift and e <= end + shift]
                if not inside or not _is_statement(text) or fold(text) == fold(passage.title):
                    continue
                nearest = likeness[:, inside].max(axis=1)
                found.append(
                    Candidate(
                        passage,
                        start,
                        end,
                        rare=float(nearest @ asked.rarity),
                        plain=float(nearest @ asked.weight),
                        words=asked.coverage(text),
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
        total = sum(math.exp(score - none) for score in scores.values()) + 1.0
        return [
            replace(one, reader=math.exp(scores[at] - none) / total, lead=scores[at] - none)
            if (at := (one.passage.id, (one.start, one.end))) in scores
            else one
            for one in candidates
        ]

    def _tokens(self, passages: Sequence[Passage]) -> list[Tokens]:
        """The word-piece vectors of passages; those of recent questions are kept, since a passage never changes."""
        with self._guard:
            missing = [passage for passage in passages if passage.id not in self._kept]
        made = self._model.token_vectors([_headed(passage) for passage in missing]) if missing else []
        with self._guard:
            self._kept.update(zip((passage.id for passage in missing), made, strict=True))
            result = []
            for passage in passages:
                self._kept.move_to_end(passage.id)
                result.append(self._kept[passage.id])
            while len(self._kept) > max(KEPT, len(passages)):
                self._kept.popitem(last=False)
        return result

    def weighed(self, inquiry: Inquiry) -> Asked:
        """The question with how rare each of its words and word pieces is."""
        question = inquiry.standalone
        spans, vectors = self._model.token_vectors([question])[0]
        count = self._corpus.passage_count()
        frequency = self._corpus.frequency(set(terms(question)))

        def rarity(word: str) -> float:  # inverse document frequency, as in BM25 (Robertson and Zaragoza 2009)
            return math.log(1 + (count - frequency.get(word, 0) + 0.5) / (frequency.get(word, 0) + 0.5))

        pieces = np.array([max(map(rarity, _terms_at(question, span)), default=rarity("")) for span in spans])
        own = np.array([1.0 if start < len(inquiry.text) else CONTEXT for start, _ in spans])
        return Asked(
            text=inquiry.text,
            standalone=question,
            said=fold(inquiry.said),
            kind=asked_kind(inquiry.text),
            vectors=vectors,
            weight=_normal(own),
            rarity=_normal(own * pieces),
            words={word: rarity(word) for word in content_terms(question)},
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

    def coverage(self, text: str) -> float:
        """The share of the content words that a text holds, rare ones weighing more."""
        held = set(terms(text))
        total = sum(self.words.values())
        return sum(weight for word, weight in self.words.items() if word in held) / total if total else 0.0


def _normal(weights: NDArray[np.float64]) -> NDArray[np.float32]:
    normal: NDArray[np.float32] = (weights / weights.sum()).astype(np.float32)
    return normal


def _headed(passage: Passage) -> str:
    return f"{passage.title}\n{passage.text}"


def _terms_at(question: str, span: Span) -> list[str]:
    """The terms of the word that a word piece belongs to."""
    start, end = span
    while start > 0 and question[start - 1].isalnum():
        start -= 1
    while end < len(question) and question[end].isalnum():
        end += 1
    return terms(question[start:end])


def _is_statement(text: str) -> bool:
    """Whether a sentence can be an answer: headings of Markdown and lone words cannot."""
    return not text.startswith("#") and len(terms(text)) > 2


# --- which sentences ------------------------------------------------------------------------------------------------


def chosen_sentences(candidates: Sequence[Candidate], kind: Kind) -> list[Candidate]:
    """The sentences to say: the best, and those that come near it; more for reasons and lists. Best first."""
    best = candidates[0]
    near = NEAR_SEVERAL if kind in ("reason", "list", "manner") else NEAR
    chosen = [best]
    for candidate in candidates[1:]:
        if len(chosen) == MOST_SENTENCES or best.score - candidate.score > near:
            break
        if all(fold(candidate.text) != fold(other.text) for other in chosen):
            chosen.append(candidate)
    return chosen


def _claim(candidate: Candidate, asked: Asked) -> Claim:
    shift = candidate.passage.start
    text = without_references(" ".join(candidate.text.split()))
    marks = answering_parts(asked.kind, text, asked.text)
    return Claim(text, candidate.passage, candidate.start + shift, candidate.end + shift, marks)


# --- how sure ---------------------------------------------------------------------------------------------------------

# Logistic regression of "the first sentence answers" on the fitting halves of public question sets, 250 questions each,
# three of four taken to have an answer: python -m tests.benchmarks.calibrate --questions 250
BIAS = -3.421
WEIGHTS = {"plain": 2.731, "similarity": 1.612, "reader": 2.361, "lead": 0.109, "foreign": -0.008}
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
        "foreign": _foreign(asked.text, f"{best.passage.title} {best.passage.section or ''} {best.passage.text}"),
    }


def _foreign(question: str, text: str) -> float:
    """The share of the question's names and numbers that a text does not hold: right fact, wrong year or country."""
    named = {term for name in names(question[:1].lower() + question[1:]) for term in content_terms(name)}
    named |= {number for number in numbers(question) if number in question}  # "the two countries" names no figure
    return len(named - set(terms(text)) - numbers(text)) / len(named) if named else 0.0
