"""The checker of the fault tests is content with a healthy index and notices every fault that is put into one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.faults import checker, sync_process
from tests.faults.corpus import Corpus, name
from tests.faults.embedder import BagOfWords


@dataclass(frozen=True, slots=True)
class Library:
    corpus: Path
    vectorstore: Path

    @property
    def faults(self) -> list[str]:
        return checker.faults(self.vectorstore, self.corpus, BagOfWords())

    @property
    def ledger_faults(self) -> list[str]:
        return checker.ledger_faults(checker.stored(self.vectorstore))

    def change(self, *statements: str) -> None:
        """Edits the ledger behind its owner's back."""
        with closing(sqlite3.connect(self.vectorstore / "ledger.sqlite")) as connection, connection:
            for statement in statements:
                assert connection.execute(statement).rowcount != 0

    @contextmanager
    def collection(self) -> Iterator[Any]:
        """The collection, to be edited behind its owner's back."""
        import chromadb
        from chromadb.config import Settings

        folder = self.vectorstore / "chroma" / checker.stored(self.vectorstore).build
        client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
        try:
            yield client.get_collection("passages", embedding_function=None)
        finally:
            client.close()


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("healthy")
    library = Library(Corpus(folder / "corpus", 6).folder, folder / "vectorstore")
    sync_process.sync(library.vectorstore, library.corpus, sync_threshold=10)
    return library


@pytest.fixture
def library(healthy: Library, tmp_path: Path) -> Library:
    """A copy of a healthy library, to be damaged."""
    return Library(
        shutil.copytree(healthy.corpus, tmp_path / "corpus"),
        shutil.copytree(healthy.vectorstore, tmp_path / "vectorstore"),
    )


def test_a_healthy_index_has_no_faults(library: Library) -> None:
    assert library.faults == []


def test_checking_changes_nothing(library: Library) -> None:
    def files() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in library.vectorstore.rglob("*") if path.is_file()}

    before = files()
    assert library.faults == []
    assert files() == before


LAST = "(SELECT max(start) FROM passages WHERE document = 'file001.txt')"
LAST_ROW = f"document = 'file001.txt' AND start = {LAST}"
SECOND = "(SELECT min(start) FROM passages WHERE document = 'file001.txt' AND start > 0)"
SECOND_ROW = f"document = 'file001.txt' AND start = {SECOND}"

# What is done to the ledger, and a part of the sentence that must say so.
IN_THE_LEDGER = {
    "last passage dropped": (
        [
            f"DELETE FROM lexical WHERE rowid = (SELECT number FROM passages WHERE {LAST_ROW})",
            f"DELETE FROM passages WHERE {LAST_ROW}",
        ],
        "file001.txt: passages end at",
    ),
    "a passage in the middle dropped": ([f"DELETE FROM passages WHERE {SECOND_ROW}"], "are in no passage"),
    "quote off by one": (
        [f'UPDATE passages SET start = start + 1, "end" = "end" + 1 WHERE {SECOND_ROW}'],
        "the passage is not what the text says there",
    ),
    "quote of another text": (
        [f"UPDATE passages SET text = replace(text, 'e', 'o') WHERE {LAST_ROW}"],
        "the passage is not what the text says there",
    ),
    "passages overlap": (
        [
            'UPDATE passages SET start = start - 1, text = (SELECT substr(d.text, passages.start, passages."end"'
            f" - passages.start + 1) FROM documents d WHERE path = passages.document) WHERE {SECOND_ROW}"
        ],
        "are in two passages",
    ),
    "text of a document changed": (
        ["UPDATE documents SET text = text || '.' WHERE path = 'file001.txt'"],
        "file001.txt: passages end at",
    ),
    "document without passages": (["DELETE FROM passages WHERE document = 'file001.txt'"], "passages end at 0"),
    "passages without a document": (["DELETE FROM documents WHERE path = 'file001.txt'"], "is no document"),
    "vector lost": (
        [f"DELETE FROM vectors WHERE hash = (SELECT vector FROM passages WHERE {LAST_ROW})"],
        "it has no vector",
    ),
    "vector zeroed": (
        [f"UPDATE vectors SET vector = zeroblob(256) WHERE hash = (SELECT vector FROM passages WHERE {LAST_ROW})"],
        "its vector has not the length 1",
    ),
    "lexical row missing": (
        [f"DELETE FROM lexical WHERE rowid = (SELECT number FROM passages WHERE {LAST_ROW})"],
        "it is not in the lexical index",
    ),
    "lexical row too many": (
        ["INSERT INTO lexical (rowid, title, section, body) VALUES (999999, 'a', 'b', 'c')"],
        "which is no passage",
    ),
    "lexical row of another text": (
        ["UPDATE lexical SET body = 'elsewhere'"],
        "the lexical index holds another text",
    ),
    "served and marked as a stray": (["INSERT INTO strays SELECT min(id) FROM passages"], "and marked as a stray"),
    "served and failed": (
        ["INSERT INTO failures VALUES ('file001.txt', NULL, 'it holds no text')"],
        "file001.txt is served and failed",
    ),
}


@pytest.mark.parametrize(("statements", "complaint"), IN_THE_LEDGER.values(), ids=IN_THE_LEDGER)
def test_a_fault_in_what_is_served_is_noticed_at_every_moment(
    library: Library, statements: list[str], complaint: str
) -> None:
    library.change(*statements)
    assert any(complaint in one for one in library.ledger_faults)


