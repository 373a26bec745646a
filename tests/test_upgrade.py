"""An index of an older version is brought up, as if it had been made today; one of a newer version is refused."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.config import INDEX_FORMAT, Config
from rag.index import Index
from rag.ledger import SCHEMA, Ledger
from rag.models import EmbeddingModel
from rag.types import IndexMismatchError, Progress, SumberError
from tests.conftest import Opener
from tests.faults import checker, search
from tests.faults.corpus import Corpus, name, settings
from tests.faults.embedder import BagOfWords

# The tables as the first version made them, byte for byte what a ledger of that time holds.
FIRST_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE documents (
    path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, text TEXT NOT NULL, title TEXT NOT NULL, publisher TEXT,
    published TEXT, url TEXT, language TEXT, kind TEXT, sections TEXT NOT NULL, pages TEXT NOT NULL
);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, document TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    title TEXT NOT NULL, section TEXT, page INTEGER, text TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    vector TEXT NOT NULL REFERENCES vectors
);
CREATE INDEX passages_by_document ON passages (document, start);
CREATE INDEX passages_by_vector ON passages (vector);
CREATE TABLE vectors (hash TEXT PRIMARY KEY, vector BLOB NOT NULL);
CREATE TABLE failures (path TEXT PRIMARY KEY, sha256 TEXT, reason TEXT NOT NULL);
CREATE TABLE strays (id TEXT PRIMARY KEY);
CREATE VIRTUAL TABLE lexical USING fts5 (
    title, section, body, tokenize = "unicode61 remove_diacritics 2 tokenchars '_'"
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (lexical, row);
"""
SECOND = "ALTER TABLE documents ADD COLUMN set_aside TEXT NOT NULL DEFAULT ''"

OLDER = [(1, 1), (2, 2), (2, INDEX_FORMAT - 1), (1, None)]  # schema, and format of what is stored as far as it is noted


def write_old(config: Config, model: BagOfWords | EmbeddingModel, schema: int, form: int | None) -> None:
    """An index as an older version left it: read by other rules (each file one passage as it is), no collection."""
    config.vectorstore.mkdir()
    assert config.corpus is not None
    with closing(sqlite3.connect(config.vectorstore / "ledger.sqlite")) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(FIRST_TABLES)
        if schema > 1:
            connection.execute(SECOND)
        facts = {
            "identity": "old",
            "generation": "7",
            "corpus": f"../{config.corpus.name}",
            "build": "0a",
            "seal": "x 1 2",
        }
        facts |= config.index_settings | ({} if form is None else {"index_format": str(form)})
        connection.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
        for number, file in enumerate(sorted(one for one in config.corpus.rglob("*") if one.is_file())):
            _insert(connection, number, file.relative_to(config.corpus).as_posix(), file.read_bytes(), model)
        connection.execute("INSERT INTO strays VALUES ('long gone')")
        connection.execute(f"PRAGMA user_version = {schema}")


def _insert(
    connection: sqlite3.Connection, number: int, path: str, data: bytes, model: BagOfWords | EmbeddingModel
) -> None:
    text, digest = data.decode(errors="replace"), hashlib.sha256(data).hexdigest()
    if not text.strip():
        connection.execute("INSERT INTO failures VALUES (?, ?, 'it holds no text')", (path, digest))
        return
    vector = model.embed_passages([text])[0].astype("float32").tobytes()
    connection.execute("INSERT INTO vectors VALUES (?, ?)", (digest, vector))
    document = (path, digest, text, path, None, None, None, None, None, "[]", json.dumps([]))
    columns = "path, sha256, text, title, publisher, published, url, language, kind, sections, pages"
    connection.execute(f"INSERT INTO documents ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", document)
    passage = (number, f"old{number}", path, path, None, None, text, 0, len(text), digest)
    connection.execute("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", passage)
    lexical = "INSERT INTO lexical (rowid, title, section, body) VALUES (?, ?, ?, ?)"
    connection.execute(lexical, (number, path.lower(), "", text.lower()))


@pytest.fixture
def library(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path / "corpus", 8)


def synced(index: Index, progress: Callable[[Progress], None] | None = None) -> tuple[int, int, int]:
    """How many documents a sync added, updated and left alone."""
    changes = index.sync(BagOfWords, progress)
    return len(changes.added), len(changes.updated), len(changes.unchanged)


