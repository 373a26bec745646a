"""The vectors are on a Chroma server: whatever becomes of it, answers stay the same, and the next sync repairs."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import rag.index
from rag import vectors
from rag.config import Config
from rag.doctor import examine
from rag.index import Index
from rag.types import Progress
from tests.faults import checker, search
from tests.faults.chroma_server import ChromaServer, needs_server
from tests.faults.corpus import Corpus, name
from tests.faults.embedder import NAME, BagOfWords, no_model

pytestmark = needs_server

FILES = 8
QUESTIONS = ["Who counts the ships at dawn?", "등대지기 letters", "bread and mirrors across the strait"]
NOWHERE = "http://127.0.0.1:1"

Opener = Callable[..., Index]


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    server = ChromaServer(tmp_path_factory.mktemp("server"))
    yield server
    server.kill()


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path / "corpus", FILES)


@pytest.fixture
def open_index(tmp_path: Path, corpus: Corpus, chroma: ChromaServer) -> Iterator[Opener]:
    """Opens an index of the corpus whose vectors are on the server, or elsewhere; all are closed at the end."""
    opened: list[Index] = []

    def opener(address: str | None = chroma.address, vectorstore: str = "index") -> Index:
        config = Config(
            corpus=corpus.folder,
            vectorstore=tmp_path / vectorstore,
            embedding_model=NAME,
            passage_tokens=32,
            chroma=address,
        )
        opened.append(Index(config, exact=0))
        return opened[-1]

    yield opener
    for index in opened:
        index.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vectors, "SECONDS", 0.5)
    monkeypatch.setattr(vectors, "WRITE_SECONDS", 0.5)


@contextmanager
def stalled(server: ChromaServer) -> Iterator[None]:
    """For as long as it hangs."""
    server.stall()
    try:
        yield
    finally:
        server.wake()


def hits(index: Index) -> search.Hits:
    return {question: search.ask(index, question) for question in QUESTIONS}


def exact_hits(index: Index) -> search.Hits:
    """The same where every vector is compared, as without a collection."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "_most_exact", 10**6)
        return hits(index)


def agree(one: search.Hits, other: search.Hits) -> bool:
    """Whether the same is found, but for one passage of a question that Chroma's graph may miss."""
    return all(
        one[question][1] == other[question][1] and len(set(one[question][0]) & set(other[question][0])) >= 4
        for question in QUESTIONS
    )


def faults(index: Index, chroma: ChromaServer) -> list[str]:
    """What is wrong after a clean sync, with the ledger and with the collection, which must be used and hold all."""
    found = checker.ledger_faults(checker.stored(index.folder))
    index.ready()
    found += [] if index.remark() == "" and index._collection is not None else [f"not used: {index.remark()}"]
    own = {key: count for key, count in chroma.collections().items() if index.ledger.identity in key}
    found += [] if list(own.values()) == [index.ledger.passage_count()] else [f"the server holds {own}"]
    return found + search.by_vector(index) + [f"stray {one}" for one in index.ledger.strays()]


# --- all is well -----------------------------------------------------------------------------------------------------


def test_the_same_is_found_on_a_server_as_in_a_folder(open_index: Opener, corpus: Corpus, chroma: ChromaServer) -> None:
    here, there = open_index(None, "here"), open_index()
    for number in (2, 3):
        assert here.sync(BagOfWords) == there.sync(BagOfWords)
        assert faults(there, chroma) == []
        here.ready()
        assert exact_hits(here) == exact_hits(there)
        assert agree(hits(here), hits(there))
        corpus.write(1, number)
        corpus.remove(number)
        corpus.write(number + 30)
    assert not (there.folder / "chroma").exists()


def test_several_indexes_share_a_server(open_index: Opener, chroma: ChromaServer) -> None:
    one, other = open_index(vectorstore="one"), open_index(vectorstore="other")
    one.sync(BagOfWords)
    other.sync(BagOfWords)
    for _ in range(2):
        one.sync(BagOfWords, rebuild=True)
        assert faults(one, chroma) == faults(other, chroma) == []


def test_an_index_opened_again_uses_the_collection_that_it_left(open_index: Opener, chroma: ChromaServer) -> None:
    index = open_index()
    index.sync(BagOfWords)
    before = chroma.collections()
    index.close()
    again = open_index()
    assert faults(again, chroma) == []
    assert len(again.sync(no_model).unchanged) == FILES
    assert chroma.collections() == before


