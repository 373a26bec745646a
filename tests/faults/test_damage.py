"""Files of the index are damaged or lost: the collection is rebuilt in silence, a damaged ledger is said to be so."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.types import SumberError
from tests.faults import checker, search, sync_process
from tests.faults.child import run
from tests.faults.corpus import Corpus, content, name, opened
from tests.faults.embedder import BagOfWords, no_model

pytestmark = pytest.mark.skipif(os.name != "posix", reason="forks children that may die")

FILES = 20
CHROMA_FILES = [
    "chroma.sqlite3",
    "data_level0.bin",
    "header.bin",
    "index_metadata.pickle",
    "length.bin",
    "link_lists.bin",
]


def truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def zero(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0x55
    file.write_bytes(data)


def remove(file: Path) -> None:
    file.unlink()


DAMAGES = [truncate, zero, flip, remove]


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a corpus and its healthy index, whose vector files have been written."""
    folder = tmp_path_factory.mktemp("healthy")
    run(sync_process.sync, folder / "vectorstore", Corpus(folder / "corpus", FILES).folder, 10)
    return folder


@pytest.fixture(scope="module")
def expected(healthy: Path) -> search.Hits:
    """The best five passages for each question, before any damage."""
    texts = [content(number) for number in range(FILES)]
    questions = [text[len(text) // 2 :][:100] for text in texts] + ["Who counts the ships at dawn?", "등대지기 letters"]
    return run(search.hits, healthy / "vectorstore", healthy / "corpus", questions)


@pytest.fixture
def corpus(healthy: Path, expected: search.Hits, tmp_path: Path) -> Path:
    return shutil.copytree(healthy / "corpus", tmp_path / "corpus")


@pytest.fixture
def vectorstore(healthy: Path, corpus: Path) -> Path:
    """A copy of the healthy index, to be damaged."""
    return shutil.copytree(healthy / "vectorstore", corpus.parent / "vectorstore")


def assert_mended(vectorstore: Path, corpus: Path, expected: search.Hits) -> None:
    """The same is found as before, no text is embedded again, and afterwards the index is healthy."""
    assert run(search.hits, vectorstore, corpus, list(expected)) == expected
    changes = run(sync_process.sync, vectorstore, corpus, 1000, no_model)
    assert len(changes.unchanged) == FILES
    assert run(checker.faults, vectorstore, corpus, BagOfWords()) == []


# --- the collection --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", CHROMA_FILES)
def test_a_damaged_file_of_the_collection_changes_no_result(
    vectorstore: Path, corpus: Path, expected: search.Hits, file: str, damage: Callable[[Path], None]
) -> None:
    (found,) = (vectorstore / "chroma").rglob(file)
    damage(found)
    assert_mended(vectorstore, corpus, expected)


def test_a_lost_collection_changes_no_result(vectorstore: Path, corpus: Path, expected: search.Hits) -> None:
    shutil.rmtree(vectorstore / "chroma")
    assert_mended(vectorstore, corpus, expected)


def test_a_collection_of_another_index_changes_no_result(
    vectorstore: Path, corpus: Path, expected: search.Hits, tmp_path: Path
) -> None:
    run(sync_process.sync, tmp_path / "another", Corpus(tmp_path / "foreign", 3).folder)
    (own,), (foreign,) = (list((folder / "chroma").iterdir()) for folder in (vectorstore, tmp_path / "another"))
    shutil.rmtree(own)
    shutil.copytree(foreign, own)
    assert_mended(vectorstore, corpus, expected)


def lose_while_open(vectorstore: Path, corpus: Path, questions: list[str]) -> tuple[search.Hits, search.Hits]:
    """Loses the collection of an open index; what is found before and after a sync that has something to write."""
    index = opened(vectorstore, corpus)
    try:
        index.ready()
        search.ask(index, questions[0])
        shutil.rmtree(vectorstore / "chroma")
        index.ready()
        before = {question: search.ask(index, question) for question in questions}
        (corpus / "late.txt").write_text("A late letter.")
        assert index.sync(BagOfWords).added == ("late.txt",)
        (corpus / "late.txt").unlink()
        assert index.sync(BagOfWords).removed == ("late.txt",)
        index.ready()
        return before, {question: search.ask(index, question) for question in questions}
    finally:
        index.close()


def test_a_collection_lost_while_it_is_open_changes_no_result(
    vectorstore: Path, corpus: Path, expected: search.Hits
) -> None:
    assert run(lose_while_open, vectorstore, corpus, list(expected)) == (expected, expected)
    assert_mended(vectorstore, corpus, expected)


@pytest.mark.parametrize("file", ["header.bin", "index_metadata.pickle"])
def test_a_file_of_the_collection_that_decays_unnoticed_changes_no_result(
    vectorstore: Path, corpus: Path, expected: search.Hits, file: str
) -> None:
    (found,) = (vectorstore / "chroma").rglob(file)
    times = found.stat()
    zero(found)
    os.utime(found, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert_mended(vectorstore, corpus, expected)


def test_removing_a_document_does_not_rebuild_the_collection(vectorstore: Path, corpus: Path) -> None:
    build = checker.stored(vectorstore).build
    (corpus / name(1)).unlink()
    run(sync_process.sync, vectorstore, corpus)
    assert checker.stored(vectorstore).build == build


# --- the ledger ------------------------------------------------------------------------------------------------------


def write_garbage(file: Path) -> None:
    file.write_bytes(b"This is no database. " * 500)


def zero_the_middle(file: Path) -> None:
    size = file.stat().st_size
    with file.open("r+b") as handle:
        handle.seek(4096)
        handle.write(bytes(size - 8192))


@pytest.mark.parametrize("damage", [truncate, zero, write_garbage, zero_the_middle])
@pytest.mark.parametrize(("work", "more"), [(search.hits, [["Who counts ships?"]]), (sync_process.sync, [])])
def test_a_damaged_ledger_is_said_to_be_damaged(
    vectorstore: Path, corpus: Path, damage: Callable[[Path], None], work: Callable[..., object], more: list[object]
) -> None:
    damage(vectorstore / "ledger.sqlite")
    with pytest.raises(SumberError, match=r"is damaged\. Delete the folder"):
        run(work, vectorstore, corpus, *more)


def test_an_index_that_was_deleted_is_built_anew(vectorstore: Path, corpus: Path, expected: search.Hits) -> None:
    shutil.rmtree(vectorstore)
    assert len(run(sync_process.sync, vectorstore, corpus).added) == FILES
    assert_mended(vectorstore, corpus, expected)
