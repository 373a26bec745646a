"""The collection, in a folder and on a server: the vectors put in, nearest by true cosine, and nobody else's."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rag import vectors
from rag.config import Config
from rag.types import SettingsError
from rag.vectors import BATCH, AwayError, CollectionError, Place, Server, VectorStore, remove_others, seal
from tests.faults.chroma_server import ChromaServer, needs_server

DIMENSION = 16


def unit_vectors(count: int, seed: int = 1) -> NDArray[np.float32]:
    matrix = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), dtype=np.float32)


def names(count: int) -> list[str]:
    return [f"{number:04d}" for number in range(count)]


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    server = ChromaServer(tmp_path_factory.mktemp("server"))
    yield server
    server.kill()


@pytest.fixture(params=["folder", pytest.param("server", marks=needs_server)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a collection of a ledger called "mine" may be made."""
    if request.param == "folder":
        return tmp_path / "chroma"
    return Server(request.getfixturevalue("chroma").address, "mine", os.urandom(4).hex())


@pytest.fixture
def store(place: Place) -> Iterator[VectorStore]:
    store = VectorStore(place, "mine", create=True)
    yield store
    store.close()


def test_the_nearest_are_those_that_numpy_finds_with_their_cosines(store: VectorStore) -> None:
    matrix, questions = unit_vectors(300), unit_vectors(20, seed=2)
    store.upsert(names(300), matrix)
    for question in questions:
        cosines = matrix @ question
        best = np.argsort(-cosines)[:10]
        found = store.nearest(question, 10)
        assert [one for one, _ in found] == [names(300)[number] for number in best]
        assert [cosine for _, cosine in found] == pytest.approx(cosines[best].tolist(), abs=1e-5)


def test_cosines_do_not_depend_on_the_length_of_a_vector(store: VectorStore) -> None:
    matrix = unit_vectors(5)
    store.upsert(names(5), matrix * 7)
    assert dict(store.nearest(matrix[2], 5)) == pytest.approx(
        dict(zip(names(5), matrix @ matrix[2], strict=True)), abs=1e-5
    )


def test_the_opposite_of_a_vector_is_found_last_with_minus_one(store: VectorStore) -> None:
    vector = unit_vectors(1)[0]
    store.upsert(["same", "opposite"], np.stack([vector, -vector]))
    assert store.nearest(vector, 2) == [("same", pytest.approx(1, abs=1e-5)), ("opposite", pytest.approx(-1, abs=1e-5))]


def test_a_vector_put_in_again_replaces_the_old_one(store: VectorStore) -> None:
    old, new, other = unit_vectors(3)
    store.upsert(["a", "b"], np.stack([old, other]))
    store.upsert(["a"], new[np.newaxis])
    assert store.count() == 2
    assert store.nearest(new, 1) == [("a", pytest.approx(1, abs=1e-5))]
    assert dict(store.nearest(old, 2))["a"] == pytest.approx(float(old @ new), abs=1e-5)


def test_a_deleted_vector_is_found_no_more(store: VectorStore) -> None:
    matrix = unit_vectors(50)
    store.upsert(names(50), matrix)
    store.delete(["0007", "0009", "never-there"])
    assert store.count() == 48
    assert {"0007", "0009"}.isdisjoint(one for one, _ in store.nearest(matrix[7], 50))


def test_fewer_are_found_where_there_are_fewer(store: VectorStore) -> None:
    assert store.nearest(unit_vectors(1)[0], 10) == []
    store.upsert(names(3), unit_vectors(3))
    assert sorted(one for one, _ in store.nearest(unit_vectors(1)[0], 10)) == names(3)


def test_nothing_put_in_and_nothing_deleted_changes_nothing(store: VectorStore) -> None:
    store.upsert(names(3), unit_vectors(3))
    store.upsert([], unit_vectors(0))
    store.delete([])
    assert store.count() == 3


def test_more_vectors_than_one_write_takes_all_arrive_and_all_go(store: VectorStore) -> None:
    count = BATCH + 50
    matrix = unit_vectors(count)
    store.upsert(names(count), matrix)
    assert store.count() == count
    assert [store.nearest(matrix[number], 1)[0][0] for number in (0, BATCH - 1, BATCH, count - 1)] == [
        "0000",
        f"{BATCH - 1:04d}",
        f"{BATCH:04d}",
        f"{count - 1:04d}",
    ]
    store.delete(names(count))
    assert store.count() == 0


def test_a_collection_opened_again_holds_what_it_held(place: Place) -> None:
    matrix = unit_vectors(30)
    first = VectorStore(place, "mine", sync_threshold=10, create=True)
    first.upsert(names(30), matrix)
    first.mark("now")
    first.close()
    second = VectorStore(place, "mine", epoch="now")
    assert second.count() == 30
    assert second.nearest(matrix[11], 1) == [("0011", pytest.approx(1, abs=1e-5))]
    second.close()


def test_the_collection_of_another_ledger_is_refused_and_left_as_it_is(place: Place) -> None:
    mine = VectorStore(place, "mine", create=True)
    mine.upsert(names(3), unit_vectors(3))
    mine.close()
    with pytest.raises(CollectionError, match="belongs to another index"):
        VectorStore(place, "yours")
    again = VectorStore(place, "mine")
    assert again.count() == 3
    again.close()


def test_a_collection_that_is_not_there_is_refused(place: Place) -> None:
    with pytest.raises(CollectionError, match=r"cannot be used|does not have the collection"):
        VectorStore(place, "mine")