def test_an_index_moves_to_a_server_and_back_without_embedding_anything(
    open_index: Opener, chroma: ChromaServer
) -> None:
    here = open_index(None)
    here.sync(BagOfWords)
    here.ready()
    expected = exact_hits(here)
    here.close()
    there = open_index()
    assert "does not have all passages' vectors" in there.remark()
    there.sync(no_model)
    assert faults(there, chroma) == []
    assert not (there.folder / "chroma").exists()
    there.close()
    back = open_index(None)
    back.ready()
    assert agree(hits(back), expected)
    assert checker.stored(back.folder).build


# --- the server is away ----------------------------------------------------------------------------------------------


def test_without_a_server_all_is_indexed_and_found_and_the_next_sync_brings_the_server_up(
    open_index: Opener, chroma: ChromaServer, corpus: Corpus
) -> None:
    here, away = open_index(None, "here"), open_index(NOWHERE)
    here.sync(BagOfWords)
    assert len(away.sync(BagOfWords).added) == FILES
    away.ready()
    here.ready()
    assert hits(away) == exact_hits(here)
    assert "127.0.0.1:1 cannot be used" in away.remark()
    assert "Start it or correct SUMBER_CHROMA, then run: sumber sync" in away.remark()
    away.close()
    later = open_index()
    assert len(later.sync(no_model).unchanged) == FILES
    assert faults(later, chroma) == []


