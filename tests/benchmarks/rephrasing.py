"""A question in other words: some of its words exchanged for near ones, so that it shares fewer with what answers it.

People seldom ask in the words of their documents, but the questions of public sets were written beside their paragraphs
and repeat them. What is fitted on those alone takes shared words for the sign of an answer. Near words are found by the
default embedding model among the whole words of its own vocabulary; of some attempts the one that keeps the sense of
the question best is taken. English only, as the model is.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import numpy as np

from rag.models import EmbeddingModel
from rag.text import STOP_WORDS, stem

SHORTEST = 4  # letters of a word that is exchanged
NEIGHBOURS = 6  # near words that are drawn from
NEAREST = 0.60  # cosine of a near word; below it words are related, not alike ("school", "children")
ATTEMPTS = 4
SENSE = 0.80  # cosine to the question as it was, below which the sense is lost

_PREFIX = re.compile(r"^(?:un|dis|in|im|ex|non|de|re)(?=.{4})")
_LOWER = re.compile(rf"(?<![\w'’-])[a-z]{{{SHORTEST},}}(?![\w'’-])")


class Rephrasing:
    """Near words by the embedding model."""

    def __init__(self, model: EmbeddingModel, vocabulary: Sequence[str]) -> None:
        """The vocabulary: the model's word pieces, of which whole English words are used."""
        self._model = model
        self._words = [w for w in vocabulary if re.fullmatch(r"[a-z]{3,}", w) and w not in STOP_WORDS]
        self._vectors = np.asarray(model.embed_questions(self._words), dtype=np.float32)
        self._place = {word: i for i, word in enumerate(self._words)}
        self._known: dict[str, list[str]] = {}

    def near(self, word: str) -> list[str]:
        """Words of nearly the same sense and of another stem, nearest first."""
        if word not in self._known:
            self._known[word] = self._near(word)
        return self._known[word]

    def _near(self, word: str) -> list[str]:
        if word not in self._place:
            return []
        likeness = self._vectors @ self._vectors[self._place[word]]
        found = [self._words[i] for i in np.argsort(-likeness)[: 4 * NEIGHBOURS] if likeness[i] >= NEAREST]
        return [other for other in found if not _related(other, word)][:NEIGHBOURS]

    def rephrase(self, question: str, answer: str, rng: random.Random) -> str:
        """The question without most of the words it shares with `answer`; as it was, where the sense would be lost."""
        shared = {stem(word) for word in re.findall(r"\w+", answer.lower())}
        options = {
            match.span(): near
            for match in _LOWER.finditer(question)
            if stem(match.group()) in shared and (near := self.near(match.group()))
        }
        if not options:
            return question
        made = sorted({_exchanged(question, options, rng) for _ in range(ATTEMPTS)} - {question})
        vectors = np.asarray(self._model.embed_questions([question, *made]), dtype=np.float32)
        kept = [(float(vectors[0] @ vector), text) for vector, text in zip(vectors[1:], made, strict=True)]
        best, text = max(kept, default=(0.0, question))
        return text if best >= SENSE else question


def _exchanged(question: str, options: dict[tuple[int, int], list[str]], rng: random.Random) -> str:
    for (start, end), near in sorted(options.items(), reverse=True):
        if rng.random() < 0.8:
            question = question[:start] + rng.choice(near) + question[end:]
    return question


def _related(one: str, other: str) -> bool:
    """Whether two words are forms of one, or one denies the other: stated and unstated, imported and exported."""
    one, other = (_PREFIX.sub("", word) for word in (one, other))
    return stem(one) == stem(other) or one[:5] == other[:5]
