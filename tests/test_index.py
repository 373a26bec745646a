"""The index as a search sees it: the same passages with the collection and without, and ids decide between equals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from rag.config import Config
from rag.index import SPARE, Index
from rag.ledger import Entry
from rag.types import Document, Passage

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


@pytest.mark.parametrize("ready", [True, False], ids=["with the collection", "without"])
@pytest.mark.parametrize("documents", [["a.md"], ["b.md"], ["a.md", "b.md"], []], ids=["most", "few", "all", "none"])
def test_the_nearest_of_some_documents_are_those_that_numpy_finds(
    tmp_path: Path, documents: list[str], ready: bool
) -> None:
    matrix = np.random.default_rng(1).normal(size=(1000, 8)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    index = Index(Config(vectorstore=tmp_path))
    ids = [f"{number:04d}" for number in range(1000)]
    index.ledger.keep_vectors(dict(zip(ids, matrix, strict=True)))
    parts = {"a.md": ids[:970], "b.md": ids[970:]}
    for path, own in parts.items():
        passages = tuple(Passage(one, path, "", None, None, "x", at, at + 1) for at, one in enumerate(own))
        index.ledger.serve([Entry(Document(path, "sha", "x" * len(own), ""), passages, tuple(own))])
    if ready:
        index.ready()
    among = [one for path in documents for one in parts[path]]
    best = sorted(among, key=lambda one: -float(matrix[int(one)] @ ALONG))[:20]
    assert [one for one, _ in index.nearest(ALONG, 20, documents)] == best
    index.close()