@pytest.mark.parametrize(
    "data", [b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000], ids=["text", "noise"]
)
def test_a_damaged_collection_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(data)
    with pytest.raises(CollectionError, match="cannot be used"):
        VectorStore(tmp_path / "chroma", "mine")


def test_a_question_of_another_dimension_is_refused(store: VectorStore) -> None:
    store.upsert(names(3), unit_vectors(3))
    with pytest.raises((CollectionError, AwayError), match="cannot be used"):
        store.nearest(np.ones(DIMENSION + 1, dtype=np.float32), 3)


def test_a_seal_stays_until_something_in_the_folder_changes(tmp_path: Path) -> None:
    store = VectorStore(tmp_path / "chroma", "mine", sync_threshold=10, create=True)
    store.upsert(names(30), unit_vectors(30))
    store.close()
    sealed = seal(tmp_path / "chroma")
    assert sealed == seal(tmp_path / "chroma") != ""
    data = next(path for path in sorted((tmp_path / "chroma").rglob("*.bin")) if path.stat().st_size)
    for change in (lambda: data.write_bytes(data.read_bytes() + b"x"), data.unlink):
        change()
        assert seal(tmp_path / "chroma") != sealed
        sealed = seal(tmp_path / "chroma")


def test_the_seal_of_no_folder_is_empty(tmp_path: Path) -> None:
    assert seal(tmp_path / "nowhere") == ""


# --- on a server ------------------------------------------------------------------------------------------------------


@needs_server
def test_a_collection_on_a_server_that_bears_another_mark_is_refused(chroma: ChromaServer) -> None:
    place = Server(chroma.address, "mine", "marked")
    store = VectorStore(place, "mine", create=True)
    store.mark("yesterday")
    store.close()
    VectorStore(place, "mine", epoch="yesterday").close()
    with pytest.raises(CollectionError, match="of another time"):
        VectorStore(place, "mine", epoch="today")


@needs_server
def test_only_the_other_builds_of_the_same_index_are_removed(
    chroma: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "PAGE", 2)  # so that they do not all come in one reply
    places = [Server(chroma.address, who, build) for who in ("ours", "ours2", "theirs") for build in ("a", "b", "c")]
    for place in places:
        VectorStore(place, place.identity, create=True).close()
    remove_others(places[1])
    left = {name for name in chroma.collections() if "ours" in name or "theirs" in name}
    assert left == {place.name for place in places} - {places[0].name, places[2].name}


class Stranger(BaseHTTPRequestHandler):
    """What answers at an address where a Chroma server was expected."""

    def __init__(self, reply: Callable[[BaseHTTPRequestHandler], None], *arguments: object) -> None:
        self.reply = reply
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self.reply(self)

    def log_message(self, *_: object) -> None: ...


def says(body: bytes, status: int = 200) -> Callable[[BaseHTTPRequestHandler], None]:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def goes_on(piece: bytes, pause: float) -> Callable[[BaseHTTPRequestHandler], None]:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(piece)
                time.sleep(pause)
        except OSError:
            return  # the client has had enough

    return reply


STRANGERS = {
    "a page": says(b"<!doctype html><title>Welcome</title>" + b"<p>Hello.</p>" * 1000),
    "a page not found": says(b"<!doctype html><title>404</title>", 404),
    "another way": says(b"", 307),
    "an object": says(b"{}"),
    "a list": says(b"[]"),
    "a number": says(b"7"),
    "nothing": says(b""),
    "noise": says(bytes(range(256))),
    "a collection without an id": says(b'{"name": "passages", "metadata": null}'),
    "an error of its own": says(b'{"detail": "no"}', 500),
    "a demand to log in": says(b'{"error": "AuthError", "message": "Forbidden"}', 403),
    "drops": goes_on(b" ", 0.05),
    "a flood": goes_on(b" " * 100_000, 0),
    "silence": lambda _: time.sleep(2),
}


@pytest.mark.parametrize("reply", STRANGERS.values(), ids=STRANGERS)
def test_what_is_no_chroma_server_is_away_before_the_deadline(
    monkeypatch: pytest.MonkeyPatch, reply: Callable[[BaseHTTPRequestHandler], None]
) -> None:
    monkeypatch.setattr(vectors, "SECONDS", 0.5)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Stranger, reply))
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        began = time.monotonic()
        with pytest.raises(AwayError, match=r"the Chroma server at 127\.0\.0\.1:\d+ cannot be used") as raised:
            VectorStore(Server(f"http://127.0.0.1:{server.server_port}", "mine", "build"), "mine")
        assert time.monotonic() - began < 3
        assert len(str(raised.value)) < 400
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("address", "words"),
    [("vectors:8000", "an address such as"), ("ftp://a", "an address such as"), ("http://me:word@a", "no password")],
)
def test_an_address_that_is_none_or_holds_a_password_is_no_setting(address: str, words: str) -> None:
    with pytest.raises(SettingsError, match=rf"SUMBER_CHROMA\) cannot be used: .*{words}"):
        Config(chroma=address)


def test_an_address_where_nobody_listens_is_away() -> None:
    with pytest.raises(AwayError, match="cannot be used"):
        VectorStore(Server("http://127.0.0.1:1", "mine", "build"), "mine")
    remove_others(Server("http://127.0.0.1:1", "mine", "build"))  # the next rebuild tries again


def test_the_seal_of_a_server_is_its_place() -> None:
    places = [Server(f"http://{host}", "mine", build) for host in ("a:8000", "b:8000") for build in ("1", "2")]
    assert len({seal(place) for place in places}) == 4
    assert seal(places[0]) == seal(Server("http://a:8000", "mine", "1"))
