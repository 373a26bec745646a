"""The truth on disk: documents, passages, their vectors and the lexical index, in one SQLite file.

What the ledger does not hold is not served, whatever another store says. The only module that imports sqlite3.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.text import terms
from rag.types import Document, DocumentEntry, Passage, Scope, Section, SumberError

SCHEMA = 2
WAIT = 30.0  # seconds to wait for another process's transaction; ours take milliseconds

_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, text TEXT NOT NULL, title TEXT NOT NULL, publisher TEXT,
    published TEXT, url TEXT, language TEXT, kind TEXT, sections TEXT NOT NULL, pages TEXT NOT NULL,
    set_aside TEXT NOT NULL DEFAULT ''
);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    title TEXT NOT NULL, section TEXT, page INTEGER, text TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    vector TEXT NOT NULL REFERENCES vectors
);
CREATE INDEX passages_by_document ON passages (document, start);
CREATE INDEX passages_by_vector ON passages (vector);
-- A vector is kept under the hash of the text it was made of: equal text is embedded once, and a killed sync
-- goes on where it was.
CREATE TABLE vectors (hash TEXT PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE failures (path TEXT PRIMARY KEY, sha256 TEXT, reason TEXT NOT NULL);
-- Passages that the collection may hold though they are not served: on their way in or out.
CREATE TABLE strays (id TEXT PRIMARY KEY);
CREATE VIRTUAL TABLE lexical USING fts5 (
    title, section, body, tokenize = "unicode61 remove_diacritics 2 tokenchars '_'"
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (lexical, row);
"""

_MIGRATIONS = {1: "ALTER TABLE documents ADD COLUMN set_aside TEXT NOT NULL DEFAULT ''"}  # from a schema to the next

# In BM25F's sense. Over eight public sets, titles at 2 are .0015 better than at 1 (tests/benchmarks/retrieval.py).
TITLE_WEIGHT, SECTION_WEIGHT, BODY_WEIGHT = 2.0, 1.0, 1.0
ENOUGH = 5000  # passages with a rare term of the question, beyond which its common terms bring no further ones
SPARE = 50  # matches looked at beyond those asked for, for ties at their edge


@dataclass(frozen=True, slots=True)
class Entry:
    """A document ready to be served: its passages, and for each the hash under which its vector is kept."""

    document: Document
    passages: tuple[Passage, ...]
    hashes: tuple[str, ...]


