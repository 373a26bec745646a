"""Several processes and threads use one index: writers take turns, and readers are right all the time."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rag.index
from rag import vectors
from rag.index import Index
from rag.types import IndexBusyError, Passage, Progress
from rag.vectors import VectorStore
from tests.faults import checker, search, sync_process
from tests.faults.child import CONTEXT, DEADLINE, end, run
from tests.faults.corpus import Corpus, content, name, opened
from tests.faults.embedder import BagOfWords, no_model
from tests.faults.sync_process import SlowBagOfWords

pytestmark = pytest.mark.skipif(os.name != "posix", reason="forks children")

STABLE = 8  # the first files of the corpus, which the writer leaves as they are
SEED = int(os.environ.get("FAULT_SEED", "1"))


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    return Corpus(tmp_path / "corpus", 20)


@pytest.fixture
def vectorstore(tmp_path: Path, corpus: Corpus) -> Path:
    """A healthy index."""
    run(sync_process.sync, tmp_path / "vectorstore", corpus.folder, 10)
    return tmp_path / "vectorstore"


# --- two writers -----------------------------------------------------------------------------------------------------


def sync_behind_gate(vectorstore: Path, corpus: Path, started: Any, gate: Any) -> None:
    """A sync that stops before it embeds until the gate opens."""

    def hold(progress: Progress) -> None:
        if progress.stage == "embedding":
            started.set()
            assert gate.wait(DEADLINE)

    sync_process.sync(vectorstore, corpus, 1000, BagOfWords, hold)


def test_the_second_of_two_writers_is_refused_at_once(vectorstore: Path, corpus: Corpus) -> None:
    corpus.write(50)
    started, gate = CONTEXT.Event(), CONTEXT.Event()
    writer = CONTEXT.Process(target=sync_behind_gate, args=(vectorstore, corpus.folder, started, gate))
    writer.start()
    try:
        assert started.wait(DEADLINE)
        with pytest.raises(IndexBusyError, match="another process is writing"):
            run(sync_process.sync, vectorstore, corpus.folder, 1000, no_model)
        assert writer.exitcode is None
        gate.set()
        writer.join(DEADLINE)
        assert writer.exitcode == 0
    finally:
        end(writer)
    assert run(checker.faults, vectorstore, corpus.folder, BagOfWords()) == []


def test_a_killed_writer_leaves_no_lock_behind(vectorstore: Path, corpus: Corpus) -> None:
    corpus.write(50)
    started, gate = CONTEXT.Event(), CONTEXT.Event()
    writer = CONTEXT.Process(target=sync_behind_gate, args=(vectorstore, corpus.folder, started, gate))
    writer.start()
    assert started.wait(DEADLINE)
    assert end(writer) == -9
    assert run(sync_process.sync, vectorstore, corpus.folder).added == (name(50),)


def refused_thread(vectorstore: Path, corpus: Path) -> tuple[list[str], bool]:
    """What a second sync and a search in other threads get during a sync; whether the collection was kept."""
    rag.index.GROUP = sync_process.SMALL_GROUP
    index = opened(vectorstore, corpus)
    got = []

    def disturb() -> None:
        try:
            index.sync(no_model)
        except IndexBusyError:
            got.append("refused")
        index.ready()

    def during(progress: Progress) -> None:
        if progress.stage == "embedding":
            thread = threading.Thread(target=disturb)
            thread.start()
            thread.join()

    try:
        index.ready()
        build = index.ledger.fact("build")
        index.sync(BagOfWords, during)
        return got, index.ledger.fact("build") == build
    finally:
        index.close()


def test_a_refused_sync_leaves_the_running_one_alone(vectorstore: Path, corpus: Corpus) -> None:
    for number in range(STABLE):
        corpus.write(number, 1)
    got, kept = run(refused_thread, vectorstore, corpus.folder)
    assert set(got) == {"refused"}
    assert kept


# --- readers beside a writer -----------------------------------------------------------------------------------------


def write_on(vectorstore: Path, corpus: Corpus, rounds: int, seed: int, done: Any) -> None:
    """Changes all but the stable files again and again, and syncs."""
    chance = random.Random(seed)
    try:
        for _ in range(rounds):
            for number in chance.sample(range(STABLE, 30), 8):
                if number in corpus.present and chance.random() < 0.3:
                    corpus.remove(number)
                else:
                    corpus.write(number, chance.randrange(10))
            sync_patiently(vectorstore, corpus.folder, chance.choice([2, 10, 1000]))
    finally:
        done.set()


def sync_patiently(vectorstore: Path, corpus: Path, sync_threshold: int) -> None:
    """A sync that is tried again where a reader is just opening the collection."""
    for _ in range(1000):
        try:
            sync_process.sync(vectorstore, corpus, sync_threshold, SlowBagOfWords)
            return
        except IndexBusyError:
            time.sleep(0.005)
    raise AssertionError("readers let no writer in")


def read_on(vectorstore: Path, corpus: Corpus, seed: int, done: Any) -> tuple[int, list[str]]:
    """Searches until the writer is done, opening the index anew now and then: how often, and what was wrong."""
    chance = random.Random(seed)
    for number in range(30):
        corpus.versions[name(number)] = {content(number, revision) for revision in range(10)}
    looks, wrong = 0, []
    while not done.is_set():
        index = opened(vectorstore, corpus.folder)
        try:
            for _ in range(chance.randrange(1, 10)):
                wrong += look(index, corpus, chance.randrange(STABLE))
                looks += 1
        finally:
            index.close()
    return looks, wrong


def look(index: Index, corpus: Corpus, number: int) -> list[str]:
    """What is wrong with the results for a file that does not change while others do."""
    index.ready()
    wrong = search.missing_of(index, name(number), corpus.own_words()[name(number)])
    with index.ledger.snapshot():
        vector = BagOfWords().embed_questions([content(number)[-200:]])[0]
        found = [one for one, _ in index.nearest(vector, 10)]
        passages = index.ledger.passages(found)
        wrong += [f"{one} is found and not served" for one in found if one not in passages]
        wrong += ["fewer than 10 passages are found"] * (len(found) < 10)
        for path in {passage.document for passage in passages.values()}:
            document = index.ledger.document(path)
            assert document is not None
            wrong += [f"{path} is half written" for _ in corpus.half_written({path: {"text": document.text}})]
            whole = "".join(passage.text for passage in index.ledger.passages_of(path))
            wrong += [f"{path} is served in part"] * (whole != document.text)
            for passage in passages.values():
                if passage.document == path and document.text[passage.start : passage.end] != passage.text:
                    wrong.append(f"{path} at {passage.start}: not what the text says")
    return wrong


def test_a_reader_beside_a_writer_is_right_all_the_time(vectorstore: Path, corpus: Corpus) -> None:
    done = CONTEXT.Event()
    rounds = int(os.environ.get("FAULT_ROUNDS", "6"))
    writer = CONTEXT.Process(target=write_on, args=(vectorstore, corpus, rounds, SEED, done))
    writer.start()
    try:
        looks, wrong = run(read_on, vectorstore, corpus, SEED, done)
    finally:
        writer.join(DEADLINE)
        exitcode = end(writer)
    print(f"seed {SEED}: {looks} looks beside {rounds} syncs")
    assert wrong == []
    assert looks > 0
    assert exitcode == 0


def served(index: Index, vector: NDArray[np.float32]) -> dict[str, Passage]:
    """The passages found, as far as they are served."""
    return index.ledger.passages(one for one, _ in index.nearest(vector, 10))


def search_after_others(vectorstore: Path, corpus: Path, question: str) -> list[bool]:
    """Whether what another process has added is found in an index that is open: at once, and once it is ready again."""
    index = opened(vectorstore, corpus)
    vector = BagOfWords().embed_questions([question])[0]
    try:
        index.ready()
        index.nearest(vector, 5)
        (corpus / "theirs.txt").write_text(question)
        run(sync_process.sync, vectorstore, corpus)
        at_once = "theirs.txt" in {passage.document for passage in served(index, vector).values()}
        index.ready()
        return [at_once, "theirs.txt" in {passage.document for passage in served(index, vector).values()}]
    finally:
        index.close()


def test_what_another_process_added_is_found_in_an_open_index(vectorstore: Path, corpus: Corpus) -> None:
    assert run(search_after_others, vectorstore, corpus.folder, "Zebra, quagga and okapi graze.") == [True, True]


def search_while_syncing(vectorstore: Path, corpus: Path, question: str) -> list[str]:
    """Another process adds a file to an index that is open here; what is missing during a sync of this one."""
    index = opened(vectorstore, corpus)
    vector = BagOfWords().embed_questions([question])[0]
    try:
        index.ready()
        index.nearest(vector, 5)
        (corpus / "theirs.txt").write_text(question)
        run(sync_process.sync, vectorstore, corpus)
        (theirs,) = index.ledger.passages_of("theirs.txt")
        (corpus / "ours.txt").write_text("Something else is here.")
        missing: list[str] = []

        def during(progress: Progress) -> None:
            if theirs.id not in [one for one, _ in index.nearest(vector, 5)]:
                missing.append(progress.stage)

        index.sync(BagOfWords, during)
        return missing
    finally:
        index.close()


def test_what_another_process_added_is_found_during_a_sync(vectorstore: Path, corpus: Corpus) -> None:
    assert run(search_while_syncing, vectorstore, corpus.folder, "Zebra, quagga and okapi graze.") == []


def search_while_removing(vectorstore: Path, corpus: Path) -> list[int]:
    """How many passages of ten are found while a great many that are nearer are on their way out."""
    (corpus / "great.txt").write_text("\n\n".join(f"Zebra and quagga graze in field {i}. " * 4 for i in range(600)))
    sync_process.sync(vectorstore, corpus)
    (corpus / "great.txt").unlink()
    index = opened(vectorstore, corpus)
    vector = BagOfWords().embed_questions(["zebra and quagga"])[0]
    counts: list[int] = []
    try:
        index.ready()
        index.sync(BagOfWords, lambda _: counts.append(len(served(index, vector))))
        return counts
    finally:
        index.close()


def test_many_passages_on_their_way_out_do_not_hide_those_served(vectorstore: Path, corpus: Corpus) -> None:
    assert set(run(search_while_removing, vectorstore, corpus.folder)) == {10}


# --- races, made to happen -------------------------------------------------------------------------------------------


def test_closing_a_reader_does_not_seal_what_a_writer_has_begun_to_change(
    vectorstore: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = opened(vectorstore, corpus.folder), opened(vectorstore, corpus.folder)
    seal = vectors.seal

    def begin_to_write(folder: Path) -> str:
        writer.ledger.set_facts({"seal": ""})  # the first thing that a writer does
        return seal(folder)

    try:
        reader.ready()
        monkeypatch.setattr(vectors, "seal", begin_to_write)
        reader.close()
        assert writer.ledger.fact("seal") == ""
    finally:
        monkeypatch.undo()
        reader.close()
        writer.close()


def test_a_sync_is_not_refused_because_a_search_opens_the_collection(
    vectorstore: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = opened(vectorstore, corpus.folder), opened(vectorstore, corpus.folder)
    opening, go_on = threading.Event(), threading.Event()
    init = VectorStore.__init__

    def linger(self: VectorStore, *arguments: Any, **named: Any) -> None:
        opening.set()
        go_on.wait(0.5)
        init(self, *arguments, **named)

    monkeypatch.setattr(VectorStore, "__init__", linger)
    thread = threading.Thread(target=reader.ready)
    thread.start()
    try:
        assert opening.wait(DEADLINE)
        assert len(writer.sync(no_model).unchanged) == 20
    finally:
        go_on.set()
        thread.join()
        reader.close()
        writer.close()


# --- many threads ----------------------------------------------------------------------------------------------------


def open_files() -> int:
    return len(os.listdir("/dev/fd"))


def test_threads_that_have_ended_hold_no_files_open(vectorstore: Path, corpus: Corpus) -> None:
    index = opened(vectorstore, corpus.folder)
    try:
        index.ledger.fact("corpus")
        before = open_files()
        for _ in range(20):
            thread = threading.Thread(target=index.ledger.fact, args=("corpus",))
            thread.start()
            thread.join()
        assert open_files() < before + 10
    finally:
        index.close()


# --- deletion --------------------------------------------------------------------------------------------------------


def marked(vectorstore: Path, corpus: Path, marker: str) -> list[str]:
    """Where a word is found: by meaning, by words, in a stored text."""
    index = opened(vectorstore, corpus)
    try:
        index.ready()
        return search.marked(index, marker)
    finally:
        index.close()


def deleted_elsewhere(vectorstore: Path, corpus: Path, marker: str) -> tuple[list[str], list[str]]:
    """Where a word is found in an open index, before and after another process has synced its deletion."""
    index = opened(vectorstore, corpus)
    try:
        index.ready()
        before = search.marked(index, marker)
        index.ledger.fact("corpus")
        (corpus / "secret.txt").unlink()
        run(sync_process.sync, vectorstore, corpus)
        unready = search.marked(index, marker)
        index.ready()
        return before, unready + search.marked(index, marker)
    finally:
        index.close()


def test_a_deleted_document_never_comes_back(vectorstore: Path, corpus: Corpus) -> None:
    (corpus.folder / "secret.txt").write_text("The word is quagga. Nobody else may say quagga aloud.")
    run(sync_process.sync, vectorstore, corpus.folder)
    before, after = run(deleted_elsewhere, vectorstore, corpus.folder, "quagga")
    assert before == ["by meaning", "by words", "in a text"]
    assert after == []
    assert run(marked, vectorstore, corpus.folder, "quagga") == []
    shutil.rmtree(vectorstore / "chroma")
    assert run(marked, vectorstore, corpus.folder, "quagga") == []
    run(sync_process.sync, vectorstore, corpus.folder, 1000, BagOfWords, None, True)
    assert run(marked, vectorstore, corpus.folder, "quagga") == []


def test_of_two_files_of_equal_text_one_outlives_the_other(vectorstore: Path, corpus: Corpus) -> None:
    for twin in ("one.md", "two.md"):
        (corpus.folder / twin).write_text("# Twins\n\nA quagga met another quagga.\n")
    run(sync_process.sync, vectorstore, corpus.folder)
    assert run(checker.faults, vectorstore, corpus.folder, BagOfWords()) == []
    (corpus.folder / "one.md").unlink()
    assert run(sync_process.sync, vectorstore, corpus.folder, 1000, no_model).removed == ("one.md",)
    assert run(checker.faults, vectorstore, corpus.folder, BagOfWords()) == []
    assert run(marked, vectorstore, corpus.folder, "quagga") == ["by meaning", "by words", "in a text"]
