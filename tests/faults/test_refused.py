"""The disk is full, a folder must not be read or written, Chroma or the model refuses: a clear error, nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rag import reading
from rag.types import Changes, ModelError, SettingsError, SumberError
from tests.faults import checker, search, sync_process
from tests.faults.child import run
from tests.faults.corpus import Corpus, name, opened
from tests.faults.embedder import BagOfWords, no_model

pytestmark = pytest.mark.skipif(os.name != "posix", reason="forks children")

ROOT = Path(__file__).parent.parent.parent
NOBODY = 65534  # the user without rights, by custom
UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"]


# --- the disk is full ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small_disks(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What came of syncs on disks of 64 to 1000 KiB, and on the same ones enlarged."""
    folder = tmp_path_factory.mktemp("disks")
    allowed = [*UNSHARE, "mount", "-t", "tmpfs", "none", str(folder)]
    if not shutil.which("unshare") or subprocess.run(allowed, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    sizes = [str(size) for size in range(64, 1001, 104)]
    done = subprocess.run(
        [*UNSHARE, sys.executable, "-m", "tests.faults.full_disk", str(folder), *sizes],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


def test_some_disks_are_too_small_for_the_index_and_some_are_not(small_disks: list[dict[str, Any]]) -> None:
    assert {bool(disk["error"]) for disk in small_disks} == {True, False}


def test_a_full_disk_is_said_to_be_full(small_disks: list[dict[str, Any]]) -> None:
    full = [disk for disk in small_disks if disk["error"]]
    assert [disk["error"] for disk in full if not disk["clear"]] == []
    assert [disk["error"] for disk in full if "is full" not in disk["error"]] == []


def test_once_there_is_space_a_sync_goes_on_as_if_nothing_had_been(small_disks: list[dict[str, Any]]) -> None:
    assert {len(disk["faults"]) for disk in small_disks} == {0}
    assert {disk["unchanged"] for disk in small_disks} == {30}
    assert len({digest for disk in small_disks for digest in disk["digests"]}) == 1


# --- somebody without rights -----------------------------------------------------------------------------------------


@pytest.fixture
def theirs() -> Iterator[Path]:
    """A folder with a corpus and its healthy index, all of which belongs to a person without special rights."""
    # Not below tmp_path, whose parents nobody else may enter.
    folder = Path(tempfile.mkdtemp(prefix="sumber-"))
    try:
        run(sync_process.sync, folder / "vectorstore", Corpus(folder / "corpus", 12).folder, 10)
        for path in [folder, *folder.rglob("*")] if os.getuid() == 0 else []:
            try:
                os.chown(path, NOBODY, NOBODY)
            except OSError:  # as in a namespace that knows only one person
                pytest.skip("there is nobody here without special rights")
        yield folder
    finally:
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir():
                path.chmod(0o755)
        shutil.rmtree(folder)


def forbid(folder: Path) -> None:
    """Makes everything in a folder read-only."""
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def as_nobody(work: Callable[..., Any], *arguments: object) -> Any:
    """What some work returns when a person without special rights does it."""
    if os.getuid() == 0:
        with tempfile.TemporaryDirectory() as folder:  # imports what nobody else may read
            path = Path(folder)
            sync_process.sync(path / "vectorstore", Corpus(path / "corpus", 1).folder)
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    return work(*arguments)


def complaint(*work: Any) -> str:
    """What a child says to be wrong, in short; "" where it says nothing."""
    try:
        run(*work)
    except SumberError as error:
        return "cannot be written to" if "cannot be written to" in str(error) else str(error)
    return ""


def found(vectorstore: Path, corpus: Path) -> search.Hits:
    return search.hits(vectorstore, corpus, ["Ships at dawn while rain falls", "등대지기 letters"])


@pytest.mark.parametrize("work", [sync_process.sync, found])
def test_a_read_only_index_is_said_to_be_read_only(theirs: Path, work: Callable[..., Any]) -> None:
    forbid(theirs / "vectorstore")
    with pytest.raises(SumberError, match=r"cannot be written to\. Choose another with --vectorstore"):
        run(as_nobody, work, theirs / "vectorstore", theirs / "corpus")


def test_a_folder_that_cannot_be_made_is_said_to_be_so(theirs: Path) -> None:
    forbid(theirs)
    with pytest.raises(SumberError, match="cannot be made"):
        run(as_nobody, sync_process.sync, theirs / "new" / "vectorstore", theirs / "corpus")


@pytest.mark.parametrize("work", [sync_process.sync, found])
def test_a_lock_that_cannot_be_had_is_explained_or_done_without(theirs: Path, work: Callable[..., Any]) -> None:
    forbid(theirs / "vectorstore" / "lock")
    assert complaint(as_nobody, work, theirs / "vectorstore", theirs / "corpus") in ("", "cannot be written to")


def test_a_search_does_without_a_collection_that_cannot_be_written(theirs: Path) -> None:
    expected = run(found, theirs / "vectorstore", theirs / "corpus")
    forbid(theirs / "vectorstore" / "chroma")
    assert run(as_nobody, found, theirs / "vectorstore", theirs / "corpus") == expected


def test_a_sync_says_that_the_collection_cannot_be_written(theirs: Path) -> None:
    (theirs / "corpus" / "new.txt").write_text("News.")
    forbid(theirs / "vectorstore" / "chroma")
    with pytest.raises(SumberError, match="cannot be written to"):
        run(as_nobody, sync_process.sync, theirs / "vectorstore", theirs / "corpus")


def test_a_file_that_must_not_be_read_fails_with_its_reason(theirs: Path) -> None:
    (theirs / "corpus" / name(1)).chmod(0)
    changes = run(as_nobody, sync_process.sync, theirs / "vectorstore", theirs / "corpus")
    assert (name(1), "it cannot be opened (Permission denied)") in changes.failed
    assert changes.removed == ()


def test_a_folder_that_must_not_be_listed_removes_nothing(theirs: Path) -> None:
    (theirs / "corpus" / "folder").chmod(0)
    changes: Changes = run(as_nobody, sync_process.sync, theirs / "vectorstore", theirs / "corpus")
    assert changes.removed == ()
    assert any(path.startswith("folder") for path, _ in changes.failed)


def test_a_corpus_that_must_not_be_listed_is_not_taken_for_empty(theirs: Path) -> None:
    (theirs / "corpus").chmod(0)
    with pytest.raises(SettingsError):
        run(as_nobody, sync_process.sync, theirs / "vectorstore", theirs / "corpus")


# --- Chroma refuses --------------------------------------------------------------------------------------------------


def sync_with_chroma_refusing(vectorstore: Path, corpus: Path, times: int) -> tuple[str, list[str], list[str]]:
    """A sync whose so-manieth call of Chroma fails, then a search and a sync of the same open index without failures.

    The sort of error that came ("" for none), what the search missed, and the faults in the end.
    """
    from chromadb.api.models.Collection import Collection
    from chromadb.errors import InternalError

    calls = 0
    whole = {name: getattr(Collection, name) for name in ("upsert", "delete", "count", "query")}

    def refusing(original: Callable[..., object]) -> Callable[..., object]:
        def called(*given: Any, **named: Any) -> object:
            nonlocal calls
            calls += 1
            if calls == times:
                raise InternalError("no space left on device")
            return original(*given, **named)

        return called

    for called, original in whole.items():
        setattr(Collection, called, refusing(original))
    index = opened(vectorstore, corpus, 10)
    error = ""
    try:
        try:
            index.sync(BagOfWords)
        except SumberError:
            error = "clear"
        except InternalError:
            error = "raw"
        if calls < times:
            return "not reached", [], []
        for called, original in whole.items():
            setattr(Collection, called, original)
        index.ready()
        missing = search.by_vector(index)
        index.sync(BagOfWords)
    finally:
        index.close()
    return error, missing, checker.faults(vectorstore, corpus, BagOfWords())


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, list[str], list[str]]]:
    """What came of a sync for each of its calls of Chroma that may fail."""
    folder = tmp_path_factory.mktemp("refusals")
    corpus = Corpus(folder / "corpus", 12)
    run(sync_process.sync, folder / "base", corpus.folder, 10)
    for number in range(4):
        corpus.write(number, 1)
    corpus.remove(5)
    results = []
    for times in range(1, 100):
        vectorstore = shutil.copytree(folder / "base", folder / f"vectorstore{times}")
        result = run(sync_with_chroma_refusing, vectorstore, corpus.folder, times)
        if result[0] == "not reached":
            break
        results.append(result)
    assert len(results) >= 3
    return results


