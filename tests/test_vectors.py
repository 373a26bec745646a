"""The collection: the vectors that were put in, nearest by true cosine, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rag.vectors import BATCH, CollectionError, VectorStore, seal

DIMENSION = 16


def unit_vectors(count: int, seed: int = 1) -> NDArray[np.float32]:
    matrix = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), dtype=np.float32)


def names(count: int) -> list[str]:
    return [f"{number:04d}" for number in range(count)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[VectorStore]:
    store = VectorStore(tmp_path / "chroma", "mine", create=True)
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


def test_a_collection_opened_again_holds_what_it_held(tmp_path: Path) -> None:
    matrix = unit_vectors(30)
    first = VectorStore(tmp_path / "chroma", "mine", sync_threshold=10, create=True)
    first.upsert(names(30), matrix)
    first.close()
    second = VectorStore(tmp_path / "chroma", "mine")
    assert second.count() == 30
    assert second.nearest(matrix[11], 1) == [("0011", pytest.approx(1, abs=1e-5))]
    second.close()


def test_the_collection_of_another_ledger_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    mine = VectorStore(tmp_path / "chroma", "mine", create=True)
    mine.upsert(names(3), unit_vectors(3))
    mine.close()
    with pytest.raises(CollectionError, match="belongs to another index"):
        VectorStore(tmp_path / "chroma", "yours")
    again = VectorStore(tmp_path / "chroma", "mine")
    assert again.count() == 3
    again.close()


def test_a_collection_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CollectionError, match="cannot be used"):
        VectorStore(tmp_path / "chroma", "mine")


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
    with pytest.raises(CollectionError, match="cannot be used"):
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
