"""The passages for a question: dense and lexical candidates, one fusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from numpy.typing import NDArray

from rag.index import Index
from rag.text import content_terms, latin_share, names, terms
from rag.types import EVERYTHING, Passage, Scope

CANDIDATES = 50  # from each source; beyond it fusion gains nothing on SciFact
# Of the dense score in the fusion, for a question in Latin script. Weighted sums of min-max-scaled scores beat rank
# fusion (RRF, k = 60) on both sets tried: SciFact nDCG@10 .733 against .724.
DENSE_WEIGHT = 0.5
# What the names in the best passage find counts so much against what the question finds: the second document of a
# question that needs two. HotpotQA both@5 .64 to .74, three other sets within .005 (tests/benchmarks/retrieval.py).
HOP_WEIGHT = 0.4
MOST_NAMES = 24  # of one passage that are followed


class QuestionEmbedder(Protocol):
    """What retrieval needs of the embedding model."""

    def embed_questions(self, texts: Sequence[str]) -> NDArray[np.float32]: ...


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

    def __init__(self, index: Index, model: QuestionEmbedder, k: int = 10) -> None:
        super().__init__()
        self._index = index
        self._model = model
        self._k = k

    def passages(self, question: str, k: int | None = None, scope: Scope = EVERYTHING) -> list[Passage]:
        """The k best passages for a question, best first; as many as there are where there are fewer."""
        k = self._k if k is None else k
        vector = self._model.embed_questions([question])[0]
        limit = max(k, CANDIDATES)
        with self._index.ledger.snapshot():
            documents = None if scope == EVERYTHING else self._index.ledger.within(scope)
            scores = self._scores(question, vector, limit, documents)
            scores = self._hopped(question, scores, limit, documents)
            best = sorted(scores, key=lambda one: (-scores[one], one))[:k]
            passages = self._index.ledger.passages(best)
            vectors = self._index.ledger.vectors(best)
        return [
            replace(passages[one], score=scores[one], similarity=float(vectors[one] @ vector))
            for one in best
            if one in passages
        ]

    def _scores(
        self, question: str, vector: NDArray[np.float32], limit: int, documents: Sequence[str] | None
    ) -> dict[str, float]:
        return fuse(self.candidates(question, vector, limit, documents), DENSE_WEIGHT * latin_share(question))

    def _hopped(
        self, question: str, scores: dict[str, float], limit: int, documents: Sequence[str] | None
    ) -> dict[str, float]:
        """The scores with those of a second search, for the question and the names that its best passage holds."""
        first = min(scores, key=lambda one: (-scores[one], one), default="")
        named = [_names_beside_title(passage) for passage in self._index.ledger.passages([first]).values()]
        if not named or not named[0]:
            return scores
        longer = f"{question} {' '.join(named[0])}"
        further = self._scores(longer, self._model.embed_questions([longer])[0], limit, documents)
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
