"""The index as a search sees it: the same passages with the collection and without, and ids decide between equals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from rag.config import Config
from rag.index import SPARE, Index, Vector
from rag.ledger import Entry
from rag.types import Document, Passage
from rag.vectors import VectorStore

ALONG, ASIDE = np.eye(8, dtype=np.float32)[:2]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index of more equal vectors than are spared, and one that is nearer; no collection is opened."""
    index = Index(Config(vectorstore=tmp_path))
    ids = [f"{number:04d}" for number in reversed(range(5 * SPARE))]
    passages = tuple(Passage(one, "a.md", "", None, None, "x", at, at + 1) for at, one in enumerate([*ids, "near"]))
    index.ledger.keep_vectors({"equal": ASIDE, "near": ALONG})
    index.ledger.serve(
        [Entry(Document("a.md", "sha", "x" * len(passages), ""), passages, ("equal",) * len(ids) + ("near",))]
    )
    yield index
    index.close()


@pytest.mark.parametrize("documents", [None, ["a.md"]], ids=["everywhere", "narrowed"])
def test_without_a_collection_equal_passages_are_ordered_by_id(index: Index, documents: list[str] | None) -> None:
    found = index.nearest(np.asarray(0.8 * ALONG + 0.6 * ASIDE, dtype=np.float32), 4, documents)
    assert found == [("near", 0.8), ("0000", 0.6), ("0001", 0.6), ("0002", 0.6)]


def test_all_passages_are_found_where_there_are_fewer_than_asked_for(index: Index) -> None:
    for _ in range(2):
        assert len(index.nearest(ALONG, 1000)) == 5 * SPARE + 1
        index.ready()


def serve(index: Index, parts: Mapping[str, Sequence[str]], matrix: Vector) -> None:
    """Puts the passages of some documents into the ledger, the vector of each being the row that its id numbers."""
    for path, own in parts.items():
        index.ledger.keep_vectors({one: matrix[int(one)] for one in own})
        passages = tuple(Passage(one, path, "", None, None, "x", at, at + 1) for at, one in enumerate(own))
        index.ledger.serve([Entry(Document(path, "sha", "x" * len(own), ""), passages, tuple(own))])


@pytest.mark.parametrize("ready", [True, False], ids=["with the collection", "without"])
@pytest.mark.parametrize("documents", [["a.md"], ["b.md"], ["a.md", "b.md"], []], ids=["most", "few", "all", "none"])
def test_the_nearest_of_some_documents_are_those_that_numpy_finds(
    tmp_path: Path, documents: list[str], ready: bool
) -> None:
    matrix = np.random.default_rng(1).normal(size=(1000, 8)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    index = Index(Config(vectorstore=tmp_path), exact=0)
    ids = [f"{number:04d}" for number in range(1000)]
    parts = {"a.md": ids[:970], "b.md": ids[970:]}
    serve(index, parts, matrix)
    if ready:
        index.ready()
    among = [one for path in documents for one in parts[path]]
    best = sorted(among, key=lambda one: -float(matrix[int(one)] @ ALONG))[:20]
    assert [one for one, _ in index.nearest(ALONG, 20, documents)] == best
    index.close()


@pytest.mark.parametrize(("exact", "asked"), [(999, 1), (1000, 0)])
def test_the_collection_is_asked_where_there_are_too_many_passages_to_compare_them_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact: int, asked: int
) -> None:
    matrix = np.random.default_rng(1).normal(size=(1000, 8)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    looks = []

    def nearest(store: VectorStore, vector: Vector, limit: int) -> list[tuple[str, float]]:
        looks.append(limit)
        return by_graph(store, vector, limit)

    by_graph = VectorStore.nearest
    monkeypatch.setattr(VectorStore, "nearest", nearest)
    index = Index(Config(vectorstore=tmp_path), exact=exact)
    serve(index, {"a.md": [f"{number:04d}" for number in range(1000)]}, matrix)
    index.ready()
    best = np.argsort(-(matrix @ ALONG))[:20]
    assert [one for one, _ in index.nearest(ALONG, 20)] == [f"{number:04d}" for number in best]
    assert len(looks) == asked
    index.close()
