"""A process that syncs is killed: whatever it was doing, nothing is lost and nothing is served in part."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from rag.types import Changes
from tests.faults import checker, search, sync_process
from tests.faults.child import CONTEXT, ChildError, end, run
from tests.faults.corpus import Corpus, name
from tests.faults.embedder import BagOfWords
from tests.faults.sync_process import SlowBagOfWords

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills with SIGKILL")

KILLS = int(os.environ.get("FAULT_KILLS", "20"))
ROOT = Path(__file__).parent.parent.parent
SEED = int(os.environ.get("FAULT_SEED", "1"))
THRESHOLDS = (2, 10, 1000)  # records after which Chroma writes its vector files; 1000 is its own default


def assert_clean(vectorstore: Path, corpus: Corpus, sync_threshold: int, fresh: Path) -> None:
    """One clean sync makes good whatever went before: nothing is missing, and it is as if nothing had happened."""
    if not fresh.exists():
        run(sync_process.sync, fresh, corpus.folder)
    clean = run(sync_process.sync_twice, vectorstore, corpus.folder, sync_threshold)
    assert clean.faults == []
    assert clean.second == Changes(unchanged=tuple(sorted(map(name, corpus.present))), failed=clean.first.failed)
    assert set(clean.digests) == {checker.digest(fresh)}


def assert_nothing_in_part(vectorstore: Path, corpus: Corpus) -> None:
    """Whatever is served is a whole version of a file, in passages that are all there."""
    if (vectorstore / "ledger.sqlite").exists() and (vectorstore / "ledger.sqlite").stat().st_size:
        found = checker.stored(vectorstore)
        assert checker.ledger_faults(found) == []
        assert corpus.half_written(found.documents) == []


# --- at random moments -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_sync_killed_at_random_moments_loses_nothing(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    corpus, vectorstore = Corpus(tmp_path / "corpus", 60), tmp_path / "vectorstore"
    kills = rounds = 0
    while kills < KILLS and rounds < 5 * KILLS:
        threshold = THRESHOLDS[rounds % len(THRESHOLDS)]
        kills += killed(chance, vectorstore, corpus.folder, threshold)
        rounds += 1
        assert_nothing_in_part(vectorstore, corpus)
        if chance.random() < 0.5:  # else the next sync is the first to open what is left
            assert run(search.missing, vectorstore, corpus.folder, threshold, corpus.own_words()) == []
        corpus.change(chance, share=chance.choice([0.02, 0.2, 0.5, 0.9]))
    print(f"seed {SEED}: {kills} of {rounds} syncs killed")
    assert kills == KILLS
    assert_clean(vectorstore, corpus, 10, tmp_path / "fresh")
    assert run(search.missing, vectorstore, corpus.folder, 10, corpus.own_words()) == []


def killed(chance: random.Random, vectorstore: Path, corpus: Path, sync_threshold: int) -> bool:
    """Kills a sync some time after a random sign of progress; whether it was still running."""
    stage, last = chance.choice([("reading", 60), ("embedding", 4), ("storing", 1)])
    signs, wait = chance.randint(0, last), chance.uniform(0, 0.05)
    receiver, sender = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=report, args=(sender, vectorstore, corpus, sync_threshold))
    process.start()
    sender.close()
    seen = [""]
    with contextlib.suppress(EOFError):  # it has ended
        while seen.count(stage) < signs:
            seen.append(receiver.recv())
    process.join(wait)
    exitcode = end(process)
    with contextlib.suppress(EOFError):
        while True:
            seen.append(receiver.recv())
    receiver.close()
    assert seen[-1] == "done" or exitcode == -9
    return seen[-1] != "done"


def report(sender: Connection, vectorstore: Path, corpus: Path, sync_threshold: int) -> None:
    """A slow sync that sends the stage of each sign of progress."""
    sync_process.sync(vectorstore, corpus, sync_threshold, SlowBagOfWords, lambda one: sender.send(one.stage))
    sender.send("done")


def test_a_sync_of_the_command_line_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    corpus, vectorstore = Corpus(tmp_path / "corpus", 60), tmp_path / "vectorstore"
    command = [sys.executable, "-m", "tests.faults.sync_process", str(vectorstore), str(corpus.folder), "10"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any(line.startswith("embedding") for line in process.stdout)
        process.kill()
    assert process.returncode == -9
    assert_nothing_in_part(vectorstore, corpus)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    assert done.stdout.endswith("0 updated, 0 removed, 0 unchanged, 2 failed\n")
    assert_clean(vectorstore, corpus, 10, tmp_path / "fresh")


# --- at named places -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a healthy index of a small corpus."""
    folder = tmp_path_factory.mktemp("base")
    run(sync_process.sync, folder / "vectorstore", Corpus(folder / "corpus", 8).folder, 2)
    return folder


def changed(folder: Path) -> Corpus:
    """The corpus of `base` with files rewritten, removed, added, broken and mended: more than half of its passages."""
    corpus = Corpus(folder, 8)
    for number in range(3):
        corpus.write(number, 1)
    for number in (4, 5):
        corpus.remove(number)
    for number in (20, 21):
        corpus.write(number)
    (folder / name(6)).write_text(" ")
    del corpus.present[6]
    return corpus


def kill_everywhere(tmp_path: Path, base: Path, corpus: Corpus, work: Callable[..., object], *more: object) -> set[str]:
    """Kills some work before each of its operations in turn, with a clean sync after each; the operations met."""
    met: set[str] = set()
    trace = tmp_path / "trace"
    for times in range(1, 1000):
        vectorstore = shutil.copytree(base / "vectorstore", tmp_path / f"killed{times}")
        try:
            run(sync_process.die_in, work, times, trace, vectorstore, corpus.folder, 2, *more)
            return met
        except ChildError:
            met.add(trace.read_text())
        print(f"killed before operation {times}, {trace.read_text()}")
        assert_nothing_in_part(vectorstore, corpus)
        assert_clean(vectorstore, corpus, 2, tmp_path / "fresh")
        trace.unlink()
        shutil.rmtree(vectorstore)
    raise AssertionError("the work does not end")


@pytest.mark.slow
def test_a_sync_killed_before_any_of_its_operations_loses_nothing(tmp_path: Path, base: Path) -> None:
    met = kill_everywhere(tmp_path, base, changed(tmp_path / "corpus"), sync_process.sync)
    assert met == sync_process.OPERATIONS.keys() - {"clear"}


@pytest.mark.slow
def test_a_rebuild_killed_before_any_of_its_operations_loses_nothing(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path / "corpus", 2)
    run(sync_process.sync, tmp_path / "vectorstore", corpus.folder, 2)
    met = kill_everywhere(tmp_path, tmp_path, corpus, sync_process.sync, BagOfWords, None, True)
    assert met >= {"clear", "set_facts", "keep_vectors", "announce", "upsert", "serve", "publish"}


def test_a_search_killed_while_it_mends_the_collection_loses_nothing(tmp_path: Path, base: Path) -> None:
    corpus = Corpus(tmp_path / "corpus", 8)
    damaged = shutil.copytree(base, tmp_path / "damaged")
    for file in (damaged / "vectorstore" / "chroma").rglob("*.bin"):
        file.write_bytes(b"")
    met = kill_everywhere(tmp_path, damaged, corpus, sync_process.mend)
    assert met == {"rebuild", "upsert", "set_facts", "forget_strays", "publish", "remove_others", "close"}
