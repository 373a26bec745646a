"""Late interaction: each word piece of a question meets the nearest word piece of a passage, both in context.

Vectors are the embedding model's own, one for each word piece (MaxSim; Khattab and Zaharia 2020).
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rag.text import Span, terms
from rag.types import Passage

Matrix = NDArray[np.float32]
Tokens = tuple[list[Span], Matrix]  # word pieces of a text: their spans and their unit vectors

KEPT = 256  # passages whose word-piece vectors are kept for the next question: about 60 MB


class Embedder(Protocol):
    """What is needed of the embedding model."""

    def token_vectors(self, texts: Sequence[str]) -> list[Tokens]: ...


class Frequencies(Protocol):
    """How common words are in the corpus."""

    def passage_count(self) -> int: ...

    def frequency(self, words: Iterable[str]) -> dict[str, int]: ...


@dataclass(frozen=True, slots=True)
class Pieces:
    """The word pieces of a question."""

    spans: list[Span]
    vectors: Matrix  # (pieces, dimension)
    rarity: NDArray[np.float64]  # of the word that each is part of
    rarity_of: Callable[[str], float]  # of any term of the question


class LateInteraction:
    """Word pieces of questions and passages as vectors. Safe to share between threads."""

    def __init__(self, model: Embedder, corpus: Frequencies) -> None:
        self._model = model
        self._corpus = corpus
        self._kept: OrderedDict[str, Tokens] = OrderedDict()
        self._guard = Lock()

    def pieces(self, question: str) -> Pieces:
        """A question's word pieces, and how rare their words are in the corpus."""
        spans, vectors = self._model.token_vectors([question])[0]
        count = self._corpus.passage_count()
        frequency = self._corpus.frequency(set(terms(question)))

        def rarity(word: str) -> float:  # inverse document frequency, as in BM25 (Robertson and Zaragoza 2009)
            return math.log(1 + (count - frequency.get(word, 0) + 0.5) / (frequency.get(word, 0) + 0.5))

        each = [max(map(rarity, _terms_at(question, span)), default=rarity("")) for span in spans]
        return Pieces(spans, vectors, np.array(each), rarity)

    def scores(self, question: str, passages: Sequence[Passage]) -> list[float]:
        """How well each passage meets the question, -1 to 1: a mean over its word pieces, rare words weighing more."""
        asked = self.pieces(question)
        weight = asked.rarity / asked.rarity.sum()
        return [
            float((asked.vectors @ matrix.T).max(axis=1) @ weight) if len(matrix) else 0.0
            for _, matrix in self.tokens(passages)
        ]

    def tokens(self, passages: Sequence[Passage]) -> list[Tokens]:
        """The word pieces of passages under their titles; those of recent ones are kept, since none ever changes."""
        with self._guard:
            known = {passage.id: self._kept[passage.id] for passage in passages if passage.id in self._kept}
        missing = [passage for passage in passages if passage.id not in known]
        made = self._model.token_vectors([headed(passage) for passage in missing]) if missing else []
        known.update(zip((passage.id for passage in missing), made, strict=True))
        with self._guard:  # another thread may have pushed some of them out meanwhile
            for passage in passages:
                self._kept[passage.id] = known[passage.id]
                self._kept.move_to_end(passage.id)
            while len(self._kept) > max(KEPT, len(passages)):
                self._kept.popitem(last=False)
        return [known[passage.id] for passage in passages]


def headed(passage: Passage) -> str:
    """A passage under its title, as it is read."""
    return f"{passage.title}\n{passage.text}"


def _terms_at(question: str, span: Span) -> list[str]:
    """The terms of the word that a word piece belongs to."""
    start, end = span
    while start > 0 and question[start - 1].isalnum():
        start -= 1
    while end < len(question) and question[end].isalnum():
        end += 1
    return terms(question[start:end])
