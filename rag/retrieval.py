"""The passages for a question: dense and lexical candidates, one fusion."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from numpy.typing import NDArray

from rag.config import DENSE_WEIGHT
from rag.index import Index
from rag.interaction import headed
from rag.text import content_terms, names, terms
from rag.types import EVERYTHING, Passage, Scope, Search

CANDIDATES = 50  # from each source; beyond it fusion gains nothing on SciFact
# A question is foreign to the model below the first and at home from the second: IDK-MRC hit@1 .784 to .876, while no
# English set changes by more than .003.
FOREIGN, AT_HOME = 0.1, 0.4
# What the names in the best passage find counts so much against what the question finds: the second document of a
# question that needs two. HotpotQA both@5 .64 to .74, three other sets within .005 (tests/benchmarks/retrieval.py).
HOP_WEIGHT = 0.4
MOST_NAMES = 24  # of one passage that are followed
# Passages that late interaction looks at, and how steeply it lowers those that meet the question less well than the
# best does. SQuAD hit@1 goes from .836 to .886 (500 questions), HotpotQA both@5 from .73 to .78 (100), chunking R@5
# from .803 to .820 (250), and no set falls by more than .008. About 10 ms a passage, which the answer needs as well.
CLOSER, CLOSER_WEIGHT = 10, 8.0
REPEATS = 10  # passages looked at beyond those asked for, to stand in for those that only repeat a better one
SAME = 0.985  # cosine from which on a passage may repeat another: the same words, under another title or date
RERANKED = 30  # passages that a reranker reads, where there is one


class QuestionEmbedder(Protocol):
    """What retrieval needs of the embedding model."""

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]: ...

    def familiarity(self, question: str) -> float: ...


class Closer(Protocol):
    """Looks at passages more closely than their vectors allow: how well each meets the question, -1 to 1."""

    def scores(self, question: str, passages: Sequence[Passage]) -> list[float]: ...


class PairScorer(Protocol):
    """Reads question and passage together: how well they fit, higher is better, of no fixed range."""

    def scores(self, question: str, texts: Sequence[str]) -> list[float]: ...


@dataclass(frozen=True, slots=True)
class Candidates:
    """What each source found for a question: scores by passage id, higher is better."""

    dense: dict[str, float]
    lexical: dict[str, float]


def fuse(candidates: Candidates, dense_weight: float) -> dict[str, float]:
    """One score per passage, 0 to 1: a weighted sum of each source's scores, scaled to 0..1; not found counts as 0."""
    dense, lexical = scaled(candidates.dense), scaled(candidates.lexical)
    return {
        one: dense_weight * dense.get(one, 0.0) + (1 - dense_weight) * lexical.get(one, 0.0)
        for one in dense.keys() | lexical.keys()
    }