AFTER_A_SYNC = {
    "stray left": (["INSERT INTO strays VALUES ('elsewhere')"], "elsewhere is still marked as a stray"),
    "failed file forgotten": (["DELETE FROM failures"], "blank.txt is neither served nor failed"),
    "document forgotten": (
        ["PRAGMA foreign_keys = ON", "DELETE FROM documents WHERE path = 'file001.txt'"],
        "file001.txt is neither served nor failed",
    ),
    "stale document": (
        ["UPDATE documents SET path = 'gone.txt' WHERE path = 'file001.txt'"],
        "gone.txt is not in the corpus",
    ),
    "stale version": (
        ["UPDATE documents SET sha256 = 'another' WHERE path = 'file001.txt'"],
        "file001.txt: the file has changed since",
    ),
    "text that no file has": (
        [
            "UPDATE documents SET text = replace(text, 'e', 'o')",
            "UPDATE passages SET text = replace(text, 'e', 'o')",
        ],
        "file001.txt: the stored text is not that of the file",
    ),
    "head of the text lost": (
        ["UPDATE documents SET text = substr(text, 5) WHERE path = 'file001.txt'"],
        "file001.txt: the stored text is not that of the file",
    ),
    "vectors swapped": (
        [
            "UPDATE passages SET vector = CASE start WHEN 0 THEN (SELECT vector FROM passages p WHERE p.document ="
            f" passages.document AND p.start = {LAST}) ELSE (SELECT vector FROM passages p WHERE p.document ="
            f" passages.document AND p.start = 0) END WHERE document = 'file001.txt' AND start IN (0, {LAST})"
        ],
        "its vector is that of another text",
    ),
}


@pytest.mark.parametrize(("statements", "complaint"), AFTER_A_SYNC.values(), ids=AFTER_A_SYNC)
def test_a_fault_left_by_a_sync_is_noticed(library: Library, statements: list[str], complaint: str) -> None:
    library.change(*statements)
    assert any(complaint in one for one in library.faults)


def test_a_passage_that_the_model_does_not_read_to_its_end_is_noticed(library: Library) -> None:
    short = BagOfWords()
    short.max_tokens = 20
    found = checker.faults(library.vectorstore, library.corpus, short)
    assert any("the model does not read all of it" in one for one in found)


def test_a_file_that_came_after_the_sync_is_noticed(library: Library) -> None:
    (library.corpus / "new.txt").write_text("News.")
    assert library.faults == ["new.txt is neither served nor failed"]


def drop(collection: Any, ids: list[str], vectors: np.ndarray) -> None:
    collection.delete(ids[:1])


def swap(collection: Any, ids: list[str], vectors: np.ndarray) -> None:
    collection.update(ids[:2], embeddings=vectors[[1, 0]])


def keep(collection: Any, ids: list[str], vectors: np.ndarray) -> None:
    collection.add(["elsewhere"], embeddings=vectors[:1])


IN_THE_COLLECTION = {
    "an id is missing": (drop, "is not in the collection"),
    "vectors are swapped": (swap, "the collection holds another vector"),
    "an old id is left": (keep, "the collection holds elsewhere, which is not served"),
}


@pytest.mark.parametrize(("edit", "complaint"), IN_THE_COLLECTION.values(), ids=IN_THE_COLLECTION)
def test_a_fault_in_the_collection_is_noticed(
    library: Library, edit: Callable[[Any, list[str], np.ndarray], None], complaint: str
) -> None:
    passages = checker.stored(library.vectorstore).passages
    with library.collection() as collection:
        edit(collection, [one.id for one in passages], np.stack([one.vector for one in passages]))
    assert any(complaint in one for one in library.faults)


def test_a_passage_that_no_query_finds_is_noticed(library: Library) -> None:
    with library.collection() as collection:
        collection.delete(collection.get()["ids"][:1])
    assert any("a query with its own vector does not find it" in one for one in library.faults)


# --- the digest ------------------------------------------------------------------------------------------------------


def test_the_digest_is_the_same_whatever_the_order_of_the_rows(library: Library) -> None:
    before = checker.digest(library.vectorstore)
    library.change(
        "UPDATE lexical SET rowid = rowid + 1000",
        "UPDATE passages SET number = number + 1000",
    )
    assert checker.digest(library.vectorstore) == before
    assert library.faults == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE documents SET title = 'Another' WHERE path = 'file001.txt'",
        f"UPDATE passages SET page = 2 WHERE {LAST_ROW}",
        "UPDATE lexical SET title = 'another'",
        "UPDATE failures SET reason = 'another'",
        f"UPDATE passages SET vector = (SELECT vector FROM passages WHERE start = 0 LIMIT 1) WHERE {LAST_ROW}",
    ],
)
def test_the_digest_is_another_when_anything_served_is(library: Library, statement: str) -> None:
    before = checker.digest(library.vectorstore)
    library.change(statement)
    assert checker.digest(library.vectorstore) != before


def test_every_file_of_the_corpus_has_a_word_of_its_own(healthy: Library) -> None:
    texts = {path.name: path.read_text("utf8") for path in healthy.corpus.rglob("file*")}
    words = Corpus(healthy.corpus.parent / "another", 6).own_words()
    for path, word in words.items():
        assert [one for one, text in texts.items() if word in text] == [Path(path).name]
    assert len(words) == 6
    assert name(4) == "folder/file004.txt"