def test_a_refusal_of_chroma_is_mended_or_explained(refusals: list[tuple[str, list[str], list[str]]]) -> None:
    assert {error for error, _, _ in refusals} <= {"", "clear"}


def test_after_a_refusal_of_chroma_the_same_index_finds_all_and_syncs(
    refusals: list[tuple[str, list[str], list[str]]],
) -> None:
    assert [missing for _, missing, _ in refusals if missing] == []
    assert [faults for _, _, faults in refusals if faults] == []


# --- the model refuses -----------------------------------------------------------------------------------------------


class Tired(BagOfWords):
    """A model that fails at the so-manieth call."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.left = times

    def loaded(self) -> Tired:
        return self

    def embed_passages(self, texts: Any) -> NDArray[np.float32]:
        self.left -= 1
        if self.left == 0:
            raise ModelError("the model does not answer. Start it again")
        return super().embed_passages(texts)


def sync_with_tired_model(vectorstore: Path, corpus: Path) -> list[str]:
    """Syncs whose model fails at the first call, the second and so on until none does; what was wrong after each."""
    import rag.index

    rag.index.GROUP = sync_process.SMALL_GROUP
    wrong: list[str] = []
    for times in range(1, 100):
        index = opened(vectorstore, corpus)
        try:
            index.sync(Tired(times).loaded)
            return wrong if times > 3 else ["it was not tired enough"]
        except ModelError:
            index.ready()
            wrong += search.by_vector(index) + checker.ledger_faults(checker.stored(vectorstore))
        finally:
            index.close()
    return ["it never ends"]


def test_a_model_that_fails_leaves_whole_documents_and_loses_no_vector(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path / "corpus", 12)
    assert run(sync_with_tired_model, tmp_path / "vectorstore", corpus.folder) == []
    assert run(checker.faults, tmp_path / "vectorstore", corpus.folder, BagOfWords()) == []
    assert run(sync_process.sync, tmp_path / "vectorstore", corpus.folder, 1000, no_model).added == ()


def no_such_model() -> BagOfWords:
    raise ModelError("there is no such model. Correct the name")


def test_a_rebuild_without_a_model_loses_nothing(tmp_path: Path) -> None:
    corpus, vectorstore = Corpus(tmp_path / "corpus", 3), tmp_path / "vectorstore"
    run(sync_process.sync, vectorstore, corpus.folder)
    before = checker.digest(vectorstore)
    with pytest.raises(ModelError):
        run(sync_process.sync, vectorstore, corpus.folder, 1000, no_such_model, None, True)
    assert checker.digest(vectorstore) == before


# --- names that are alike --------------------------------------------------------------------------------------------


def test_a_name_that_cannot_be_shown_does_not_displace_a_file_of_the_name_it_is_shown_by(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path / "corpus", 1)
    (corpus.folder / "bell\x07.txt").write_text("It cannot be shown.")
    (shown,) = (document for document, path in reading.files(corpus.folder) if "\x07" in path.name)
    (corpus.folder / shown).write_text("It can be shown.")
    shown = shown.removeprefix("./")
    for _ in range(2):
        run(sync_process.sync, tmp_path / "vectorstore", corpus.folder)
    assert shown in checker.stored(tmp_path / "vectorstore").documents
