"""What must hold of an index, found out without the code that made it: reads the SQLite file and Chroma by itself.

`ledger_faults` holds at every moment, however a sync was cut short; `faults` after a clean sync. Both return
sentences that say what is wrong, and `[]` for a healthy index. `digest` names all that is served.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

HEADING_TOKENS = 48  # of title and section that are embedded with a passage
SAME = 1e-4  # of two cosines or two coordinates that are the same but for rounding


class Embedder(Protocol):
    """What is needed of the model that the index was built with."""

    max_tokens: int

    def token_spans(self, text: str) -> list[tuple[int, int]]: ...

    def embed_passages(self, texts: list[str]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class StoredPassage:
    number: int  # of its row
    id: str
    document: str
    title: str
    section: str | None
    page: int | None
    text: str
    start: int
    end: int
    vector: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Stored:
    """Everything that a ledger serves, as it lies in the file."""

    documents: dict[str, dict[str, object]]  # columns by path
    passages: list[StoredPassage]  # in order of document and start
    failures: dict[str, str]  # reasons by path
    strays: list[str]
    lexical: dict[int, tuple[str, str, str]]  # terms of title, section and body by row
    build: str  # folder of the collection

    def by_document(self) -> dict[str, list[StoredPassage]]:
        result: dict[str, list[StoredPassage]] = {path: [] for path in self.documents}
        for passage in self.passages:
            result.setdefault(passage.document, []).append(passage)
        return result


def stored(vectorstore: Path) -> Stored:
    """One state of the ledger in this folder, however much another process writes."""
    # Read and write: a ledger whose writer was killed is recovered by the first that opens it.
    with closing(sqlite3.connect(f"file:{vectorstore / 'ledger.sqlite'}?mode=rw", uri=True, timeout=30)) as connection:
        connection.isolation_level = None
        connection.execute("BEGIN")
        cursor = connection.execute("SELECT * FROM documents ORDER BY path")
        columns = [column[0] for column in cursor.description]
        documents = {row[0]: dict(zip(columns, row, strict=True)) for row in cursor}
        passages = [
            StoredPassage(*row, None if vector is None else np.frombuffer(vector, dtype=np.float32))
            for *row, vector in connection.execute(
                'SELECT number, id, document, title, section, page, text, start, "end", v.vector FROM passages'
                " LEFT JOIN vectors v ON passages.vector = v.hash ORDER BY document, start, id"
            )
        ]
        return Stored(
            documents=documents,
            passages=passages,
            failures=dict(connection.execute("SELECT path, reason FROM failures ORDER BY path")),
            strays=[row[0] for row in connection.execute("SELECT id FROM strays ORDER BY id")],
            lexical={row[0]: row[1:] for row in connection.execute("SELECT rowid, title, section, body FROM lexical")},
            build=dict(connection.execute("SELECT name, value FROM facts")).get("build", ""),
        )


# --- at every moment -------------------------------------------------------------------------------------------------


def ledger_faults(found: Stored) -> list[str]:
    """What is wrong with what is served: a document in part, a quote that no text has, a passage that is not found."""
    return [*_spans(found), *_vectors(found), *_lexical(found), *_stray_passages(found)]


def _spans(found: Stored) -> Iterator[str]:
    for path, passages in found.by_document().items():
        if path not in found.documents:
            yield f"{path} has passages but is no document"
            continue
        text = str(found.documents[path]["text"])
        reached = 0
        for passage in passages:
            if text[passage.start : passage.end] != passage.text:
                yield f"{path} at {passage.start}: the passage is not what the text says there"
            if passage.start > reached:
                yield f"{path}: characters {reached} to {passage.start} are in no passage"
            if passage.start < reached:
                yield f"{path}: characters {passage.start} to {reached} are in two passages"
            reached = passage.end
        if reached != len(text):
            yield f"{path}: passages end at {reached}, the text at {len(text)}"


def _vectors(found: Stored) -> Iterator[str]:
    for passage in found.passages:
        if passage.vector is None:
            yield f"{passage.document} at {passage.start}: it has no vector"
        elif not abs(float(np.linalg.norm(passage.vector)) - 1) < SAME:
            yield f"{passage.document} at {passage.start}: its vector has not the length 1"


def _lexical(found: Stored) -> Iterator[str]:
    numbers = {passage.number: passage for passage in found.passages}
    for number in numbers.keys() - found.lexical.keys():
        yield f"{numbers[number].document} at {numbers[number].start}: it is not in the lexical index"
    for number in found.lexical.keys() - numbers.keys():
        yield f"the lexical index holds row {number}, which is no passage"
    for number in numbers.keys() & found.lexical.keys():
        plain = {word for word in numbers[number].text.casefold().split() if word.isascii() and word.endswith("zum")}
        if not plain <= set(found.lexical[number][2].split()):
            yield f"{numbers[number].document} at {numbers[number].start}: the lexical index holds another text"


def _stray_passages(found: Stored) -> Iterator[str]:
    served = {passage.id for passage in found.passages}
    yield from (f"{one} is served and marked as a stray" for one in found.strays if one in served)
    yield from (f"{path} is served and failed" for path in found.documents.keys() & found.failures.keys())


# --- after a clean sync ----------------------------------------------------------------------------------------------


def faults(vectorstore: Path, corpus: Path, embedder: Embedder) -> list[str]:
    """What is wrong with an index after a clean sync of this corpus by this embedder."""
    found = stored(vectorstore)
    return [
        *ledger_faults(found),
        *_accounts(found, corpus),
        *_embedding(found, embedder),
        *(f"{one} is still marked as a stray" for one in found.strays),
        *_collection(found, vectorstore / "chroma" / found.build),
    ]


def _accounts(found: Stored, corpus: Path) -> Iterator[str]:
    """Every file of the corpus is served as it is now, or failed."""
    files = {
        path.relative_to(corpus).as_posix(): path
        for path in corpus.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(corpus).parts)
    }
    for path, file in files.items():
        if path not in found.documents and path not in found.failures:
            yield f"{path} is neither served nor failed"
        if path in found.documents:
            yield from _faithful(path, file.read_bytes(), found.documents[path])
    for path in (found.documents.keys() | found.failures.keys()) - files.keys():
        yield f"{path} is not in the corpus"


def _faithful(path: str, data: bytes, document: Mapping[str, object]) -> Iterator[str]:
    if hashlib.sha256(data).hexdigest() != document["sha256"]:
        yield f"{path}: the file has changed since"
        return
    whole = unicodedata.normalize("NFC", data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"))
    left_out = whole.removesuffix(str(document["text"]))
    if len(left_out) + len(str(document["text"])) != len(whole) or (left_out and not left_out.startswith("---\n")):
        yield f"{path}: the stored text is not that of the file"


def _embedding(found: Stored, embedder: Embedder) -> Iterator[str]:
    """The vector of a passage is that of its text, all of which the model has read."""
    texts = []
    for passage in found.passages:
        heading = passage.title if passage.section is None else f"{passage.title} – {passage.section}"
        heading = heading[: embedder.token_spans(heading)[:HEADING_TOKENS][-1][1]]
        texts.append(f"{heading}\n{passage.text.strip()}")
    wanted = embedder.embed_passages(texts) if texts else []
    for passage, text, vector in zip(found.passages, texts, wanted, strict=True):
        if len(embedder.token_spans(text)) > embedder.max_tokens - 2:
            yield f"{passage.document} at {passage.start}: the model does not read all of it"
        if passage.vector is not None and not np.allclose(passage.vector, vector, atol=SAME):
            yield f"{passage.document} at {passage.start}: its vector is that of another text"


def _collection(found: Stored, chroma: Path) -> Iterator[str]:
    """The collection holds what is served and nothing else, and a query with the vector of a passage finds it."""
    held, nearest = _held_and_nearest(chroma, found.passages)
    served = {passage.id: passage for passage in found.passages}
    yield from (f"{one} is not in the collection" for one in served.keys() - held.keys())
    yield from (f"the collection holds {one}, which is not served" for one in held.keys() - served.keys())
    for one, passage in served.items():
        if passage.vector is None:
            continue
        if one in held and not np.allclose(held[one], passage.vector, atol=SAME):
            yield f"{passage.document} at {passage.start}: the collection holds another vector"
        if one not in nearest[one]:
            yield f"{passage.document} at {passage.start}: a query with its own vector does not find it"


def _held_and_nearest(
    chroma: Path, passages: list[StoredPassage]
) -> tuple[dict[str, NDArray[np.float32]], dict[str, list[str]]]:
    """The vectors in the collection by id, and the ids nearest to each passage's own vector."""
    import chromadb
    from chromadb.config import Settings

    with tempfile.TemporaryDirectory() as folder:
        # A copy: to open a collection writes to its files, and the index would rightly take that for damage.
        copy = shutil.copytree(chroma, Path(folder, "chroma"))
        client = chromadb.PersistentClient(str(copy), settings=Settings(anonymized_telemetry=False))
        try:
            collection = client.get_collection("passages", embedding_function=None)
            got = collection.get(include=["embeddings"])
            rows = [passage for passage in passages if passage.vector is not None]
            asked = collection.query(query_embeddings=[row.vector for row in rows], n_results=10) if rows else None
        finally:
            client.close()
    held = dict(zip(got["ids"], got["embeddings"], strict=True)) if got["ids"] else {}
    return held, {row.id: ids for row, ids in zip(rows, asked["ids"], strict=True)} if asked else {}


# --- all that is served ----------------------------------------------------------------------------------------------


def digest(vectorstore: Path) -> str:
    """Names what is served, to compare two indexes: documents, passages, vectors, terms and failures, in no order."""
    found = stored(vectorstore)
    rows: Counter[str] = Counter()
    for columns in found.documents.values():
        rows[_line("document", *columns.values())] += 1
    for passage in found.passages:
        vector = [] if passage.vector is None else [f"{value:.4f}" for value in passage.vector + 0.0]
        span = (passage.document, passage.start, passage.end, passage.text)
        about = (passage.id, passage.title, passage.section, passage.page)
        rows[_line("passage", *span, *about, vector, found.lexical.get(passage.number))] += 1
    for path, reason in found.failures.items():
        rows[_line("failure", path, reason)] += 1
    return hashlib.sha256("\n".join(sorted(rows.elements())).encode()).hexdigest()


def _line(*values: object) -> str:
    return json.dumps(values, ensure_ascii=True, default=str)