@pytest.mark.parametrize(("schema", "form"), OLDER)
def test_an_older_index_is_as_one_made_today_after_one_sync(
    tmp_path: Path, library: Corpus, schema: int, form: int | None
) -> None:
    old, fresh = (settings(tmp_path / folder, library.folder) for folder in ("old", "fresh"))
    write_old(old, BagOfWords(), schema, form)
    for config, wanted in ((old, [(0, 8, 0), (0, 0, 8)]), (fresh, [(8, 0, 0), (0, 0, 8)])):
        index = Index(config, exact=0)
        assert [synced(index), synced(index)] == wanted
        index.ready()
        assert search.by_vector(index) == []
        index.close()
    assert checker.faults(old.vectorstore, library.folder, BagOfWords()) == []
    assert checker.digest(old.vectorstore) == checker.digest(fresh.vectorstore)


def test_a_sync_of_an_older_index_that_is_cut_short_is_made_good_by_the_next(tmp_path: Path, library: Corpus) -> None:
    config = settings(tmp_path / "old", library.folder)
    write_old(config, BagOfWords(), 1, 1)
    index = Index(config)

    def stop(progress: Progress) -> None:
        if progress.stage == "embedding":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synced(index, stop)
    assert synced(index) == (0, 8, 0)
    index.close()
    assert checker.faults(config.vectorstore, library.folder, BagOfWords()) == []


def test_many_may_open_an_older_ledger_at_once(tmp_path: Path, library: Corpus) -> None:
    config = settings(tmp_path / "old", library.folder)
    write_old(config, BagOfWords(), 1, 1)
    texts: list[str] = []

    def look() -> None:
        ledger = Ledger(config.vectorstore / "ledger.sqlite")
        document = ledger.document(name(1))
        texts.append("" if document is None else document.text + document.set_aside)
        ledger.close()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == [(library.folder / name(1)).read_text("utf8")] * 4


def test_an_older_index_answers_from_what_it_holds_until_it_is_read_anew(
    tmp_path: Path, corpus: Path, open_assistant: Opener, model: EmbeddingModel
) -> None:
    config = Config(corpus=corpus, vectorstore=tmp_path / "index")
    write_old(config, model, 1, 1)
    assistant: Assistant = open_assistant()
    for publisher in (None, "Harbour Office"):  # of the front matter, which the old rules took for text
        answer = assistant.ask("Who built the lighthouse at Skarra?")
        assert answer.status == "answered"
        assert "Maren Holt" in answer.text
        for citation in answer.citations:
            assert assistant.document(citation.document).text[citation.start : citation.end] == citation.quote
        assert answer.citations[0].publisher == publisher
        assistant.sync()


# --- newer versions --------------------------------------------------------------------------------------------------


def test_a_ledger_of_a_newer_version_is_refused_with_the_remedy_and_left_as_it_is(
    tmp_path: Path, library: Corpus
) -> None:
    config = settings(tmp_path / "index", library.folder)
    index = Index(config)
    synced(index)
    index.close()
    file = config.vectorstore / "ledger.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    before = file.read_bytes()
    for _ in range(2):
        with pytest.raises(SumberError, match=r"made by a newer version of Sumber\. Use that version, or delete"):
            Index(config)
    assert file.read_bytes() == before


def test_what_a_newer_version_stored_is_neither_read_nor_written_unless_it_is_given_up(
    tmp_path: Path, corpus: Path, open_assistant: Opener
) -> None:
    assistant: Assistant = open_assistant()
    assistant.sync()
    assistant.index.ledger.set_facts({"index_format": str(INDEX_FORMAT + 1)})
    before = checker.digest(tmp_path / "index")
    remedy = r"made by a newer version of Sumber\. Use that version, or run: sumber sync --rebuild"
    for use in (lambda: assistant.ask("Who built it?"), lambda: assistant.retrieve("Who?"), assistant.sync):
        with pytest.raises(IndexMismatchError, match=remedy):
            use()
    assert checker.digest(tmp_path / "index") == before
    assert len(assistant.sync(rebuild=True).added) == 3
    assert assistant.ask("Who built the lighthouse at Skarra?").status == "answered"