def test_a_server_that_hangs_is_waited_for_once_and_used_again_when_it_has_come_back(
    open_index: Opener, chroma: ChromaServer, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = open_index()
    index.sync(BagOfWords)
    index.ready()
    expected = exact_hits(index)
    with stalled(chroma):
        began = time.monotonic()
        for _ in range(3):
            index.ready()
            assert hits(index) == expected
        assert time.monotonic() - began < 2
        assert "cannot be used" in index.remark()
    monkeypatch.setattr(index, "_rest_until", 0.0)
    assert faults(index, chroma) == []


def test_documents_that_come_and_go_while_the_server_hangs_are_served_and_gone_and_nothing_is_lost(
    open_index: Opener, chroma: ChromaServer, corpus: Corpus, impatient: None
) -> None:
    index = open_index()
    index.sync(BagOfWords)
    corpus.write(1, 1)
    corpus.remove(2)
    corpus.write(30)
    with stalled(chroma):
        changes = index.sync(BagOfWords)
        assert (changes.added, changes.updated, changes.removed) == ((name(30),), (name(1),), (name(2),))
        assert search.missing_of(index, name(30), corpus.own_words()[name(30)]) == []
        assert search.by_vector(index) == []
    assert index.sync(no_model).added == ()
    assert faults(index, chroma) == []


def test_removing_alone_while_the_server_is_away_leaves_its_collection_usable(
    open_index: Opener, chroma: ChromaServer, corpus: Corpus, impatient: None
) -> None:
    index = open_index()
    index.sync(BagOfWords)
    before = set(chroma.collections())
    corpus.remove(2)
    with stalled(chroma):
        assert index.sync(no_model).removed == (name(2),)
    assert index.sync(no_model).removed == ()
    assert faults(index, chroma) == []
    assert set(chroma.collections()) == before


# --- the server is killed --------------------------------------------------------------------------------------------


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[ChromaServer]:
    """A server for one test, which may kill it."""
    server = ChromaServer(tmp_path / "mortal")
    yield server
    server.kill()


def test_a_server_killed_during_a_sync_and_begun_again_empty_loses_nothing(
    open_index: Opener, mortal: ChromaServer, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rag.index, "GROUP", 4)
    monkeypatch.setattr(vectors, "SERVER_BATCH", 1)  # so that writes are many, and one of them is cut short
    index = open_index(mortal.address)
    stages: list[str] = []

    def during(progress: Progress) -> None:
        stages.append(progress.stage)
        if stages.count("embedding") == 4:
            threading.Timer(0.05, mortal.kill).start()

    assert len(index.sync(BagOfWords, during).added) == FILES
    assert search.by_vector(index) == []
    assert mortal.process.wait(10) != 0
    shutil.rmtree(mortal.folder)
    mortal.start()
    assert index.sync(no_model).added == ()
    assert faults(index, mortal) == []
    mortal.kill()
    assert search.by_vector(index) == []


def test_a_server_set_back_to_an_older_copy_is_noticed(
    open_index: Opener, mortal: ChromaServer, corpus: Corpus, tmp_path: Path
) -> None:
    index = open_index(mortal.address)
    index.sync(BagOfWords)
    mortal.kill()
    shutil.copytree(mortal.folder, tmp_path / "copy")
    mortal.start()
    (corpus.folder / "one.txt").write_text("It is this.")
    index.sync(BagOfWords)
    (corpus.folder / "one.txt").unlink()
    (corpus.folder / "other.txt").write_text("It is that.")
    index.sync(BagOfWords)
    mortal.kill()
    shutil.rmtree(mortal.folder)
    shutil.move(tmp_path / "copy", mortal.folder)
    mortal.start()
    index.close()
    again = open_index(mortal.address)
    assert "does not have all passages' vectors" in again.remark()
    again.sync(no_model)
    assert faults(again, mortal) == []


@pytest.mark.parametrize("asked", [True, False], ids=["and a question comes first", "and nobody asks"])
def test_a_collection_that_the_server_has_lost_is_built_anew_by_the_next_sync(
    open_index: Opener, chroma: ChromaServer, asked: bool
) -> None:
    index = open_index()
    index.sync(BagOfWords)
    index.ready()
    expected = exact_hits(index)
    (lost,) = (key for key in chroma.collections() if index.ledger.identity in key)
    chroma.drop(lost)
    if asked:
        for _ in range(2):
            assert hits(index) == expected
            index.ready()
        assert "does not have all passages' vectors" in index.remark()
    index.sync(no_model)
    assert faults(index, chroma) == []
    assert agree(hits(index), expected)


# --- the server lies -------------------------------------------------------------------------------------------------


class Liar(BaseHTTPRequestHandler):
    """A server that says it has the collection, and finds what nobody has."""

    index: Index
    found: object

    def do_GET(self) -> None:
        if "/count" in self.path:
            self._say(self.index.ledger.passage_count())
        else:
            metadata = {"identity": self.index.ledger.identity, "epoch": self.index.ledger.fact("epoch")}
            configuration = {"hnsw": {"space": "cosine"}}
            one = "00000000-0000-0000-0000-000000000001"
            whose = {"tenant": "default_tenant", "database": "default_database", "version": 0, "log_position": 0}
            self._say({"id": one, "name": "x", "metadata": metadata, "configuration_json": configuration, **whose})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._say(self.found)

    def _say(self, what: object) -> None:
        body = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


LIES = {
    "ids that nobody has": {"ids": [["a", "b"]], "distances": [[0.1, 0.2]]},
    "ids that are none": {"ids": [[{"a": 1}, None]], "distances": [[0.1, 0.2]]},
    "more ids than distances": {"ids": [["a", "b"]], "distances": [[0.1]]},
    "no distances": {"ids": [["a"]], "distances": [[None]]},
    "nothing": {"ids": [], "distances": []},
    "no object": 5,
}


@pytest.mark.parametrize("found", LIES.values(), ids=LIES)
def test_what_a_server_makes_up_is_not_served(open_index: Opener, found: object) -> None:
    index = open_index(NOWHERE)
    index.sync(BagOfWords)
    expected = hits(index)
    handler = type("Handler", (Liar,), {"found": {"include": [], **found} if isinstance(found, dict) else found})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    index.close()
    liar = open_index(f"http://127.0.0.1:{server.server_port}")
    handler.index = liar  # type: ignore[attr-defined]
    liar.ledger.set_facts({"epoch": "now", "seal": vectors.seal(liar._chroma)})
    try:
        liar.ready()
        assert liar._collection is not None, liar.remark()
        assert hits(liar) == expected
    finally:
        liar.close()
        server.shutdown()
        thread.join()
        server.server_close()


# --- what the doctor says --------------------------------------------------------------------------------------------


def test_the_doctor_says_where_the_vectors_are_and_what_leaves(
    open_index: Opener, chroma: ChromaServer, impatient: None
) -> None:
    index = open_index()
    index.sync(BagOfWords)
    index.close()

    def said(address: str | None, subject: str) -> tuple[str, bool]:
        config = Config(vectorstore=index.folder, embedding_model=NAME, passage_tokens=32, chroma=address)
        (found,) = [one for one in examine(config) if one.subject == subject]
        return found.words, found.well

    assert said(None, "vectors") == (f"{index.folder}, beside the passages", True)
    host = f"127.0.0.1:{chroma.port}"
    assert said(chroma.address, "vectors") == (f"on the Chroma server at {host}, as SUMBER_CHROMA says", True)
    words, well = said(NOWHERE, "vectors")
    assert not well
    assert words.startswith(
        "the Chroma server at 127.0.0.1:1 does not have all passages' vectors. Answers are the same"
    )
    with stalled(chroma):
        words, well = said(chroma.address, "vectors")
    assert not well
    assert words.startswith(f"the Chroma server at {host} cannot be used (timed out)")
    leaves, _ = said("http://vectors.example:8000", "leaves this machine")
    assert "the passages' vectors and each question's go to the Chroma server at vectors.example:8000" in leaves
    leaves, _ = said(chroma.address, "leaves this machine")
    assert leaves.startswith("nothing by Sumber itself")
    assert "on this machine" in leaves
