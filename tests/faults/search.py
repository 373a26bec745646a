"""What is found through the front door of an index. For children, since a damaged collection can end a process."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.index import Index
from rag.text import terms
from tests.faults.corpus import opened
from tests.faults.embedder import BagOfWords

Hits = dict[str, tuple[list[str], list[str]]]  # by question: passage ids by meaning, by words


def hits(vectorstore: Path, corpus: Path, questions: Iterable[str], limit: int = 5) -> Hits:
    """The best passages for each question."""
    index = opened(vectorstore, corpus)
    try:
        index.ready()
        return {question: ask(index, question, limit) for question in questions}
    finally:
        index.close()


def ask(index: Index, question: str, limit: int = 5) -> tuple[list[str], list[str]]:
    """The ids of the best passages for a question, by meaning and by words."""
    vector = BagOfWords().embed_questions([question])[0]
    by_words = index.ledger.search(terms(question), limit)
    return [one for one, _ in index.nearest(vector, limit)], [one for one, _ in by_words]


def missing(vectorstore: Path, corpus: Path, sync_threshold: int, words: dict[str, str]) -> list[str]:
    """What is served and not found, or found and not served, however the last sync ended.

    Every passage served is sought by its own vector, and each document that holds its own word by that.
    """
    index = opened(vectorstore, corpus, sync_threshold)
    try:
        index.ready()
        return [*by_vector(index), *_by_word(index, words)]
    finally:
        index.close()


def missing_of(index: Index, document: str, word: str) -> list[str]:
    """What is wrong with the search for a document that is served."""
    passages = index.ledger.passages_of(document)
    stored = index.ledger.vectors(passage.id for passage in passages)
    not_found = [
        f"{document} at {passage.start}: not found by its own vector"
        for passage in passages
        if passage.id not in [one for one, _ in index.nearest(stored[passage.id], 10)]
        and not _is_held(index, passage.id, stored[passage.id])
    ]
    return ([] if passages else [f"{document} is not served"]) + not_found + _by_word(index, {document: word})


def marked(index: Index, marker: str) -> list[str]:
    """Where a word is found."""
    by_meaning, by_words = ask(index, marker)
    passages = index.ledger.passages(by_meaning + by_words)
    documents = [index.ledger.document(entry.path) for entry in index.ledger.documents()]
    places = {
        "by meaning": any(marker in passages[one].text for one in by_meaning),
        "by words": bool(by_words),
        "in a text": any(document is not None and marker in document.text for document in documents),
    }
    return [place for place, found in places.items() if found]


def by_vector(index: Index) -> list[str]:
    """What is served and not found by its own vector, or found and not served.

    One in a hundred may be out of reach in Chroma's graph, if the collection holds it.
    """
    wrong, unreached = [], []
    ids, vectors = index.ledger.all_vectors()
    passages = index.ledger.passages(ids)
    for one, vector in zip(ids, vectors, strict=True):
        found = [hit for hit, _ in index.nearest(vector, 10)]
        if one not in found:
            place = f"{passages[one].document} at {passages[one].start}: not found by its own vector"
            (unreached if _is_held(index, one, vector) else wrong).append(place)
        wrong += [f"{hit} is found and not served" for hit in found if hit not in passages]
    return wrong + (unreached if len(unreached) > max(1, len(ids) / 100) else [])


def _is_held(index: Index, passage: str, vector: NDArray[np.float32]) -> bool:
    """Whether the collection holds this vector for a passage."""
    if index._collection is None:
        return False
    held = index._collection._collection.get(ids=[passage], include=["embeddings"])["embeddings"]
    return held is not None and len(held) == 1 and bool(np.allclose(held[0], vector, atol=1e-5))


def _by_word(index: Index, words: dict[str, str]) -> list[str]:
    wrong = []
    for document, word in words.items():
        stored = index.ledger.document(document)
        if stored is None or word not in stored.text:
            continue
        found = index.ledger.passages(one for one, _ in index.ledger.search(terms(word), 5))
        if {passage.document for passage in found.values() if word in passage.text} != {document}:
            wrong.append(f"{document}: not found by its own word {word}")
    return wrong