def scaled(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores min-max-scaled to 0..1; all 1 where they are equal."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    return {one: (score - low) / (high - low) if high > low else 1.0 for one, score in scores.items()}


class HybridRetriever(BaseRetriever):
    """A llama-index retriever over an index. `passages` is the same in Sumber's own nouns."""

    def __init__(
        self,
        index: Index,
        model: QuestionEmbedder,
        k: int = 10,
        closer: Closer | None = None,
        reranker: PairScorer | None = None,
        dense_weight: float | None = None,
    ) -> None:
        super().__init__()
        self._index = index
        self._model = model
        self._k = k
        self._closer = closer
        self._reranker = reranker
        self._dense_weight = DENSE_WEIGHT if dense_weight is None else dense_weight

    def passages(self, question: str, k: int | None = None, scope: Scope = EVERYTHING) -> list[Passage]:
        """The k best passages for a question, best first; as many as there are where there are fewer."""
        return list(self.search(question, k, scope).passages)

    def search(self, question: str, k: int | None = None, scope: Scope = EVERYTHING) -> Search:
        """The same with the scores that led there."""
        k = self._k if k is None else k
        vector = self._model.embed_questions([question])[0]
        limit = max(k, CANDIDATES)
        with self._index.ledger.snapshot():
            documents = None if scope == EVERYTHING else self._index.ledger.within(scope)
            candidates = self.candidates(question, vector, limit, documents)
            fused = self._fused(question, candidates)
            closer = self._looked_at(question, fused)
            scores = self._hopped(question, closer, limit, documents)
            count = max(k, RERANKED) if self._reranker else k
            best = sorted(scores, key=lambda one: (-scores[one], one))[: count + REPEATS]
            vectors = self._index.ledger.vectors(best)
            known = self._index.ledger.passages(best)
            best, repeats = _unrepeated([known[one] for one in best if one in known], vectors)
            passages = {one: known[one] for one in best[:count]}
        best = list(passages)
        steps = {"dense": candidates.dense, "lexical": candidates.lexical, "fused": fused, "closer look": closer}
        steps["second search"] = scores
        if self._reranker and best:
            best = _reranked(best, self._reranker.scores(question, [headed(passages[one]) for one in best]))[:k]
            steps["reranked"] = scores = {one: 1 - place / len(best) for place, one in enumerate(best)}
        found = (replace(passages[one], score=scores[one], similarity=float(vectors[one] @ vector)) for one in best)
        return Search(tuple(found), steps, repeats)

    def _fused(self, question: str, candidates: Candidates) -> dict[str, float]:
        return fuse(candidates, self._dense_weight * self._at_home(question))

    def _at_home(self, question: str) -> float:
        """How far the model understands a question, 0 to 1."""
        return min(1.0, max(0.0, (self._model.familiarity(question) - FOREIGN) / (AT_HOME - FOREIGN)))

    def _looked_at(self, question: str, scores: dict[str, float]) -> dict[str, float]:
        """The scores with those of the first passages lowered as they meet the question less well than the best does.

        None falls below the passages that were not looked at.
        """
        first = sorted(scores, key=lambda one: (-scores[one], one))[:CLOSER]
        steep = CLOSER_WEIGHT * self._at_home(question)
        if self._closer is None or not steep:
            return scores
        passages = self._index.ledger.passages(first)
        found = dict(zip(passages, self._closer.scores(question, list(passages.values())), strict=True))
        best = max(found.values(), default=0.0)
        floor = max((score for one, score in scores.items() if one not in found), default=0.0)
        lowered = {one: (scores[one] - floor) * math.exp(-steep * (best - met)) for one, met in found.items()}
        return {one: floor + lowered[one] if one in lowered else score for one, score in scores.items()}

    def _hopped(
        self, question: str, scores: dict[str, float], limit: int, documents: Sequence[str] | None
    ) -> dict[str, float]:
        """The scores with those of a second search, for the question and the names that its best passage holds."""
        first = min(scores, key=lambda one: (-scores[one], one), default="")
        named = [_names_beside_title(passage) for passage in self._index.ledger.passages([first]).values()]
        if not named or not named[0]:
            return scores
        longer = f"{question} {' '.join(named[0])}"
        vector = self._model.embed_questions([longer])[0]
        further = self._fused(longer, self.candidates(longer, vector, limit, documents))
        return {
            one: (scores.get(one, 0.0) + HOP_WEIGHT * further.get(one, 0.0)) / (1 + HOP_WEIGHT)
            for one in scores.keys() | further.keys()
        }

    def candidates(
        self, question: str, vector: NDArray[np.float32], limit: int, documents: Sequence[str] | None = None
    ) -> Candidates:
        """What each source finds. Words without topic are searched for only if there are no others."""
        words = content_terms(question) or terms(question)
        return Candidates(
            dense=dict(self._index.nearest(vector, limit, documents)),
            lexical=dict(self._index.ledger.search(words, limit, documents)),
        )

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [
            NodeWithScore(node=_node(passage), score=passage.score) for passage in self.passages(query_bundle.query_str)
        ]


def _unrepeated(
    passages: Sequence[Passage], vectors: Mapping[str, NDArray[np.float32]]
) -> tuple[list[str], frozenset[str]]:
    """Their ids in their order, but what only repeats an earlier one comes last; and which those are.

    Near in meaning is not enough: the report of another year is the same but for its numbers.
    """
    matrix = np.stack([vectors[one.id] for one in passages]) if passages else np.zeros((0, 1), dtype=np.float32)
    near = np.tril(matrix @ matrix.T >= SAME, -1)
    repeats = [
        later.id
        for later, row in zip(passages, near, strict=True)
        if any(_words(earlier) == _words(later) for earlier, is_near in zip(passages, row, strict=True) if is_near)
    ]
    return [one.id for one in passages if one.id not in repeats] + repeats, frozenset(repeats)


def _words(passage: Passage) -> list[str]:
    return terms(f"{passage.section or ''} {passage.text}")


def _reranked(ids: Sequence[str], scores: Sequence[float]) -> list[str]:
    """Ids by the reranker's scores, best first; equal ones in the order they came in."""
    return [ids[i] for i in sorted(range(len(ids)), key=lambda i: (-scores[i], i))]


def _names_beside_title(passage: Passage) -> list[str]:
    title = set(content_terms(passage.title))
    found = [name for name in dict.fromkeys(names(passage.text)) if not set(content_terms(name)) <= title]
    return found[:MOST_NAMES]


def _node(passage: Passage) -> TextNode:
    facts: dict[str, Any] = {
        "document": passage.document,
        "title": passage.title,
        "section": passage.section,
        "page": passage.page,
        "similarity": passage.similarity,
    }
    return TextNode(
        id_=passage.id, text=passage.text, start_char_idx=passage.start, end_char_idx=passage.end, metadata=facts
    )