class Ledger:
    """One SQLite file, a connection per thread. Every method is safe to call from any thread."""

    def __init__(self, path: Path) -> None:
        """Opens the ledger, creating it where there is none.

        Raises:
            SumberError: the file is damaged, of a newer version, or cannot be written.
        """
        self.path = path
        self._local = threading.local()
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}
        self._guard = threading.Lock()
        with self._explained():
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA:
                raise SumberError(
                    f"the index {path.parent} was made by a newer version of Sumber. "
                    "Use that version, or delete the folder and run: sumber sync"
                )
            if version < SCHEMA:
                self._bring_up()

    def close(self) -> None:
        with self._guard:
            for connection in self._connections.values():
                connection.close()
            self._connections.clear()
        self._local = threading.local()

    # --- transactions ------------------------------------------------------------------------------------------------

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Within it this thread reads one state of the ledger, however much others write."""
        with self._explained():
            nested = self._connection.in_transaction
            if not nested:
                self._connection.execute("BEGIN")
        try:
            yield
        finally:
            if not nested:
                self._connection.rollback()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One durable transaction: all of it is on disk at the end, or none."""
        with self._explained():
            connection = self._connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @property
    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            # Closed by close() from another thread, hence not bound to its own.
            connection = sqlite3.connect(self.path, timeout=WAIT, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA fullfsync = ON")  # on macOS alone; there fsync does not reach the disk
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
            with self._guard:
                for thread in [thread for thread in self._connections if not thread.is_alive()]:
                    self._connections.pop(thread).close()
                self._connections[threading.current_thread()] = connection
        return connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise SumberError(_explanation(error, self.path)) from error

    def _bring_up(self) -> None:
        """Makes the tables, or brings those of an older version up to date, in one transaction."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()  # another process may have done it since
            if version == 0:
                for statement in _TABLES.split(";\n"):
                    connection.execute(statement)
                connection.execute("INSERT INTO facts VALUES ('identity', ?)", (uuid.uuid4().hex,))
            else:
                for older in range(version, SCHEMA):
                    connection.execute(_MIGRATIONS[older])
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    # --- facts about the index ---------------------------------------------------------------------------------------

    def fact(self, name: str) -> str | None:
        """A named fact of the index, such as the corpus it was built from."""
        with self._explained():
            row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_facts(self, facts: Mapping[str, str]) -> None:
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", facts.items())

    def exchange_fact(self, name: str, old: str, new: str) -> None:
        """Sets a fact, unless somebody has changed it since it was read as `old`."""
        with self._writing() as connection:
            connection.execute("UPDATE facts SET value = ? WHERE name = ? AND value = ?", (new, name, old))

    @property
    def identity(self) -> str:
        """Names this very ledger, so that another's collection is recognised as foreign."""
        return self.fact("identity") or ""

    @property
    def generation(self) -> int:
        """Rises whenever what is served changes."""
        return int(self.fact("generation") or 0)

    # --- reading -----------------------------------------------------------------------------------------------------

    def hashes(self) -> dict[str, str]:
        """The SHA-256 of the file behind each document served, by path."""
        return dict(self._all("SELECT path, sha256 FROM documents"))

    def document(self, path: str) -> Document | None:
        rows = self._all(f"SELECT {_DOCUMENT} FROM documents WHERE path = ?", (path,))
        return _document(rows[0]) if rows else None

    def documents(self) -> list[DocumentEntry]:
        """The documents served and the files that failed, by path."""
        served = self._all(
            "SELECT path, title, publisher, published, url, language, kind,"
            " (SELECT count(*) FROM passages WHERE document = path), length(text) FROM documents"
        )
        failed = self._all("SELECT path, reason FROM failures")
        entries = [DocumentEntry(*row) for row in served]
        entries += [DocumentEntry(path, path, None, None, None, None, None, 0, 0, reason) for path, reason in failed]
        return sorted(entries, key=lambda entry: entry.path)

    def passage_count(self) -> int:
        return int(self._all("SELECT count(*) FROM passages")[0][0])

    def has_more_than(self, passages: int) -> bool:
        """Whether more passages are served than so many: at a million, told sooner than their number."""
        return bool(self._all("SELECT 1 FROM passages LIMIT 1 OFFSET ?", (passages,)))

    def passages(self, ids: Iterable[str]) -> dict[str, Passage]:
        """The passages served among these ids; the others are left out."""
        return {row[0]: Passage(*row) for row in self._each(f"SELECT {_PASSAGE} FROM passages WHERE id IN (%s)", ids)}

    def passages_of(self, document: str) -> list[Passage]:
        """All passages of a document, in its order."""
        return [
            Passage(*row)
            for row in self._all(f"SELECT {_PASSAGE} FROM passages WHERE document = ? ORDER BY start", (document,))
        ]

    def vectors(self, ids: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors of the passages served among these ids."""
        query = "SELECT id, v.vector FROM passages JOIN vectors v ON passages.vector = v.hash WHERE id IN (%s)"
        return {row[0]: np.frombuffer(row[1], dtype=np.float32) for row in self._each(query, ids)}

    def all_vectors(self) -> tuple[list[str], NDArray[np.float32]]:
        """The ids of all passages in order, and their vectors as one matrix (passages, dimension)."""
        return self._matrix("ORDER BY id")

    def within(self, scope: Scope) -> list[str]:
        """The paths of the documents in a scope, sorted."""
        rows = self._all("SELECT path, published, language, publisher, kind FROM documents ORDER BY path")
        return [row[0] for row in rows if scope.holds(*row)]

    def vectors_of(self, documents: Sequence[str]) -> tuple[list[str], NDArray[np.float32]]:
        """The ids of the passages of some documents in order, and their vectors as one matrix."""
        own = "WHERE document IN (SELECT value FROM json_each(?)) ORDER BY id"
        return self._matrix(own, json.dumps(documents))

    def _matrix(self, which: str, *values: str) -> tuple[list[str], NDArray[np.float32]]:
        """Row by row into one piece of memory: at a million passages every copy would be 1.5 GB."""
        ids: list[str] = []
        data = bytearray()
        with self._explained():
            for one, vector in self._connection.execute(
                f"SELECT id, v.vector FROM passages JOIN vectors v ON passages.vector = v.hash {which}", values
            ):
                ids.append(one)
                data += vector
        return ids, np.frombuffer(data, dtype=np.float32).reshape(len(ids), -1 if ids else 0)

    def search(
        self, words: Sequence[str], limit: int, documents: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The ids of passages that hold any of the terms, with BM25 scores (higher is better), best first.

        Args:
            documents: where given, only their passages.
        """
        if not words:
            return []
        rare, common = self._by_rarity(words)
        if common:
            # The rare terms stand in it twice, hence the common ones too: each score is twice BM25.
            query = f"({_any_of(rare)}) AND ({_any_of([*rare, *common, *common])})"
            found = self._ranked(query, limit, documents)
            if len(found) == limit:
                return [(one, score / 2) for one, score in found]
        return self._ranked(_any_of(words), limit, documents)

    def _by_rarity(self, words: Sequence[str]) -> tuple[list[str], list[str]]:
        """The rarest of some terms, as many as make `ENOUGH` passages likely, and the others."""
        holding = self.frequency(dict.fromkeys(words))
        ordered = sorted(words, key=lambda word: (holding[word], word))
        total = 0
        for number, word in enumerate(ordered, 1):
            total += holding[word]
            if total >= ENOUGH:
                return ordered[:number], ordered[number:]
        return ordered, []

    def _ranked(self, query: str, limit: int, documents: Sequence[str] | None) -> list[tuple[str, float]]:
        """The passages that match a query of the lexical index, best first, ties by id."""
        score = f"-bm25(lexical, {TITLE_WEIGHT}, {SECTION_WEIGHT}, {BODY_WEIGHT})"
        # With the plus they are looked up among the matches; without it the query would be run for each of them.
        own = "SELECT number FROM passages WHERE document IN (SELECT value FROM json_each(?))"
        narrowed = "" if documents is None else f" AND +rowid IN ({own})"
        best = f"SELECT rowid AS number, {score} AS score FROM lexical WHERE lexical MATCH ?{narrowed}"

        def rows(count: int) -> list[tuple[str, float]]:
            return self._all(
                f"SELECT id, score FROM ({best} ORDER BY score DESC LIMIT ?) JOIN passages USING (number)"
                " ORDER BY score DESC, id",
                (query, *([] if documents is None else [json.dumps(documents)]), count),
            )

        found = rows(limit + SPARE)
        if len(found) == limit + SPARE and found[limit - 1][1] == found[-1][1]:
            found = rows(-1)  # more are equal than were spared, and ids decide between them
        return found[:limit]

    def frequency(self, words: Iterable[str]) -> dict[str, int]:
        """In how many passages each term occurs; 0 for a term that no passage holds."""
        wanted = list(words)
        found = dict(self._each("SELECT term, doc FROM vocabulary WHERE term IN (%s)", wanted))
        return {word: int(found.get(word, 0)) for word in wanted}

    def terms_like(self, beginning: str, shortest: int, longest: int) -> dict[str, int]:
        """The terms that begin so, of such a length, and in how many passages each occurs."""
        rows = self._all(
            "SELECT term, doc FROM vocabulary WHERE term >= ? AND term < ? AND length(term) BETWEEN ? AND ?",
            (beginning, beginning + "\U0010ffff", shortest, longest),
        )
        return {term: int(count) for term, count in rows}

    def strays(self) -> list[str]:
        return [row[0] for row in self._all("SELECT id FROM strays ORDER BY id")]

    # --- writing -----------------------------------------------------------------------------------------------------

    def known_hashes(self, hashes: Iterable[str]) -> set[str]:
        """Which of these texts have a vector already."""
        return {row[0] for row in self._each("SELECT hash FROM vectors WHERE hash IN (%s)", hashes)}

    def vectors_by_hash(self, hashes: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        rows = self._each("SELECT hash, vector FROM vectors WHERE hash IN (%s)", hashes)
        return {row[0]: np.frombuffer(row[1], dtype=np.float32) for row in rows}

    def keep_vectors(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        """Stores vectors by the hash of their text. They are served once a passage refers to them."""
        with self._writing() as connection:
            rows = [(name, np.asarray(vector, dtype=np.float32).tobytes()) for name, vector in vectors.items()]
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def announce(self, ids: Iterable[str]) -> None:
        """Notes that the collection is about to hold these passages though they are not served yet."""
        with self._writing() as connection:
            connection.executemany("INSERT OR IGNORE INTO strays VALUES (?)", [(one,) for one in ids])

    def serve(self, entries: Sequence[Entry], gone: Iterable[str] = ()) -> None:
        """Makes these versions the ones that are served and those of `gone` paths not, in one transaction.

        Whoever reads meanwhile sees all of it or none. The ids of what is served no more become strays.
        """
        with self._writing() as connection:
            for path in [*gone, *(entry.document.path for entry in entries)]:
                _withdraw(connection, path)
                connection.execute("DELETE FROM failures WHERE path = ?", (path,))
            for entry in entries:
                _insert(connection, entry)
            connection.execute(
                "INSERT INTO facts VALUES ('generation', '1')"
                " ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
            )

    def fail(self, path: str, sha256: str | None, reason: str) -> None:
        """Records why a file is not served, and serves no earlier version of it."""
        row = self._all("SELECT sha256, reason FROM failures WHERE path = ?", (path,))
        if row and row[0] == (sha256, reason):
            return
        self.serve([], [path])
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO failures VALUES (?, ?, ?)", (path, sha256, reason))

    def forget_strays(self, ids: Iterable[str]) -> None:
        """Notes that the collection no longer holds these passages."""
        with self._writing() as connection:
            connection.executemany("DELETE FROM strays WHERE id = ?", [(one,) for one in ids])

    def clear(self) -> None:
        """Empties the ledger, as it was when it was made."""
        with self._writing() as connection:
            for table in ("lexical", "passages", "documents", "vectors", "failures", "strays"):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("DELETE FROM facts WHERE name NOT IN ('identity', 'generation')")
            connection.execute("UPDATE facts SET value = CAST(value AS INTEGER) + 1 WHERE name = 'generation'")

    def tidy(self) -> None:
        """Drops vectors that no passage refers to."""
        with self._writing() as connection:
            connection.execute("DELETE FROM vectors WHERE hash NOT IN (SELECT vector FROM passages)")

    # --- rows --------------------------------------------------------------------------------------------------------

    def _all(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._explained():
            return self._connection.execute(query, values).fetchall()

    def _each(self, query: str, values: Iterable[str]) -> Iterator[tuple[Any, ...]]:
        """Rows of a query with an `IN (%s)`, asked in portions that SQLite can take."""
        wanted = list(values)
        for begin in range(0, len(wanted), 500):
            portion = wanted[begin : begin + 500]
            yield from self._all(query % ", ".join("?" * len(portion)), portion)


_DOCUMENT = "path, sha256, text, title, publisher, published, url, language, kind, sections, pages, set_aside"
_PASSAGE = 'id, document, title, section, page, text, start, "end"'


def _any_of(words: Iterable[str]) -> str:
    """A query for passages with any of the terms. Quoted, a term is only ever a term, never a syntax error."""
    return " OR ".join('"' + word.replace('"', '""') + '"' for word in words)


def _document(row: Sequence[Any]) -> Document:
    path, sha256, text, title, publisher, published, url, language, kind, sections, pages, set_aside = row
    return Document(
        path=path,
        sha256=sha256,
        text=text,
        title=title,
        publisher=publisher,
        published=published,
        url=url,
        language=language,
        kind=kind,
        sections=tuple(Section(*section) for section in json.loads(sections)),
        pages=tuple(json.loads(pages)),
        set_aside=set_aside,
    )


def _withdraw(connection: sqlite3.Connection, path: str) -> None:
    """Takes a document out of what is served; its passages may still be in the collection."""
    own = "SELECT id FROM passages WHERE document = ?"
    connection.execute(f"INSERT OR IGNORE INTO strays {own}", (path,))
    connection.execute("DELETE FROM lexical WHERE rowid IN (SELECT number FROM passages WHERE document = ?)", (path,))
    connection.execute("DELETE FROM documents WHERE path = ?", (path,))


def _insert(connection: sqlite3.Connection, entry: Entry) -> None:
    document = entry.document
    sections = json.dumps([(section.title, section.start) for section in document.sections])
    connection.execute(
        f"INSERT INTO documents ({_DOCUMENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(document.path, document.sha256, document.text, document.title, document.publisher, document.published),
            *(document.url, document.language, document.kind, sections, json.dumps(document.pages)),
            document.set_aside,
        ),
    )
    for passage, vector in zip(entry.passages, entry.hashes, strict=True):
        cursor = connection.execute(
            f"INSERT INTO passages ({_PASSAGE}, vector) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(passage.id, passage.document, passage.title, passage.section, passage.page),
                *(passage.text, passage.start, passage.end, vector),
            ),
        )
        columns = [" ".join(terms(text)) for text in (passage.title, passage.section or "", passage.text)]
        connection.execute(
            "INSERT INTO lexical (rowid, title, section, body) VALUES (?, ?, ?, ?)", (cursor.lastrowid, *columns)
        )
    connection.executemany("DELETE FROM strays WHERE id = ?", [(passage.id,) for passage in entry.passages])


def _explanation(error: sqlite3.DatabaseError, path: Path) -> str:
    """What a fault of SQLite means to a person, with the remedy."""
    name = getattr(error, "sqlite_errorname", "")
    if "FULL" in name or "IOERR" in name:
        return f"the disk that holds {path.parent} is full; nothing was lost. Free some space and run: sumber sync"
    if "READONLY" in name or "CANTOPEN" in name or "PERM" in name:
        return f"the folder {path.parent} cannot be written to. Choose another with --vectorstore, or allow writing"
    if "BUSY" in name or "LOCKED" in name:
        return f"another process is writing to {path.parent}. Wait for it to end, then try again"
    if "CORRUPT" in name or "NOTADB" in name:
        return f"the ledger {path} is damaged. Delete the folder {path.parent} and run: sumber sync"
    return f"the ledger {path} cannot be used ({error}). Delete the folder {path.parent} and run: sumber sync"
